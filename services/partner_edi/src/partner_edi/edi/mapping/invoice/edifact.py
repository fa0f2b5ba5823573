"""The invoice as EDIFACT INVOIC, read and written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

import msgspec

from crossdock_contracts import EarlyPayment, Money, Tax

from ...document import Row
from ...finding import Finding
from ...lexer import Segment
from ...segments import count, plain
from .. import edifact
from ..lines import NOTHING, first
from ..purchase_order.edifact import dates_of, header, number_of, places_of
from .model import BilledLine, Invoice

# Element 5025: line amount, all lines, all taxes, invoice total, amount due.
LINE, NET, TAXES, TOTAL, DUE = "203", "79", "124", "77", "9"


def read(
    segments: Sequence[Segment], currency: str = "EUR"
) -> tuple[Invoice | None, list[Finding]]:
    """Read the segments from UNH to UNT; the total is the first of MOA 77, 9 and 86."""
    bgm, dates = first(segments, "BGM"), dates_of(segments)
    currency = edifact.currency_of(segments, currency)
    total, issued = total_of(segments, currency), dates.get("137") or dates.get("3")
    if bgm is None or total is None or issued is None:
        return None, []
    refs = references(segments)
    due_on = dates["13"].date() if "13" in dates else issued.date()
    invoice = Invoice(
        invoice_id=number_of(bgm),
        invoiced_on=issued.date(),
        due_on=due_on,
        terms_days=(due_on - issued.date()).days,
        early_payment=_early(segments),
        order_id=refs.get("VN", ""),
        shipment_id=refs.get("SRN", ""),
        po_number=refs.get("ON", ""),
        po_date=dates["171"].date() if "171" in dates else None,
        total=total,
        lines=billed_lines(segments, currency),
        ship_to=places_of(segments).get("DP"),
    )
    return invoice, []


def references(segments: Sequence[Segment]) -> dict[str, str]:
    """The references of the header by their qualifier."""
    return {s.part(1): s.part(1, 2) for s in header(segments) if s.tag == "RFF"}


def total_of(segments: Sequence[Segment], currency: str) -> Money | None:
    """What is to be paid, from the summary."""
    at = next((n for n, s in enumerate(segments) if s.tag == "UNS"), 0)
    sums = {s.part(1): edifact.money_of(s, currency) for s in segments[at:] if s.tag == "MOA"}
    return next((sums[code] for code in (TOTAL, DUE, "86") if sums.get(code)), None)


def _early(segments: Sequence[Segment]) -> EarlyPayment | None:
    """PAT 22 is a discount, with its days in C112 and its percent in the PCD behind it."""
    pat: Segment | None = None
    for segment in header(segments):
        if segment.tag == "PAT":
            pat = segment if segment.get(1) == "22" else None
        elif segment.tag == "PCD" and pat is not None:
            rate, days = edifact.number(segment.part(1, 2)), count(pat.part(3, 4))
            if rate and days is not None:
                return EarlyPayment(rate=rate / 100, within=days)
    return None


def billed_lines(segments: Sequence[Segment], currency: str) -> tuple[BilledLine, ...]:
    """The lines with what is billed of each, and its taxes."""
    lines: list[BilledLine] = []
    for segment in segments:
        if segment.tag == "LIN":
            lines.append(BilledLine(edifact.opened(segment)))
        elif segment.tag == "UNS":
            break
        elif lines:
            lines[-1] = _more(lines[-1], segment, currency)
    return tuple(lines)


def _more(billed: BilledLine, segment: Segment, currency: str) -> BilledLine:
    line, taxes = billed.line, billed.taxes
    if segment.tag == "QTY" and segment.part(1) in ("47", "46", "12"):
        line = msgspec.structs.replace(line, quantity=edifact.quantity_of(segment))
    elif segment.tag == "TAX":
        taxes = (*taxes, _tax(segment, currency))
    elif segment.tag == "MOA" and segment.part(1) == TAXES and taxes:
        amount = edifact.money_of(segment, currency) or Money(NOTHING, currency)
        taxes = (*taxes[:-1], msgspec.structs.replace(taxes[-1], amount=amount))
    return BilledLine(edifact.more(line, segment, currency), taxes)


def _tax(segment: Segment, currency: str) -> Tax:
    percent = edifact.number(segment.part(5, 4)) or NOTHING
    return Tax(
        jurisdiction=segment.part(2, 4),
        code=segment.part(2),
        rate=percent / 100,
        amount=Money(NOTHING, currency),
    )


def write(document: Invoice) -> list[Row]:
    """The segments from BGM to the last MOA."""
    rows: list[Row] = [
        ("BGM", "380", document.invoice_id, "9"),
        *edifact.dtm("137", document.invoiced_on),
        *edifact.dtm("13", document.due_on),
        *edifact.rff("ON", document.po_number),
        *edifact.dtm("171", document.po_date),
        *edifact.rff("VN", document.order_id),
        *edifact.rff("SRN", document.shipment_id),
        *edifact.nad("DP", document.ship_to),
        *edifact.cux(document.total.currency),
    ]
    early = document.early_payment
    if early is not None:
        rows.append(("PAT", "22", "", ["5", "3", "D", str(early.within)]))
        until = document.invoiced_on + timedelta(days=early.within)
        rows += [*edifact.dtm("12", until), ("PCD", ["12", plain(early.rate * 100)])]
    return [*rows, *details(document.lines), *summary(document.lines, document.total)]


def details(lines: Iterable[BilledLine]) -> list[Row]:
    """The lines with quantity, amount, price and taxes."""
    rows: list[Row] = []
    for at, billed in enumerate(lines, 1):
        line = billed.line
        rows += [*edifact.lin(line, at), edifact.qty("47", line.quantity)]
        rows += [edifact.moa(LINE, net_of(billed)), *edifact.pri(line.price)]
        for tax in billed.taxes:
            rate = ["", "", "", plain(tax.rate * 100)]
            kind = [tax.code[:3], "", "", tax.jurisdiction[:35]]
            rows += [("TAX", "7", kind, "", "", rate), edifact.moa(TAXES, tax.amount)]
    return rows


def net_of(billed: BilledLine) -> Money:
    """What a line costs without taxes."""
    price = billed.line.price or Money(NOTHING, "EUR")
    return price.times(billed.line.quantity.value)


def summary(lines: Sequence[BilledLine], total: Money) -> list[Row]:
    """What all lines come to, all taxes, and the total."""
    taxes = sum((t.amount for billed in lines for t in billed.taxes), Money.zero(total.currency))
    rows: list[Row] = [("UNS", "S"), ("CNT", ["2", str(len(lines))])]
    sums = ((NET, total - taxes), (TAXES, taxes), (TOTAL, total))
    return [*rows, *(edifact.moa(code, amount) for code, amount in sums)]
