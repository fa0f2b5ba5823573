"""What the answer to a purchase order says, in either standard."""

from __future__ import annotations

from datetime import date
from typing import Literal

import msgspec

from ..lines import Line


class AcknowledgedLine(msgspec.Struct, frozen=True):
    """One line and what becomes of it: element 668."""

    line: Line
    status: Literal["IA", "IP", "IR"]


class OrderResponse(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of an order. `kind` is AD as asked, AC with changes, RJ rejected."""

    kind: Literal["AD", "AC", "RJ"]
    po_number: str
    po_date: date
    order_id: str
    acknowledged_on: date
    currency: str = ""
    reasons: tuple[str, ...] = ()
    lines: tuple[AcknowledgedLine, ...] = ()
