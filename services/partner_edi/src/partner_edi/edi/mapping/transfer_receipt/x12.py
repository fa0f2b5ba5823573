"""The stock transfer receipt advice as X12 944."""

from __future__ import annotations

from decimal import Decimal

from ...document import Row
from ...finding import Finding
from ...segments import plain
from ..goods import flat, pairs, quantity
from ..reading import Loop, Reading, first, said, split
from .model import ReceivedLine, TransferReceipt

DAMAGED = "01"  # element 412


def write(document: TransferReceipt) -> list[Row]:
    """The segments from W17 to W14."""
    numbers = (document.receipt_number, document.order_number, document.shipment_reference)
    rows: list[Row] = [("W17", "F", f"{document.counted_on:%Y%m%d}", *numbers)]
    rows += [("N1", "WH", "", "92", document.warehouse)] if document.warehouse else []
    total = sum((line.received.value for line in document.lines), Decimal(0))
    for line in document.lines:
        count = line.received
        rows.append(("W07", plain(count.value), count.uom, "", *flat(line.items, 2)))
        rows.append(("N9", "LI", line.number))
        if line.damaged:
            rows.append(("W13", plain(line.damaged.value), line.damaged.uom, DAMAGED))
    return [*rows, ("W14", plain(total))]


def read(segments: Loop, currency: str = "USD") -> tuple[TransferReceipt | None, list[Finding]]:
    """The receipt; a W13 of any condition counts as damaged."""
    reading = Reading(segments)
    w17 = reading.head("W17")
    head, lines = split(segments, "W07")
    receipt = TransferReceipt(
        receipt_number=reading.need(w17, 3, "warehouse receipt number"),
        counted_on=reading.day(w17, 2, "date received"),
        order_number=w17.get(4) or said(segments, "N9", "PO"),
        shipment_reference=w17.get(5),
        warehouse=said(head, "N1", "WH", "ST", at=4),
        lines=tuple(_line(reading, number, line) for number, line in enumerate(lines, 1)),
    )
    return reading.done(receipt)


def _line(reading: Reading, number: int, loop: Loop) -> ReceivedLine:
    w07, w13 = loop[0], first(loop, "W13")
    return ReceivedLine(
        number=said(loop, "N9", "LI") or str(number),
        items=pairs(w07, 4, 8),
        received=quantity(reading, w07, 1, 2),
        damaged=quantity(reading, w13, 1, 2, what="quantity excepted") if w13 else None,
    )
