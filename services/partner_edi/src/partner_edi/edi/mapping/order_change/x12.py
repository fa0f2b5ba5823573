"""The change of a purchase order as X12 860, read and written."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec

from crossdock_contracts import Quantity
from crossdock_contracts.partners import ChangedLine

from ...faults import Faults
from ...finding import Finding, shown
from ...lexer import Segment
from ...segments import Row, day, number, plain
from ..lines import NOTHING, currency_of, first, items_of, moment, pairs, price_of, unit, written
from .model import OrderChange, Scope

SCOPE: dict[str, Scope] = {"01": "cancellation", "04": "change", "05": "replace"}
# Element 670: what is not named here changes the line to what the POC says of it.
ACTION: dict[str, Literal["add", "delete", "none"]] = {"AI": "add", "DI": "delete", "NC": "none"}
CODE = {"add": "AI", "delete": "DI", "none": "NC", "change": "CA"}
REQUESTED = ("010", "037", "038", "002")


def read(
    segments: Sequence[Segment], currency: str = "USD"
) -> tuple[OrderChange | None, list[Finding]]:
    """Read the segments from ST to SE; no change where its kind is none that can be done."""
    bch, faults = first(segments, "BCH"), Faults(segments)
    if bch is None:
        return None, []
    scope = SCOPE.get(bch.get(1))
    if scope is None:
        faults.element(bch, 1, "353", "7", f"BCH01 {shown(bch.get(1))} is not a change, 01, 04, 05")
        return None, faults.findings
    currency = currency_of(segments, currency)
    change = OrderChange(
        po_number="".join(c for c in bch.get(3) if c.isprintable())[:60],
        scope=scope,
        currency=currency,
        lines=_lines(segments, currency),
        po_date=day(bch.get(6)),
        change_number=bch.get(5),
        changed_on=day(bch.get(11)),
        requested_ship_at=_requested(segments),
    )
    return change, []


def _lines(segments: Sequence[Segment], currency: str) -> tuple[ChangedLine, ...]:
    lines: list[ChangedLine] = []
    for segment in segments:
        if segment.tag == "POC":
            lines.append(_line(segment, len(lines) + 1, currency))
        elif segment.tag == "PID" and lines and not lines[-1].description:
            lines[-1] = msgspec.structs.replace(lines[-1], description=segment.get(5))
    return tuple(lines)


def _line(poc: Segment, line_no: int, currency: str) -> ChangedLine:
    # POC03 is the quantity as it now shall be; POC04, what of it is left to come, stands alone
    # where a partner leaves the first out.
    value = number(poc.get(3) or poc.get(4))
    return ChangedLine(
        line_no=line_no,
        quantity=Quantity(value or NOTHING, unit(poc.part(5))),
        partner_line=poc.get(1),
        items=items_of(poc, 8),
        unit_price=price_of(poc, 6, currency),
        action=ACTION.get(poc.get(2), "change"),
    )


def _requested(segments: Sequence[Segment]) -> datetime | None:
    """The header's dates: those behind a POC are a line's own."""
    found: dict[str, datetime] = {}
    for segment in segments:
        if segment.tag == "POC":
            break
        if segment.tag == "DTM" and (at := moment(segment.get(2))):
            found.setdefault(segment.get(1), at)
    return next((found[code] for code in REQUESTED if code in found), None)


def write(change: OrderChange) -> list[Row]:
    """The segments from BCH to CTT."""
    scope = next(code for code, name in SCOPE.items() if name == change.scope)
    po = (change.po_number, "", change.change_number, written(change.po_date))
    rows: list[Row] = [("BCH", scope, "SA", *po, "", "", "", "", written(change.changed_on))]
    rows.append(("CUR", "BY", change.currency))
    if change.requested_ship_at:
        rows.append(("DTM", "010", written(change.requested_ship_at)))
    for line in change.lines:
        value = plain(line.quantity.value)
        price = plain(line.unit_price.amount) if line.unit_price else ""
        named = (line.partner_line, CODE[line.action], value, value, line.quantity.uom)
        rows.append(("POC", *named, price, "", *pairs(line.items)))
        if line.description:
            rows.append(("PID", "F", "", "", "", line.description))
    return [*rows, ("CTT", str(len(change.lines)))]
