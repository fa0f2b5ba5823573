"""What a 3PL warehouse counted in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import msgspec

from crossdock_contracts import Quantity


class ReceivedLine(msgspec.Struct, frozen=True, kw_only=True):
    """Goods of one item; `damaged` came too and is not part of `received`."""

    number: str
    items: Mapping[str, str]
    received: Quantity
    damaged: Quantity | None = None


class TransferReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """One receipt; `order_number` is what the depositor had announced."""

    receipt_number: str
    counted_on: date
    lines: tuple[ReceivedLine, ...]
    order_number: str = ""
    shipment_reference: str = ""
    warehouse: str = ""

    @property
    def reference(self) -> str:
        """The number people know it by."""
        return self.receipt_number
