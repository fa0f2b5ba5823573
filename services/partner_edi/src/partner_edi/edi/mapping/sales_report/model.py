"""What a customer sold of our goods."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Literal

import msgspec

from crossdock_contracts import Quantity

Kind = Literal["sold", "returned", "on_hand"]


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """How much of an item in one place, or in all where none is named."""

    kind: Kind
    quantity: Quantity
    location: str = ""


class SoldLine(msgspec.Struct, frozen=True, kw_only=True):
    """One item with its figures."""

    items: Mapping[str, str]
    figures: tuple[Figure, ...]


class SalesReport(msgspec.Struct, frozen=True, kw_only=True):
    """Sales and stock of a period, item by item."""

    report_number: str
    begins_on: date
    ends_on: date
    lines: tuple[SoldLine, ...]

    @property
    def reference(self) -> str:
        """The number people know it by."""
        return self.report_number
