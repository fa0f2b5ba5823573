"""The shipment and billing notice as X12 857."""

from __future__ import annotations

from decimal import Decimal

from crossdock_contracts import Money
from crossdock_contracts.partners import PurchaseOrderLine

from ...document import Row
from ...finding import Finding
from ...segments import implied, plain
from ..goods import flat, pairs, quantity
from ..reading import Loop, Reading, first, said, split
from .model import BillingNotice


def write(document: BillingNotice) -> list[Row]:
    """The segments from BHT to TDS, as shipment, order and items."""
    rows: list[Row] = [
        ("BHT", "0004", "00", document.shipment_reference, f"{document.issued_on:%Y%m%d}"),
        ("HL", "1", "", "S", "1"),
        ("REF", "IV", document.invoice_number),
        ("HL", "2", "1", "O", "1"),
        ("PRF", document.po_number),
    ]
    for number, line in enumerate(document.lines, 3):
        count = line.quantity
        price = plain(line.unit_price.amount) if line.unit_price else ""
        rows.append(("HL", str(number), "2", "I", "0"))
        goods = (plain(count.value), count.uom, price, "", *flat(line.items))
        rows.append(("IT1", line.partner_line, *goods))
    return [*rows, ("TDS", implied(document.total.amount))]


def read(segments: Loop, currency: str = "USD") -> tuple[BillingNotice | None, list[Finding]]:
    """The notice; one is for one purchase order."""
    reading = Reading(segments)
    bht, prf = reading.head("BHT"), reading.head("PRF")
    tds = reading.head("TDS")
    paid_in = said(segments, "CUR") or currency
    total = reading.number(tds, 1, "total").scaleb(-2)
    items = [loop for loop in split(segments, "HL")[1] if first(loop, "IT1")]
    notice = BillingNotice(
        shipment_reference=reading.need(bht, 3, "shipment number"),
        invoice_number=said(segments, "REF", "IV") or bht.get(3),
        po_number=reading.need(prf, 1, "purchase order number"),
        issued_on=reading.day(bht, 4, "date"),
        total=Money(total, paid_in),
        lines=tuple(_line(reading, n, loop, paid_in) for n, loop in enumerate(items, 1)),
    )
    return reading.done(notice)


def _line(reading: Reading, number: int, loop: Loop, currency: str) -> PurchaseOrderLine:
    it1 = reading.head("IT1") if (found := first(loop, "IT1")) is None else found
    price: Decimal | None = reading.number(it1, 4, "unit price") if it1.get(4) else None
    return PurchaseOrderLine(
        line_no=number,
        quantity=quantity(reading, it1, 2, 3),
        partner_line=it1.get(1),
        items=pairs(it1, 6),
        unit_price=None if price is None else Money(price, currency),
    )
