"""What left a 3PL warehouse."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Literal

import msgspec

from crossdock_contracts import Quantity

Status = Literal["complete", "short", "follows"]


class LeftLine(msgspec.Struct, frozen=True, kw_only=True):
    """One item of a pack: what was asked for, what left, and what becomes of the rest."""

    items: Mapping[str, str]
    shipped: Quantity
    ordered: Quantity | None = None
    status: Status = "complete"
    number: str = ""


class LeftPack(msgspec.Struct, frozen=True, kw_only=True):
    """One carton or pallet, or all that stands in none."""

    lines: tuple[LeftLine, ...]
    sscc: str = ""
    tracking_number: str = ""


class WarehouseShipment(msgspec.Struct, frozen=True, kw_only=True):
    """One shipment as it left; `shipment_id` is the depositor's order number."""

    shipment_id: str
    shipped_on: date
    packs: tuple[LeftPack, ...]
    warehouse: str = ""
    warehouse_reference: str = ""
    po_number: str = ""
    carrier: str = ""
    bill_of_lading: str = ""
    tracking_number: str = ""

    @property
    def reference(self) -> str:
        """The number people know it by."""
        return self.shipment_id
