"""Prices, from a supplier or for a customer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import msgspec

from crossdock_contracts import Quantity


class Price(msgspec.Struct, frozen=True, kw_only=True):
    """What one unit of an item costs, and from which quantity on."""

    items: Mapping[str, str]
    amount: Decimal
    uom: str = ""
    description: str = ""
    minimum: Quantity | None = None
    valid_from: date | None = None
    valid_until: date | None = None


class PriceCatalogue(msgspec.Struct, frozen=True, kw_only=True):
    """Prices in one currency."""

    catalogue_number: str
    issued_on: date
    currency: str
    prices: tuple[Price, ...]

    @property
    def reference(self) -> str:
        """The number people know it by."""
        return self.catalogue_number
