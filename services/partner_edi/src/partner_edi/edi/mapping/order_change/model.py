"""What the change of a purchase order says, in either standard."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

import msgspec

from crossdock_contracts.partners import ChangedLine

Scope = Literal["change", "cancellation", "replace"]


class OrderChange(msgspec.Struct, frozen=True, kw_only=True):
    """A change in canonical values; `change_number` tells one change of an order from the next."""

    po_number: str
    scope: Scope
    currency: str
    lines: tuple[ChangedLine, ...]
    po_date: date | None = None
    change_number: str = ""
    changed_on: date | None = None
    requested_ship_at: datetime | None = None
