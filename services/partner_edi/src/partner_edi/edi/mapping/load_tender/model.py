"""A load offered to a carrier."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from crossdock_contracts import Address, Money


class LoadTender(msgspec.Struct, frozen=True, kw_only=True):
    """One shipment from one place to another, for an agreed charge."""

    shipment_id: str
    carrier: str
    ship_from: Address
    ship_to: Address
    purpose: Literal["original", "cancellation"] = "original"
    pickup_at: datetime | None = None
    deliver_by: datetime | None = None
    order_number: str = ""
    packages: int = 0
    charge: Money | None = None
    description: str = ""
