"""What a carrier reports of a shipment."""

from __future__ import annotations

from datetime import datetime

import msgspec


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened; `code` is X12's (element 1650), or EDIFACT's where X12 has none."""

    code: str
    at: datetime
    reason: str = ""
    city: str = ""
    region: str = ""
    text: str = ""


class CarrierStatus(msgspec.Struct, frozen=True, kw_only=True):
    """Statuses of one shipment, in the order in which they are told."""

    statuses: tuple[Status, ...]
    shipment_id: str = ""
    tracking_number: str = ""
    carrier: str = ""

    @property
    def reference(self) -> str:
        """The number people know it by."""
        return self.shipment_id or self.tracking_number
