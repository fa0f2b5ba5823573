"""The remittance advice as EDIFACT REMADV, read and written."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from crossdock_contracts import Money
from crossdock_contracts.partners import Deduction, RemittedDocument

from ...document import Row
from ...finding import Finding
from ...lexer import Segment
from .. import edifact
from ..lines import NOTHING, first
from ..purchase_order.edifact import number_of
from .model import Remittance

# Element 5025: remitted, due, discount, adjustment, all that is remitted.
PAID, BILLED, DISCOUNT, ADJUSTED, TOTAL = "12", "9", "52", "165", "9"
CREDIT_NOTES = ("381", "83", "308", "396")


def read(
    segments: Sequence[Segment], currency: str = "EUR"
) -> tuple[Remittance | None, list[Finding]]:
    """Read the segments from UNH to UNT; the total stands behind UNS, else it is the sum."""
    bgm = first(segments, "BGM")
    currency = edifact.currency_of(segments, currency)
    if bgm is None:
        return None, []
    documents = _documents(segments, currency)
    dates = {s.part(1): at for s in segments if s.tag == "DTM" and (at := edifact.moment(s))}
    on = dates.get("138") or dates.get("203") or dates.get("137")
    remittance = Remittance(
        reference=number_of(bgm),
        amount=_total(segments, currency) or _sum(documents, currency),
        documents=documents,
        paid_on=on.date() if on else None,
    )
    return remittance, []


def _total(segments: Sequence[Segment], currency: str) -> Money | None:
    at = next((n for n, s in enumerate(segments) if s.tag == "UNS"), len(segments))
    sums = {s.part(1): edifact.money_of(s, currency) for s in segments[at:] if s.tag == "MOA"}
    return next((sums[code] for code in (PAID, TOTAL, "86", "77") if sums.get(code)), None)


def _sum(documents: Sequence[RemittedDocument], currency: str) -> Money:
    paid = (document.paid.amount for document in documents)
    return Money(sum(paid, NOTHING), currency)


def _documents(segments: Sequence[Segment], currency: str) -> tuple[RemittedDocument, ...]:
    """DOC for each, MOA behind it, and AJT with a MOA of its own for what is kept back."""
    found: list[RemittedDocument] = []
    code, inside = "", False
    for segment in segments:
        if segment.tag == "UNS":
            break
        if segment.tag == "DOC":
            nothing = Money(NOTHING, currency)
            found.append(RemittedDocument(reference=segment.part(2), paid=nothing))
            code, inside = segment.part(1), False
        elif segment.tag == "AJT" and found:
            found[-1], inside = _adjusted(found[-1], segment, currency), True
        elif found:
            found[-1] = _more(found[-1], segment, code, inside, currency)
    return tuple(found)


def _adjusted(document: RemittedDocument, ajt: Segment, currency: str) -> RemittedDocument:
    less = Deduction(amount=Money(NOTHING, currency), code=ajt.get(1))
    return msgspec.structs.replace(document, deductions=(*document.deductions, less))


def _more(
    document: RemittedDocument, segment: Segment, code: str, inside: bool, currency: str
) -> RemittedDocument:
    money = edifact.money_of(segment, currency) if segment.tag == "MOA" else None
    if inside:
        *others, last = document.deductions
        if money is not None:
            last = msgspec.structs.replace(last, amount=money)
        elif segment.tag == "RFF":
            last = msgspec.structs.replace(last, reference=segment.part(1, 2))
        elif segment.tag == "FTX":
            last = msgspec.structs.replace(last, text=segment.part(4))
        return msgspec.structs.replace(document, deductions=(*others, last))
    if money is None:
        return document
    if segment.part(1) == PAID:
        credit = code in CREDIT_NOTES and money.amount > 0
        return msgspec.structs.replace(document, paid=-money if credit else money)
    if segment.part(1) == DISCOUNT:
        return msgspec.structs.replace(document, discount=money)
    if segment.part(1) in (BILLED, "77"):
        return msgspec.structs.replace(document, billed=document.billed or money)
    return document


def write(remittance: Remittance) -> list[Row]:
    """The segments from BGM to the total."""
    rows: list[Row] = [
        ("BGM", "481", remittance.reference, "9"),
        *edifact.dtm("138", remittance.paid_on),
        *edifact.cux(remittance.amount.currency),
    ]
    for document in remittance.documents:
        rows += _document(document)
    return [*rows, ("UNS", "S"), edifact.moa(PAID, remittance.amount)]


def _document(document: RemittedDocument) -> list[Row]:
    kind = "381" if document.paid.amount < 0 else "380"
    rows: list[Row] = [("DOC", [kind], [document.reference]), edifact.moa(PAID, document.paid)]
    if document.billed is not None:
        rows.append(edifact.moa(BILLED, document.billed))
    if document.discount is not None:
        rows.append(edifact.moa(DISCOUNT, document.discount))
    for less in document.deductions:
        rows += [("AJT", less.code or "1"), edifact.moa(ADJUSTED, less.amount)]
        rows += edifact.rff("ACE", less.reference)
        rows += [("FTX", "AAI", "", "", [less.text])] if less.text else []
    return rows
