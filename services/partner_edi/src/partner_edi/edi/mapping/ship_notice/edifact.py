"""The ship notice as EDIFACT DESADV, read and written: consignment, pallets, packages, lines."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import msgspec

from ...document import Row
from ...finding import Finding
from ...lexer import Segment
from .. import edifact
from ..lines import Line, first
from ..purchase_order.edifact import number_of
from .model import Pack, ShipNotice


class _Level(msgspec.Struct):
    """One CPS: its package, and what is in it."""

    id: str
    parent: str
    kind: str = ""
    sscc: str = ""
    tracking_number: str = ""
    lines: list[Line] = []


def read(
    segments: Sequence[Segment], currency: str = "EUR"
) -> tuple[ShipNotice | None, list[Finding]]:
    """Read the segments from UNH to UNT."""
    bgm = first(segments, "BGM")
    start = next((n for n, s in enumerate(segments) if s.tag == "CPS"), len(segments))
    head, body = segments[:start], segments[start:]
    found = {s.part(1): at for s in head if s.tag == "DTM" and (at := edifact.moment(s))}
    shipped_at = found.get("11") or found.get("137")
    if bgm is None or shipped_at is None:
        return None, []
    packs, loose = _goods(_levels(body, currency))
    refs = {s.part(1): s.part(1, 2) for s in (*head, *body) if s.tag == "RFF"}
    places = {s.get(1): edifact.place_of(s) for s in head if s.tag == "NAD"}
    tdt = first(head, "TDT")
    notice = ShipNotice(
        shipment_id=number_of(bgm),
        order_id=refs.get("VN", ""),
        po_number=refs.get("ON", ""),
        po_date=found["171"].date() if "171" in found else None,
        shipped_at=shipped_at,
        written_at=found.get("137") or shipped_at,
        warehouse_id=places["SF"].location_code if "SF" in places else "",
        ship_to=places.get("DP") or places.get("ST"),
        carrier=tdt.part(5) if tdt else "",
        tracking_number=refs.get("CN", ""),
        bill_of_lading=refs.get("BM", ""),
        packs=packs,
        lines=loose,
        expected_at=found.get("17") or found.get("2"),
    )
    return notice, []


def _levels(body: Sequence[Segment], currency: str) -> list[_Level]:
    levels: list[_Level] = []
    for segment in body:
        if segment.tag == "CPS":
            levels.append(_Level(segment.get(1), segment.get(2)))
        elif levels:
            _take(levels[-1], segment, currency)
    return levels


def _take(level: _Level, segment: Segment, currency: str) -> None:
    lines = level.lines
    match segment.tag:
        case "PAC":
            level.kind = segment.part(3)
        case "GIN" if not lines and segment.get(1) in ("BJ", "AW"):
            level.sscc = level.sscc or segment.part(2)
        case "GIN" if not lines:
            level.tracking_number = level.tracking_number or segment.part(2)
        case "LIN":
            lines.append(edifact.opened(segment))
        case "QTY" if lines and segment.part(1) in ("12", "113"):
            quantity = edifact.quantity_of(segment)
            lines[-1] = msgspec.structs.replace(lines[-1], quantity=quantity)
        case "PIA" | "IMD" if lines:
            lines[-1] = edifact.more(lines[-1], segment, currency)


def _goods(levels: list[_Level]) -> tuple[tuple[Pack, ...], tuple[Line, ...]]:
    """What has a plate is a pack; a pallet's own plate is told with the packs that it carries."""
    known = {level.id: level for level in levels}
    packs = []
    for level in levels:
        if level.sscc and level.lines:
            above = known.get(level.parent)
            pallet = above.sscc if above and above is not level else ""
            packs.append(Pack(level.sscc, tuple(level.lines), level.tracking_number, pallet))
    loose = (line for level in levels if not level.sscc for line in level.lines)
    return tuple(packs), tuple(loose)


def write(document: ShipNotice) -> list[Row]:
    """The segments from BGM to CNT."""
    rows: list[Row] = [
        ("BGM", "351", document.shipment_id, "9"),
        *edifact.dtm("137", document.written_at),
        *edifact.dtm("11", document.shipped_at),
        *edifact.dtm("17", document.expected_at),
        *edifact.rff("ON", document.po_number),
        *edifact.dtm("171", document.po_date),
        *edifact.rff("VN", document.order_id),
        *edifact.rff("BM", document.bill_of_lading),
        *edifact.rff("CN", document.tracking_number),
        *edifact.party("SF", document.warehouse_id),
        *edifact.nad("DP", document.ship_to),
    ]
    if document.carrier:
        rows.append(("TDT", "20", "", "30", "", [document.carrier, "", "182"]))
    body = _body(document)
    lines = sum(row[0] == "LIN" for row in body)
    return [*rows, *body, ("CNT", ["2", str(lines)])]


def _body(document: ShipNotice) -> list[Row]:
    rows: list[Row] = [("CPS", "1")]
    levels, at = 1, 0
    if document.packs:
        rows.append(("PAC", str(len(document.packs))))
    for pallet, packs in groupby(document.packs, key=lambda pack: pack.pallet):
        parent = 1
        if pallet:
            levels += 1
            parent = levels
            rows += [("CPS", str(levels), "1"), *_package("201", pallet)]
        for pack in packs:
            levels += 1
            rows += [("CPS", str(levels), str(parent)), *_package("CT", pack.sscc)]
            if pack.tracking_number:
                rows += [("PCI", "30"), ("GIN", "CN", [pack.tracking_number])]
            for line in pack.lines:
                at += 1
                rows += _line(line, at)
    for line in document.lines if not document.packs else ():
        at += 1
        rows += _line(line, at)
    return rows


def _package(kind: str, sscc: str) -> list[Row]:
    """One package and its plate: PCI 33E says that what follows is an SSCC-18."""
    return [("PAC", "1", "", [kind]), ("PCI", "33E"), ("GIN", "BJ", [sscc])]


def _line(line: Line, at: int) -> list[Row]:
    return [*edifact.lin(line, at), edifact.qty("12", line.quantity)]
