"""The purchase order as EDIFACT ORDERS, read and written."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from crossdock_contracts import Address
from crossdock_contracts.partners import PurchaseOrderLine

from ...document import Row
from ...finding import Finding
from ...lexer import Segment
from .. import edifact
from ..lines import Line, first
from .model import PurchaseOrder, Purpose

FUNCTION: dict[str, Purpose] = {
    "1": "cancellation",
    "5": "replace",
    "6": "confirmation",
    "9": "original",
}
# Despatch requested, delivery requested, latest delivery, earliest delivery.
REQUESTED = ("10", "2", "63", "64")


def read(
    segments: Sequence[Segment], currency: str = "EUR"
) -> tuple[PurchaseOrder | None, list[Finding]]:
    """Read the segments from UNH to UNT; no order where there is no number or no line."""
    bgm, currency = first(segments, "BGM"), edifact.currency_of(segments, currency)
    lines, dates, places = order_lines(segments, currency), dates_of(segments), places_of(segments)
    if bgm is None or not lines or not number_of(bgm):
        return None, []
    wanted = next((dates[code] for code in REQUESTED if code in dates), None)
    order = PurchaseOrder(
        po_number=number_of(bgm),
        purpose=FUNCTION.get(bgm.get(3) or "9", "original"),
        po_date=dates["137"].date() if "137" in dates else None,
        currency=currency,
        lines=tuple(
            PurchaseOrderLine(
                line_no=at,
                quantity=line.quantity,
                partner_line=line.number,
                items=dict(line.items),
                unit_price=line.price,
                description=line.description,
            )
            for at, line in enumerate((line for line, _ in lines), 1)
        ),
        ship_to=places.get("DP") or places.get("ST"),
        buyer=places.get("BY"),
        requested_ship_at=wanted,
    )
    return order, []


def number_of(bgm: Segment) -> str:
    """The document's number as anybody can print it."""
    return "".join(c for c in bgm.part(2) if c.isprintable())[:60]


def dates_of(segments: Sequence[Segment]) -> dict[str, datetime]:
    """The moments of the header by their qualifier."""
    found: dict[str, datetime] = {}
    for segment in header(segments):
        if segment.tag == "DTM" and (at := edifact.moment(segment)):
            found.setdefault(segment.part(1), at)
    return found


def places_of(segments: Sequence[Segment]) -> dict[str, Address]:
    """The places of the header by their role."""
    nads = (segment for segment in header(segments) if segment.tag == "NAD")
    return {nad.get(1): edifact.place_of(nad) for nad in nads}


def header(segments: Sequence[Segment]) -> list[Segment]:
    """What stands before the first line."""
    at = next((n for n, segment in enumerate(segments) if segment.tag == "LIN"), len(segments))
    return list(segments[:at])


def order_lines(segments: Sequence[Segment], currency: str) -> list[tuple[Line, str]]:
    """The lines with the quantity that is ordered of each, and its action (1229)."""
    found: list[tuple[Line, str]] = []
    for segment in segments:
        if segment.tag == "LIN":
            found.append((edifact.opened(segment), segment.get(2)))
        elif segment.tag == "UNS":
            break
        elif found:
            line, action = found[-1]
            if segment.tag == "QTY" and segment.part(1) in ("21", "1"):
                line = msgspec.structs.replace(line, quantity=edifact.quantity_of(segment))
            found[-1] = edifact.more(line, segment, currency), action
    return found


def write(order: PurchaseOrder) -> list[Row]:
    """The segments from BGM to CNT."""
    function = next(code for code, name in FUNCTION.items() if name == order.purpose)
    rows: list[Row] = [
        ("BGM", "220", order.po_number, function),
        *edifact.dtm("137", order.po_date),
        *edifact.dtm("10", order.requested_ship_at),
        *edifact.nad("BY", order.buyer),
        *edifact.nad("DP", order.ship_to),
        *edifact.cux(order.currency),
    ]
    for at, line in enumerate(order.lines, 1):
        rows += ordered(line, at)
    return [*rows, ("UNS", "S"), ("CNT", ["2", str(len(order.lines))])]


def ordered(line: PurchaseOrderLine, at: int, action: str = "") -> list[Row]:
    """A line of an order or of its change, with quantity and price; `action` is element 1229."""
    goods = Line(
        number=line.partner_line,
        quantity=line.quantity,
        items=line.items,
        description=line.description,
    )
    rows = edifact.lin(goods, at, action)
    return [*rows, edifact.qty("21", line.quantity), *edifact.pri(line.unit_price)]
