"""The invoice as X12 810, read and written."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

import msgspec

from crossdock_contracts import EarlyPayment, Money, Tax

from ...finding import Finding
from ...lexer import Segment
from ...segments import Row, count, day, implied, number, plain
from ..lines import (
    NOTHING,
    Places,
    cents,
    currency_of,
    described,
    first,
    line_of,
    money,
    place,
    written,
)
from .model import BilledLine, Invoice


def read(
    segments: Sequence[Segment], currency: str = "USD"
) -> tuple[Invoice | None, list[Finding]]:
    """Read the segments from ST to SE; TDS01 is the total with two implied decimals."""
    big, tds = first(segments, "BIG"), first(segments, "TDS")
    currency = currency_of(segments, currency)
    total, invoiced_on = (
        cents(tds.get(1), currency) if tds else None,
        day(big.get(1)) if big else None,
    )
    if big is None or total is None or invoiced_on is None:
        return None, []
    references = {s.get(1): s.get(2) for s in segments if s.tag == "REF"}
    places = Places()
    for segment in segments:
        places.take(segment)
    due_on, days, early = _terms(first(segments, "ITD"), invoiced_on)
    invoice = Invoice(
        invoice_id=big.get(2),
        invoiced_on=invoiced_on,
        due_on=due_on,
        terms_days=days,
        early_payment=early,
        order_id=references.get("VN", ""),
        shipment_id=references.get("SI", ""),
        po_number=big.get(4),
        po_date=day(big.get(3)),
        total=total,
        lines=_lines(segments, currency),
        ship_to=places.get("ST"),
    )
    return invoice, []


def _terms(itd: Segment | None, invoiced_on: date) -> tuple[date, int, EarlyPayment | None]:
    """When it is due, in how many days, and what paying early is worth."""
    if itd is None:
        return invoiced_on, 0, None
    named, days = day(itd.get(6)), count(itd.get(7))
    due_on = named or invoiced_on + timedelta(days=min(days or 0, 9999))
    rate, within = number(itd.get(3)), count(itd.get(5))
    early = None
    if rate and within is not None:
        early = EarlyPayment(rate=rate / 100, within=within)
    return due_on, (due_on - invoiced_on).days if days is None else days, early


def _lines(segments: Sequence[Segment], currency: str) -> tuple[BilledLine, ...]:
    lines: list[BilledLine] = []
    for segment in segments:
        if segment.tag == "IT1":
            lines.append(BilledLine(line_of(segment, currency)))
        elif segment.tag == "TDS":
            break
        elif segment.tag == "PID" and lines:
            line = described(lines[-1].line, segment)
            lines[-1] = msgspec.structs.replace(lines[-1], line=line)
        elif segment.tag == "TXI" and lines:
            taxes = (*lines[-1].taxes, tax_of(segment, currency))
            lines[-1] = msgspec.structs.replace(lines[-1], taxes=taxes)
    return tuple(lines)


def tax_of(txi: Segment, currency: str) -> Tax:
    """TXI: amount, rate, and the jurisdiction in the seller's words."""
    return Tax(
        jurisdiction=txi.get(5),
        code=txi.get(1),
        rate=number(txi.get(3)) or NOTHING,
        amount=money(number(txi.get(2)), currency) or Money(NOTHING, currency),
    )


def write(document: Invoice) -> list[Row]:
    """The segments from BIG to CTT; TDS01 is the total with two implied decimals."""
    ordered_on = written(document.po_date)
    invoiced_on, due_on = written(document.invoiced_on), written(document.due_on)
    rows: list[Row] = [
        ("BIG", invoiced_on, document.invoice_id, ordered_on, document.po_number),
        ("CUR", "SE", document.total.currency),
        *references(document.order_id, document.shipment_id),
    ]
    if document.ship_to:
        rows.extend(place("ST", document.ship_to))
    rows.append(("ITD", *_discount(document), due_on, str(document.terms_days)))
    for billed in document.lines:
        rows.append(billed.line.priced("IT1"))
        rows.extend(tax_row(tax) for tax in billed.taxes)
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


def references(order_id: str, shipment_id: str) -> list[Row]:
    """Our order and shipment, where there are."""
    named = (("VN", order_id), ("SI", shipment_id))
    return [("REF", qualifier, text) for qualifier, text in named if text]


def tax_row(tax: Tax) -> Row:
    """TXI: amount, rate as a fraction, and the jurisdiction in our own words (VD)."""
    amount, rate = plain(tax.amount.amount), plain(tax.rate)
    jurisdiction = ("VD", tax.jurisdiction[:10]) if tax.jurisdiction else ()
    return ("TXI", "TX", amount, rate, *jurisdiction)
