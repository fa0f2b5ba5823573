"""The change of a purchase order as EDIFACT ORDCHG, read and written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from crossdock_contracts.partners import ChangedLine

from ...document import Row
from ...finding import Finding
from ...lexer import Segment
from .. import edifact
from ..lines import first
from ..purchase_order.edifact import REQUESTED, dates_of, header, number_of, order_lines, ordered
from .model import OrderChange, Scope

FUNCTION: dict[str, Scope] = {"1": "cancellation", "4": "change", "5": "replace"}
ACTION: dict[str, Literal["add", "delete", "none"]] = {"1": "add", "2": "delete", "4": "none"}
CODE = {"add": "1", "delete": "2", "none": "4", "change": "3"}


def read(
    segments: Sequence[Segment], currency: str = "EUR"
) -> tuple[OrderChange | None, list[Finding]]:
    """Read the segments from UNH to UNT; the order is the one of RFF+ON."""
    bgm, currency = first(segments, "BGM"), edifact.currency_of(segments, currency)
    rffs = [segment for segment in header(segments) if segment.tag == "RFF"]
    order = next((rff.part(1, 2) for rff in rffs if rff.part(1) == "ON"), "")
    scope = FUNCTION.get(bgm.get(3) or "4") if bgm else None
    if bgm is None or scope is None or not order:
        return None, []
    dates = dates_of(segments)
    change = OrderChange(
        po_number=order[:60],
        scope=scope,
        currency=currency,
        lines=tuple(
            ChangedLine(
                line_no=at,
                quantity=line.quantity,
                partner_line=line.number,
                items=dict(line.items),
                unit_price=line.price,
                description=line.description,
                action=ACTION.get(action, "change"),
            )
            for at, (line, action) in enumerate(order_lines(segments, currency), 1)
        ),
        po_date=dates["171"].date() if "171" in dates else None,
        change_number=number_of(bgm),
        changed_on=dates["137"].date() if "137" in dates else None,
        requested_ship_at=next((dates[code] for code in REQUESTED if code in dates), None),
    )
    return change, []


def write(change: OrderChange) -> list[Row]:
    """The segments from BGM to CNT."""
    function = next(code for code, name in FUNCTION.items() if name == change.scope)
    rows: list[Row] = [
        ("BGM", "230", change.change_number, function),
        *edifact.dtm("137", change.changed_on),
        *edifact.dtm("10", change.requested_ship_at),
        *edifact.rff("ON", change.po_number),
        *edifact.dtm("171", change.po_date),
        *edifact.cux(change.currency),
    ]
    for at, line in enumerate(change.lines, 1):
        rows += ordered(line, at, CODE[line.action])
    return [*rows, ("UNS", "S"), ("CNT", ["2", str(len(change.lines))])]
