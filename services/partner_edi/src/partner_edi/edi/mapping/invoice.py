"""The invoice (810), written: what shipped at the agreed price, with its taxes."""

from __future__ import annotations

from datetime import date

import msgspec

from crossdock_contracts import Address, Money, Tax

from ..segments import Row, implied, plain
from .lines import Line, place


class BilledLine(msgspec.Struct, frozen=True):
    """One line with the taxes on it."""

    line: Line
    taxes: tuple[Tax, ...] = ()


class Invoice(msgspec.Struct, frozen=True, kw_only=True):
    """What an 810 says."""

    invoice_id: str
    invoiced_on: date
    due_on: date
    terms_days: int
    order_id: str
    shipment_id: str
    po_number: str
    po_date: date | None
    total: Money
    lines: tuple[BilledLine, ...]
    ship_to: Address | None = None


def write(document: Invoice) -> list[Row]:
    """The segments from BIG to CTT; TDS01 is the total with two implied decimals."""
    ordered_on = f"{document.po_date:%Y%m%d}" if document.po_date else ""
    invoiced_on, due_on = f"{document.invoiced_on:%Y%m%d}", f"{document.due_on:%Y%m%d}"
    rows: list[Row] = [
        ("BIG", invoiced_on, document.invoice_id, ordered_on, document.po_number),
        ("CUR", "SE", document.total.currency),
        ("REF", "VN", document.order_id),
        ("REF", "SI", document.shipment_id),
    ]
    if document.ship_to:
        rows.extend(place("ST", document.ship_to))
    rows.append(("ITD", "01", "3", "", "", "", due_on, str(document.terms_days)))
    for billed in document.lines:
        rows.append(billed.line.priced("IT1"))
        rows.extend(_tax(tax) for tax in billed.taxes)
        rows.extend(billed.line.described())
    rows.append(("TDS", implied(document.total.amount)))
    return [*rows, ("CTT", str(len(document.lines)))]


def _tax(tax: Tax) -> Row:
    """TXI: amount, rate as a fraction, and the jurisdiction in our own words (VD)."""
    amount, rate = plain(tax.amount.amount), plain(tax.rate)
    jurisdiction = ("VD", tax.jurisdiction[:10]) if tax.jurisdiction else ()
    return ("TXI", "TX", amount, rate, *jurisdiction)
