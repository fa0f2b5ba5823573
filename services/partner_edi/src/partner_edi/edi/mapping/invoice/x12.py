"""The invoice as X12 810, written."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from crossdock_contracts import Tax

from ...segments import Row, implied, plain
from ..lines import place
from .model import Invoice


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
    rows.append(("ITD", *_discount(document), due_on, str(document.terms_days)))
    for billed in document.lines:
        rows.append(billed.line.priced("IT1"))
        rows.extend(_tax(tax) for tax in billed.taxes)
        rows.extend(billed.line.described())
    rows.append(("TDS", implied(document.total.amount)))
    return [*rows, ("CTT", str(len(document.lines)))]


def _discount(document: Invoice) -> Row:
    """ITD01 to ITD05: basic terms, or with a discount its percent, last day and days."""
    early = document.early_payment
    if early is None:
        return ("01", "3", "", "", "")
    until = document.invoiced_on + timedelta(days=early.within)
    return ("08", "3", plain(early.rate * Decimal(100)), f"{until:%Y%m%d}", str(early.within))


def _tax(tax: Tax) -> Row:
    """TXI: amount, rate as a fraction, and the jurisdiction in our own words (VD)."""
    amount, rate = plain(tax.amount.amount), plain(tax.rate)
    jurisdiction = ("VD", tax.jurisdiction[:10]) if tax.jurisdiction else ()
    return ("TXI", "TX", amount, rate, *jurisdiction)
