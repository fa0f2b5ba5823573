"""The credit note as X12 812, read and written."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from crossdock_contracts import Money, Tax

from ...finding import Finding
from ...lexer import Segment
from ...segments import Row, day, implied, plain
from ..invoice.model import BilledLine
from ..invoice.x12 import tax_of, tax_row
from ..lines import (
    Line,
    amount,
    cents,
    currency_of,
    described,
    first,
    items_of,
    pairs,
    quantity_of,
    written,
)
from .model import CreditNote

# Element 426: returned goods. 478: a credit. 305: for information. 1300: a tax.
RETURNED, CREDIT, TOLD, TAX = "11", "C", "I", "H850"


def read(
    segments: Sequence[Segment], currency: str = "USD"
) -> tuple[CreditNote | None, list[Finding]]:
    """Read the segments from ST to SE; a debit is a credit below zero."""
    bcd, currency = first(segments, "BCD"), currency_of(segments, currency)
    credited_on = day(bcd.get(1)) if bcd else None
    total = cents(bcd.get(4), currency) if bcd else None
    if bcd is None or credited_on is None or total is None:
        return None, []
    references = {s.get(1): s.get(2) for s in segments if s.tag == "N9"}
    note = CreditNote(
        credit_id=bcd.get(2),
        credited_on=credited_on,
        invoice_id=bcd.get(7),
        total=total if bcd.get(5) == CREDIT else -total,
        lines=_lines(segments, currency),
        po_number=bcd.get(10),
        order_id=references.get("VN", ""),
        return_id=references.get("RZ", ""),
    )
    return note, []


def _lines(segments: Sequence[Segment], currency: str) -> tuple[BilledLine, ...]:
    lines: list[BilledLine] = []
    for segment in segments:
        if segment.tag == "CDD":
            line = Line(number=segment.get(3), quantity=quantity_of(segment, 7), items={})
            price = amount(segment.get(11), currency)
            lines.append(BilledLine(msgspec.structs.replace(line, price=price)))
        elif not lines:
            continue
        elif segment.tag == "LIN":
            line = msgspec.structs.replace(lines[-1].line, items=items_of(segment, 2))
            lines[-1] = msgspec.structs.replace(lines[-1], line=line)
        elif segment.tag == "PID":
            line = described(lines[-1].line, segment)
            lines[-1] = msgspec.structs.replace(lines[-1], line=line)
        elif segment.tag == "TXI":
            taxes = (*lines[-1].taxes, tax_of(segment, currency))
            lines[-1] = msgspec.structs.replace(lines[-1], taxes=taxes)
    return tuple(lines)


def write(note: CreditNote) -> list[Row]:
    """The segments from BCD to CTT; amounts have two implied decimals."""
    flag = CREDIT if note.total.amount >= 0 else "D"
    total, on = implied(abs(note.total.amount)), written(note.credited_on)
    head = ("BCD", on, note.credit_id, TOLD, total, flag, "", note.invoice_id, "", "")
    rows: list[Row] = [(*head, note.po_number), ("CUR", "SE", note.total.currency)]
    rows += [("N9", "VN", note.order_id)] if note.order_id else []
    rows += [("N9", "RZ", note.return_id)] if note.return_id else []
    for billed in note.lines:
        rows += _line(billed, note.total.currency)
    return [*rows, ("CTT", str(len(note.lines)))]


def _line(billed: BilledLine, currency: str) -> list[Row]:
    line = billed.line
    each = line.price or Money.zero(currency)
    net = each.times(line.quantity.value)
    quantity = (plain(line.quantity.value), line.quantity.uom)
    price = plain(each.amount) if line.price else ""
    amounts = (implied(net.amount), "", "", *quantity, "", "", price)
    cdd = ("CDD", RETURNED, CREDIT, line.number, *amounts)
    named: list[Row] = [("LIN", "", *pairs(line.items))] if line.items else []
    return [cdd, *named, *line.described(), *(row for tax in billed.taxes for row in _tax(tax))]


def _tax(tax: Tax) -> list[Row]:
    """A tax stands in a SAC loop of its line."""
    return [("SAC", "C", TAX, "", "", implied(tax.amount.amount)), tax_row(tax)]
