"""The remittance advice as X12 820, read and written."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from crossdock_contracts import Money
from crossdock_contracts.partners import Deduction, RemittedDocument

from ...finding import Finding
from ...lexer import Segment
from ...segments import Row, day, plain
from ..lines import NOTHING, amount, currency_of, first, written
from .model import Remittance

# Element 128: a seller's invoice, and what lowers a payment.
INVOICE, CREDITS = "IV", ("CM", "CK")


def read(
    segments: Sequence[Segment], currency: str = "USD"
) -> tuple[Remittance | None, list[Finding]]:
    """Read the segments from ST to SE; TRN02 is the payer's number, BPR02 what was paid."""
    bpr, trn = first(segments, "BPR"), first(segments, "TRN")
    currency = currency_of(segments, currency)
    paid = amount(bpr.get(2), currency) if bpr else None
    if bpr is None or paid is None:
        return None, []
    remittance = Remittance(
        reference=trn.get(2) if trn else "",
        amount=-paid if bpr.get(3) == "D" else paid,
        documents=_documents(segments, currency),
        paid_on=day(bpr.get(16)),
    )
    return remittance, []


def _documents(segments: Sequence[Segment], currency: str) -> tuple[RemittedDocument, ...]:
    """RMR for each, and behind it what ADX takes off and which claim (REF) that is."""
    found: list[RemittedDocument] = []
    inside = False
    for segment in segments:
        if segment.tag == "RMR":
            found.append(_document(segment, currency))
            inside = False
        elif segment.tag == "ADX" and found and (less := _deduction(segment, currency)):
            found[-1] = _with(found[-1], (*found[-1].deductions, less))
            inside = True
        elif segment.tag in ("NTE", "REF") and inside:
            found[-1] = _with(found[-1], _told(found[-1].deductions, segment))
    return tuple(found)


def _document(rmr: Segment, currency: str) -> RemittedDocument:
    paid = amount(rmr.get(4), currency) or Money(NOTHING, currency)
    if rmr.get(1) in CREDITS and paid.amount > 0:
        paid = -paid
    discount = amount(rmr.get(6), currency)
    less = amount(rmr.get(8), currency)
    deductions = (Deduction(amount=_above(less), code=rmr.get(7)),) if less else ()
    return RemittedDocument(
        reference=rmr.get(2),
        paid=paid,
        billed=amount(rmr.get(5), currency),
        discount=_above(discount) if discount and discount.amount else None,
        deductions=deductions,
    )


def _deduction(adx: Segment, currency: str) -> Deduction | None:
    """ADX01 below zero lowers the payment; above zero it is paid in addition."""
    found = amount(adx.get(1), currency)
    if found is None or not found.amount:
        return None
    return Deduction(amount=-found, code=adx.get(2), reference=adx.get(4))


def _told(deductions: tuple[Deduction, ...], segment: Segment) -> tuple[Deduction, ...]:
    *others, last = deductions
    if segment.tag == "NTE":
        last = msgspec.structs.replace(last, text=last.text or segment.get(2))
    else:
        last = msgspec.structs.replace(last, reference=last.reference or segment.get(2))
    return (*others, last)


def _with(document: RemittedDocument, deductions: tuple[Deduction, ...]) -> RemittedDocument:
    return msgspec.structs.replace(document, deductions=deductions)


def _above(money: Money) -> Money:
    return -money if money.amount < 0 else money


def write(remittance: Remittance) -> list[Row]:
    """The segments from BPR to the last ADX."""
    paid, flag = plain(abs(remittance.amount.amount)), "D" if remittance.amount.amount < 0 else "C"
    head = ("BPR", "I", paid, flag, "ACH", *("",) * 11, written(remittance.paid_on))
    rows: list[Row] = [head]
    if remittance.reference:
        rows.append(("TRN", "1", remittance.reference))
    rows += [("CUR", "PR", remittance.amount.currency), ("ENT", "1")]
    for document in remittance.documents:
        rows += _rmr(document)
    return rows


def _rmr(document: RemittedDocument) -> list[Row]:
    kind = "CM" if document.paid.amount < 0 else INVOICE
    billed = plain(document.billed.amount) if document.billed else ""
    discount = plain(document.discount.amount) if document.discount else ""
    paid = plain(document.paid.amount)
    rows: list[Row] = [("RMR", kind, document.reference, "", paid, billed, discount)]
    for less in document.deductions:
        named = ("CM", less.reference) if less.reference else ()
        rows.append(("ADX", plain(-less.amount.amount), less.code or "06", *named))
        rows += [("NTE", "ADD", less.text)] if less.text else []
    return rows
