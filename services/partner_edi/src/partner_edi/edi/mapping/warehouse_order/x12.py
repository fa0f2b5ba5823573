"""The warehouse shipping order as X12 940."""

from __future__ import annotations

from decimal import Decimal

from crossdock_contracts import Address

from ...document import Row
from ...finding import Finding
from ...segments import plain
from ..goods import Goods, flat, pairs, place, quantity
from ..lines import place as placed
from ..reading import Loop, Reading, optional_day, said, split
from .model import WarehouseOrder

# W01 has two pairs of ids beside each other; the others stand after what only some partners use.
PAIRS = 2


def write(document: WarehouseOrder) -> list[Row]:
    """The segments from W05 to W76."""
    rows: list[Row] = [("W05", "N", document.shipment_id[:22], document.po_number[:22])]
    rows += [("N1", "WH", "", "92", document.warehouse), *placed("ST", document.ship_to)]
    if document.requested_on:
        rows.append(("G62", "10", f"{document.requested_on:%Y%m%d}"))
    if document.carrier:
        rows.append(("W66", "PP", "M", "", "", "", "", "", "", "", document.carrier))
    total = sum((line.quantity.value for line in document.lines), Decimal(0))
    for number, line in enumerate(document.lines, 1):
        count = line.quantity
        rows.append(("LX", str(number)))
        rows.append(("W01", plain(count.value), count.uom, "", *flat(line.items, PAIRS)))
        rows += [("G69", line.description[:45])] if line.description else []
        rows.append(("N9", "LI", line.number))
    return [*rows, ("W76", plain(total))]


def read(segments: Loop, currency: str = "USD") -> tuple[WarehouseOrder | None, list[Finding]]:
    """The order, line by line."""
    reading = Reading(segments)
    w05 = reading.head("W05")
    head, lines = split(segments, "LX")
    order = WarehouseOrder(
        shipment_id=reading.need(w05, 2, "depositor order number"),
        po_number=w05.get(3),
        warehouse=said(head, "N1", "WH", "SF", at=4),
        ship_to=place(head, "ST") or Address(name=""),
        requested_on=optional_day(said(head, "G62", "10")),
        carrier=said(head, "W66", at=10),
        lines=tuple(_goods(reading, item) for line in lines for item in split(line, "W01")[1]),
    )
    return reading.done(order)


def _goods(reading: Reading, loop: Loop) -> Goods:
    w01 = loop[0]
    return Goods(
        number=said(loop, "N9", "LI"),
        items=pairs(w01, 4, 8),
        quantity=quantity(reading, w01, 1, 2),
        description=said(loop, "G69", at=1),
    )
