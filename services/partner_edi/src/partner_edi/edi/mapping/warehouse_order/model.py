"""What a 3PL warehouse is asked to ship."""

from __future__ import annotations

from datetime import date

import msgspec

from crossdock_contracts import Address

from ..goods import Goods


class WarehouseOrder(msgspec.Struct, frozen=True, kw_only=True):
    """One shipment to be sent; `shipment_id` is the depositor's order number."""

    shipment_id: str
    warehouse: str
    ship_to: Address
    lines: tuple[Goods, ...]
    po_number: str = ""
    requested_on: date | None = None
    carrier: str = ""
