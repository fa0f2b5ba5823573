"""The carrier's bill as X12 210; amounts have two implied decimals."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from crossdock_contracts import FreightCharge, Money

from ...document import Row
from ...finding import Finding
from ...lexer import Segment
from ...segments import implied
from ..reading import ABSURD, Loop, Reading, optional_day, said, split
from .model import FreightInvoice

# Element 150. The linehaul has no code, and a discount is part of it.
FUEL = ("FUE", "FSC", "FUL")
LINEHAUL = ("", "400", "LHS", "DSC")
Kind = Literal["linehaul", "fuel", "accessorial"]


def write(document: FreightInvoice) -> list[Row]:
    """The segments from B3 to L3."""
    on = f"{document.billed_on:%Y%m%d}"
    arrived = f"{document.delivered_on:%Y%m%d}" if document.delivered_on else ""
    total = implied(document.total.amount)
    dates = (on, total, "", arrived, "035" if arrived else "")
    rows: list[Row] = [
        (
            "B3",
            "",
            document.invoice_number,
            document.shipment_id,
            "PP",
            "",
            *dates,
            document.carrier,
        ),
        ("C3", document.total.currency),
    ]
    rows += [("N9", "CN", document.tracking_number)] if document.tracking_number else []
    for number, charge in enumerate(document.charges, 1):
        lx, amount = str(number), implied(charge.amount.amount)
        rows.append(("LX", lx))
        rows += [("L5", lx, charge.text[:50])] if charge.text else []
        rows.append(("L1", lx, "", "", amount, "", "", "", charge.code))
    return [*rows, ("L3", "", "", "", "", total)]


def read(segments: Loop, currency: str = "USD") -> tuple[FreightInvoice | None, list[Finding]]:
    """The bill; that its charges do not add up is noted, since the quote decides."""
    reading = Reading(segments)
    b3 = reading.head("B3")
    paid_in = said(segments, "C3", at=1) or said(segments, "CUR", at=2) or currency
    total = _cents(reading, b3, 7, paid_in)
    loops = split(segments, "LX")[1]
    charges = tuple(c for loop in loops for c in _charges(reading, loop, paid_in))
    billed = sum((charge.amount.amount for charge in charges), Decimal(0))
    if charges and billed != total.amount:
        reading.note(b3, 7, f"B307 says {total.amount:f}, the charges add up to {billed:f}")
    invoice = FreightInvoice(
        invoice_number=reading.need(b3, 2, "invoice number"),
        carrier=b3.get(11),
        billed_on=reading.day(b3, 6, "date"),
        total=total,
        charges=charges,
        shipment_id=b3.get(3),
        tracking_number=said(segments, "N9", "CN"),
        delivered_on=optional_day(b3.get(9)),
    )
    return reading.done(invoice)


def _charges(reading: Reading, loop: Loop, currency: str) -> list[FreightCharge]:
    lines = [segment for segment in loop if segment.tag == "L1" and segment.get(4)]
    text = said(loop, "L5")
    return [
        FreightCharge(
            kind=kind_of(line.get(8)),
            amount=_cents(reading, line, 4, currency),
            code=line.get(8),
            text=text,
        )
        for line in lines
    ]


def kind_of(code: str) -> Kind:
    """What a charge code stands for."""
    if code in FUEL:
        return "fuel"
    return "linehaul" if code in LINEHAUL else "accessorial"


def _cents(reading: Reading, at: Segment, element: int, currency: str) -> Money:
    amount = reading.number(at, element, "amount", least=-ABSURD)
    return Money(amount.scaleb(-2), currency)
