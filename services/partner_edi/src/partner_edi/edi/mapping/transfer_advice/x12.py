"""The stock transfer shipment advice as X12 943."""

from __future__ import annotations

from decimal import Decimal

from ...document import Row
from ...finding import Finding
from ...segments import plain
from ..goods import Goods, flat, pairs, quantity
from ..reading import Loop, Reading, optional_day, said, split
from .model import TransferAdvice


def write(document: TransferAdvice) -> list[Row]:
    """The segments from W06 to W03."""
    shipped = f"{document.shipped_on:%Y%m%d}"
    order, reference = document.order_number[:22], document.shipment_reference[:30]
    rows: list[Row] = [("W06", "F", order, shipped, reference)]
    rows += [("N1", "SF", "", "92", document.supplier)] if document.supplier else []
    rows.append(("N1", "WH", "", "92", document.warehouse))
    if document.expected_on:
        rows.append(("G62", "17", f"{document.expected_on:%Y%m%d}"))
    rows += [("W27", "M", document.carrier)] if document.carrier else []
    total = sum((line.quantity.value for line in document.lines), Decimal(0))
    for line in document.lines:
        count = line.quantity
        rows.append(("W04", plain(count.value), count.uom, "", *flat(line.items, 2)))
        rows += [("G69", line.description[:45])] if line.description else []
        rows.append(("N9", "LI", line.number))
    return [*rows, ("W03", plain(total))]


def read(segments: Loop, currency: str = "USD") -> tuple[TransferAdvice | None, list[Finding]]:
    """The advice, line by line."""
    reading = Reading(segments)
    w06 = reading.head("W06")
    head, lines = split(segments, "W04")
    advice = TransferAdvice(
        order_number=reading.need(w06, 2, "depositor order number"),
        shipment_reference=w06.get(4),
        warehouse=said(head, "N1", "WH", "ST", at=4),
        shipped_on=reading.day(w06, 3, "date shipped"),
        expected_on=optional_day(said(head, "G62", "17")),
        supplier=said(head, "N1", "SF", at=4),
        carrier=said(head, "W27"),
        lines=tuple(_goods(reading, line) for line in lines),
    )
    return reading.done(advice)


def _goods(reading: Reading, loop: Loop) -> Goods:
    w04 = loop[0]
    return Goods(
        number=said(loop, "N9", "LI"),
        items=pairs(w04, 4, 8),
        quantity=quantity(reading, w04, 1, 2),
        description=said(loop, "G69", at=1),
    )
