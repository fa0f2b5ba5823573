"""What the answer to a purchase order says, in either standard."""

from __future__ import annotations

from datetime import date
from typing import Literal

import msgspec

from crossdock_contracts import Quantity

from ..lines import Line

Kind = Literal["accepted", "changed", "rejected"]
LineStatus = Literal["accepted", "price_changed", "quantity_changed", "backordered", "rejected"]


class Promise(msgspec.Struct, frozen=True):
    """What becomes of a quantity of a line; a line may ship in part and wait in part."""

    status: LineStatus
    quantity: Quantity
    ships_on: date | None = None


class AcknowledgedLine(msgspec.Struct, frozen=True):
    """One line and what becomes of it."""

    line: Line
    promises: tuple[Promise, ...]


class OrderResponse(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of an order, line by line; `order_id` is the seller's number."""

    kind: Kind
    po_number: str
    po_date: date | None
    order_id: str
    acknowledged_on: date
    currency: str = ""
    reasons: tuple[str, ...] = ()
    lines: tuple[AcknowledgedLine, ...] = ()
