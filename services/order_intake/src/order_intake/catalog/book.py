"""What this service knows of a customer, its credit, items and prices when an order comes in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from crossdock_contracts import Address, EarlyPayment, Money


class Customer(NamedTuple):
    """Who orders."""

    customer_id: str
    name: str
    status: str
    currency: str
    payment_terms_days: int
    early_payment: EarlyPayment | None
    tax_exempt: bool
    ship_to: Address


class Credit(NamedTuple):
    """How far the customer may owe us."""

    limit: Money
    on_hold: bool


class Item(NamedTuple):
    """What can be ordered; `conversions` says how many stock units another unit holds."""

    sku: str
    description: str
    status: str
    stock_uom: str
    conversions: Mapping[str, Decimal]
    tax_code: str
    list_price: Money | None

    def factor(self, uom: str) -> Decimal | None:
        """Stock units in one of a unit; None where nobody said."""
        return Decimal(1) if uom == self.stock_uom else self.conversions.get(uom)


class Price(NamedTuple):
    """A contract price of one stock unit, for a time."""

    unit_price: Money
    valid_from: datetime | None = None
    valid_until: datetime | None = None

    def covers(self, at: datetime) -> bool:
        """Whether it holds at a moment; its last moment is the one before `valid_until`."""
        begun = self.valid_from is None or self.valid_from <= at
        return begun and (self.valid_until is None or at < self.valid_until)


class Book(NamedTuple):
    """All that one order is checked against: items by every name asked for, prices by SKU."""

    customer: Customer | None
    credit: Credit | None
    items: Mapping[str, tuple[Item, ...]]
    prices: Mapping[str, tuple[Price, ...]]

    def find(self, name: str) -> tuple[Item, ...]:
        """The items of a name: none, one, or several that share an alias. A SKU is never shared."""
        found = self.items.get(name, ())
        return tuple(item for item in found if item.sku == name) or found
