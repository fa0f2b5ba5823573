"""What the answer to the change of a purchase order says, in either standard."""

from __future__ import annotations

from datetime import date

from ..order_response.model import OrderResponse


class ChangeResponse(OrderResponse, frozen=True, kw_only=True):
    """What became of a change: an answer to the order as it stands now, and to which change."""

    change_number: str = ""
    changed_on: date | None = None
