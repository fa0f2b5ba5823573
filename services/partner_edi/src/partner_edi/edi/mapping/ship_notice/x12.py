"""The ship notice as X12 856, read and written: shipment, order, pallets, packs, items."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby

import msgspec

from ...finding import Finding
from ...lexer import Segment
from ...segments import Row, day, plain
from ..lines import (
    Line,
    Places,
    described,
    first,
    items_of,
    moment,
    pairs,
    place,
    quantity_of,
    written,
)
from .model import Pack, ShipNotice

SHIPPED, EXPECTED = "011", "017"


class _Level(msgspec.Struct):
    """One HL with what stands behind it."""

    id: str
    parent: str
    kind: str
    segments: list[Segment] = []

    def element(self, tag: str, at: int, qualifier: str = "") -> str:
        """An element of the first segment of a tag, or of the one with a qualifier in front."""
        for segment in self.segments:
            if segment.tag == tag and (not qualifier or segment.get(1) == qualifier):
                return segment.get(at)
        return ""


def read(
    segments: Sequence[Segment], currency: str = "USD"
) -> tuple[ShipNotice | None, list[Finding]]:
    """Read the segments from ST to SE, whatever the order of the levels."""
    bsn, levels = first(segments, "BSN"), _levels(segments)
    if bsn is None or not levels:
        return None, []
    noted_at = moment(bsn.get(3), bsn.get(4))
    shipped_at = _date(levels, SHIPPED) or noted_at
    if shipped_at is None:
        return None, []
    order = next((level for level in levels if level.element("PRF", 1)), levels[0])
    packs, loose = _goods(levels)
    places = _places(levels)
    shipment = levels[0]
    notice = ShipNotice(
        shipment_id=bsn.get(2),
        order_id=order.element("REF", 2, "VN"),
        po_number=order.element("PRF", 1),
        po_date=day(order.element("PRF", 4)),
        shipped_at=shipped_at,
        written_at=noted_at or shipped_at,
        warehouse_id=_code(places, "SF"),
        ship_to=places.get("ST"),
        carrier=shipment.element("TD5", 3),
        tracking_number=shipment.element("REF", 2, "CN"),
        bill_of_lading=shipment.element("REF", 2, "BM"),
        packs=packs,
        lines=loose,
        expected_at=_date(levels, EXPECTED),
    )
    return notice, []


def _levels(segments: Sequence[Segment]) -> list[_Level]:
    levels: list[_Level] = []
    for segment in segments:
        if segment.tag == "HL":
            levels.append(_Level(segment.get(1), segment.get(2), segment.get(3)))
        elif levels and segment.tag not in ("CTT", "SE"):
            levels[-1].segments.append(segment)
    return levels


def _date(levels: list[_Level], qualifier: str) -> datetime | None:
    for level in levels:
        for segment in level.segments:
            if segment.tag == "DTM" and segment.get(1) == qualifier:
                return moment(segment.get(2), segment.get(3))
    return None


def _places(levels: list[_Level]) -> Places:
    places = Places()
    for level in levels:
        for segment in level.segments:
            places.take(segment)
    return places


def _code(places: Places, role: str) -> str:
    found = places.get(role)
    return found.location_code if found else ""


def _goods(levels: list[_Level]) -> tuple[tuple[Pack, ...], tuple[Line, ...]]:
    """Items in the pack, or else the pallet, that they are under; those under neither are loose."""
    known = {level.id: level for level in levels}
    packs: dict[str, Pack] = {}
    loose: list[Line] = []
    for level in levels:
        above = list(_above(level, known))
        if level.kind in ("P", "T"):
            packs[level.id] = _pack(level, above)
        for line in _lines(level):
            holder = next((each for each in (level, *above) if each.id in packs), None)
            if holder is None:
                loose.append(line)
            else:
                pack = packs[holder.id]
                packs[holder.id] = msgspec.structs.replace(pack, lines=(*pack.lines, line))
    return tuple(pack for pack in packs.values() if pack.lines), tuple(loose)


def _above(level: _Level, known: dict[str, _Level]) -> Iterable[_Level]:
    """The levels above, the nearest first; a parent that is not there ends it."""
    seen = {level.id}
    while (parent := known.get(level.parent)) and parent.id not in seen:
        seen.add(parent.id)
        yield parent
        level = parent


def _pack(level: _Level, above: list[_Level]) -> Pack:
    pallet = next((each for each in above if each.kind == "T"), None)
    return Pack(
        sscc=_sscc(level),
        lines=(),
        tracking_number=level.element("MAN", 2, "CP"),
        pallet=_sscc(pallet) if pallet else "",
    )


def _sscc(level: _Level) -> str:
    """The licence plate, without the application identifier 00 that some print before it."""
    text = level.element("MAN", 2, "GM") or level.element("MAN", 2, "AA")
    return text[2:] if len(text) == 20 and text.startswith("00") else text


def _lines(level: _Level) -> Iterable[Line]:
    lines: list[Line] = []
    named: Segment | None = None
    for segment in level.segments:
        if segment.tag == "LIN":
            named = segment
        elif segment.tag == "SN1":
            number = (named.get(1) if named else "") or segment.get(1)
            items = items_of(named, 2) if named else {}
            lines.append(Line(number=number, quantity=quantity_of(segment, 2), items=items))
        elif segment.tag == "PID" and lines:
            lines[-1] = described(lines[-1], segment)
    return lines


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

    def add_pack(self, parent: int, pack: Pack) -> None:
        inner = self.add("P", parent, children=True)
        self.rows.append(("MAN", "GM", pack.sscc))
        if pack.tracking_number:
            self.rows.append(("MAN", "CP", pack.tracking_number))
        for line in pack.lines:
            self.add_item(inner, line)

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
    tree.rows.append(("PRF", document.po_number, "", "", written(document.po_date)))
    if document.order_id:
        tree.rows.append(("REF", "VN", document.order_id))
    for pallet, packs in groupby(document.packs, key=lambda pack: pack.pallet):
        parent = order
        if pallet:
            parent = tree.add("T", order, children=True)
            tree.rows.append(("MAN", "GM", pallet))
        for pack in packs:
            tree.add_pack(parent, pack)
    for line in document.lines if not document.packs else ():
        tree.add_item(order, line)
    return [*tree.rows, ("CTT", str(tree.levels))]


def _shipment(document: ShipNotice) -> list[Row]:
    """What holds for the whole shipment: packages, carrier, references, dates and places."""
    rows: list[Row] = []
    if document.packs:
        rows.append(("TD1", "CTN", str(len(document.packs))))
    if document.carrier:
        rows.append(("TD5", "B", "2", document.carrier, "M"))
    if document.bill_of_lading:
        rows.append(("REF", "BM", document.bill_of_lading))
    if document.tracking_number:
        rows.append(("REF", "CN", document.tracking_number))
    for qualifier, at in ((SHIPPED, document.shipped_at), (EXPECTED, document.expected_at)):
        if at:
            rows.append(("DTM", qualifier, f"{at:%Y%m%d}", f"{at:%H%M}"))
    rows.append(("N1", "SF", "", "92", document.warehouse_id))
    if document.ship_to:
        rows.extend(place("ST", document.ship_to))
    return rows
