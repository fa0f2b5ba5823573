"""What a purchase order says, in either standard."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

import msgspec

from crossdock_contracts import Address
from crossdock_contracts.partners import PurchaseOrderLine

Purpose = Literal["original", "cancellation", "replace", "confirmation"]


class PurchaseOrder(msgspec.Struct, frozen=True, kw_only=True):
    """A purchase order in canonical values."""

    po_number: str
    purpose: Purpose
    po_date: date | None
    currency: str
    lines: tuple[PurchaseOrderLine, ...]
    ship_to: Address | None = None
    buyer: Address | None = None
    requested_ship_at: datetime | None = None
