"""What a 3PL warehouse shall expect."""

from __future__ import annotations

from datetime import date

import msgspec

from ..goods import Goods


class TransferAdvice(msgspec.Struct, frozen=True, kw_only=True):
    """Stock on its way to a warehouse; `order_number` is the purchase order it belongs to."""

    order_number: str
    shipment_reference: str
    warehouse: str
    shipped_on: date
    lines: tuple[Goods, ...]
    expected_on: date | None = None
    supplier: str = ""
    carrier: str = ""
