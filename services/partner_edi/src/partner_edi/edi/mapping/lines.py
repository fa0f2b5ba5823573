"""What the outbound sets share: item ids in pairs, places, and a line of goods."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from crossdock_contracts import Address, Money, Quantity

from ..segments import Row, plain

# PO1, IT1 and LIN have room for ten pairs of qualifier and id.
MOST_PAIRS = 10


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """Goods of one order line, in the partner's words and units."""

    number: str
    quantity: Quantity
    items: Mapping[str, str]
    price: Money | None = None
    description: str = ""

    def priced(self, tag: str) -> Row:
        """PO1 or IT1: number, quantity, unit, price and item ids."""
        price = plain(self.price.amount) if self.price else ""
        quantity = (plain(self.quantity.value), self.quantity.uom)
        return (tag, self.number, *quantity, price, "", *pairs(self.items))

    def described(self) -> list[Row]:
        """PID when there is a description."""
        return [("PID", "F", "", "", "", self.description)] if self.description else []


def pairs(items: Mapping[str, str]) -> list[str]:
    """Qualifiers and ids in the order the partner gave them."""
    return [part for pair in list(items.items())[:MOST_PAIRS] for part in pair]


def place(role: str, address: Address) -> list[Row]:
    """The N1 loop of one place."""
    code = ("92", address.location_code) if address.location_code else ()
    street = [("N3", *address.street[:2])] if address.street else []
    city = (address.city, address.region, address.postal_code, address.country)
    name = address.name or ("" if code else "UNNAMED")
    return [("N1", role, name[:60], *code), *street, ("N4", *city)]
