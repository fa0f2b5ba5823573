"""The ship notice as X12 856, written: shipment, order, packs where known, items."""

from __future__ import annotations

from ...segments import Row, plain
from ..lines import Line, pairs, place
from .model import ShipNotice


class _Tree:
    """Numbers the HL segments and keeps their parents."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.levels = 0

    def add(self, level: str, parent: int | None, *, children: bool) -> int:
        self.levels += 1
        above = "" if parent is None else str(parent)
        self.rows.append(("HL", str(self.levels), above, level, "1" if children else "0"))
        return self.levels

    def add_item(self, parent: int, line: Line) -> None:
        self.add("I", parent, children=False)
        quantity = line.quantity
        self.rows.append(("LIN", line.number, *pairs(line.items)))
        self.rows.append(("SN1", line.number, plain(quantity.value), quantity.uom))
        self.rows.extend(line.described())


def write(document: ShipNotice) -> list[Row]:
    """The segments from BSN to CTT."""
    at, structure = document.written_at, "0001" if document.packs else "0004"
    tree = _Tree()
    tree.rows.append(("BSN", "00", document.shipment_id, f"{at:%Y%m%d}", f"{at:%H%M}", structure))
    shipment = tree.add("S", None, children=True)
    tree.rows.extend(_shipment(document))
    order = tree.add("O", shipment, children=True)
    ordered_on = f"{document.po_date:%Y%m%d}" if document.po_date else ""
    tree.rows.append(("PRF", document.po_number, "", "", ordered_on))
    tree.rows.append(("REF", "VN", document.order_id))
    for pack in document.packs:
        inner = tree.add("P", order, children=True)
        tree.rows.append(("MAN", "GM", pack.sscc))
        if pack.tracking_number:
            tree.rows.append(("MAN", "CP", pack.tracking_number))
        for line in pack.lines:
            tree.add_item(inner, line)
    for line in document.lines if not document.packs else ():
        tree.add_item(order, line)
    return [*tree.rows, ("CTT", str(tree.levels))]


def _shipment(document: ShipNotice) -> list[Row]:
    """What holds for the whole shipment: packages, carrier, references, date and places."""
    rows: list[Row] = []
    if document.packs:
        rows.append(("TD1", "CTN", str(len(document.packs))))
    if document.carrier:
        rows.append(("TD5", "B", "2", document.carrier, "M"))
    if document.bill_of_lading:
        rows.append(("REF", "BM", document.bill_of_lading))
    if document.tracking_number:
        rows.append(("REF", "CN", document.tracking_number))
    rows.append(("DTM", "011", f"{document.shipped_at:%Y%m%d}", f"{document.shipped_at:%H%M}"))
    rows.append(("N1", "SF", "", "92", document.warehouse_id))
    if document.ship_to:
        rows.extend(place("ST", document.ship_to))
    return rows
