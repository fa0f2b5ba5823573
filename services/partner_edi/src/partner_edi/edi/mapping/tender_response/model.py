"""What a carrier makes of a load it was offered."""

from __future__ import annotations

from typing import Literal

import msgspec


class TenderResponse(msgspec.Struct, frozen=True, kw_only=True):
    """Taken or not, and why not."""

    shipment_id: str
    carrier: str
    answer: Literal["accepted", "declined"]
    reason: str = ""
    pro_number: str = ""

    @property
    def reference(self) -> str:
        """The number people know it by."""
        return self.shipment_id
