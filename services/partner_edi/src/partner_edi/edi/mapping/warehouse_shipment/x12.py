"""The warehouse shipping advice as X12 945."""

from __future__ import annotations

from decimal import Decimal

from crossdock_contracts import Quantity

from ...document import Row
from ...finding import Finding
from ...segments import plain
from ..goods import flat, pairs, quantity
from ..reading import Loop, Reading, said, split
from .model import LeftLine, LeftPack, Status, WarehouseShipment

# Element 368. What is not here leaves its rest unsaid, and so does not follow.
CODES: dict[Status, str] = {"complete": "CC", "short": "CP", "follows": "BP"}
STATUS: dict[str, Status] = {
    **dict.fromkeys(("CC", "CL", "CM", "SH"), "complete"),
    **dict.fromkeys(("BP", "BO", "BK", "PR"), "follows"),
}


def write(document: WarehouseShipment) -> list[Row]:
    """The segments from W06 to W03; each LX is a pack."""
    shipped = f"{document.shipped_on:%Y%m%d}"
    order, own = document.shipment_id, document.warehouse_reference
    rows: list[Row] = [("W06", "F", order, shipped, own, "", document.po_number)]
    rows += [("N1", "WH", "", "92", document.warehouse)] if document.warehouse else []
    rows += [("N9", "BM", document.bill_of_lading)] if document.bill_of_lading else []
    rows += [("N9", "CN", document.tracking_number)] if document.tracking_number else []
    rows.append(("G62", "11", shipped))
    rows += [("W27", "M", document.carrier)] if document.carrier else []
    for number, pack in enumerate(document.packs, 1):
        rows.append(("LX", str(number)))
        rows += [("MAN", "GM", pack.sscc)] if pack.sscc else []
        rows += [("MAN", "CP", pack.tracking_number)] if pack.tracking_number else []
        for line in pack.lines:
            rows += _written(line)
    left = [line.shipped.value for pack in document.packs for line in pack.lines]
    return [*rows, ("W03", plain(sum(left, Decimal(0))))]


def _written(line: LeftLine) -> list[Row]:
    ordered = plain(line.ordered.value) if line.ordered else ""
    missing = plain(line.ordered.value - line.shipped.value) if line.ordered else ""
    counts = (ordered, plain(line.shipped.value), missing, line.shipped.uom)
    w12: Row = ("W12", CODES[line.status], *counts, "", *flat(line.items, 1))
    return [w12, *([("N9", "LI", line.number)] if line.number else [])]


def read(segments: Loop, currency: str = "USD") -> tuple[WarehouseShipment | None, list[Finding]]:
    """The advice, pack by pack."""
    reading = Reading(segments)
    w06 = reading.head("W06")
    head, packs = split(segments, "LX")
    shipment = WarehouseShipment(
        shipment_id=reading.need(w06, 2, "depositor order number"),
        shipped_on=reading.day(w06, 3, "date shipped"),
        packs=tuple(_pack(reading, pack) for pack in packs),
        warehouse=said(head, "N1", "WH", "SF", at=4),
        warehouse_reference=w06.get(4),
        po_number=w06.get(6),
        carrier=said(head, "W27"),
        bill_of_lading=said(head, "N9", "BM"),
        tracking_number=said(head, "N9", "CN"),
    )
    return reading.done(shipment)


def _pack(reading: Reading, loop: Loop) -> LeftPack:
    head, lines = split(loop, "W12")
    return LeftPack(
        lines=tuple(_line(reading, line) for line in lines),
        sscc=said(head, "MAN", "GM"),
        tracking_number=said(head, "MAN", "CP", "CN"),
    )


def _line(reading: Reading, loop: Loop) -> LeftLine:
    w12 = loop[0]
    shipped = quantity(reading, w12, 3, 5, what="number of units shipped")
    asked = reading.number(w12, 2, "quantity ordered") if w12.get(2) else None
    return LeftLine(
        items={**({"UP": w12.get(6)} if w12.get(6) else {}), **pairs(w12, 7, 9)},
        shipped=shipped,
        ordered=None if asked is None else Quantity(asked, shipped.uom),
        status=STATUS.get(w12.get(1), "short"),
        number=said(loop, "N9", "LI"),
    )
