"""What an event says in one line, and how quantities, money and lists read in it."""

from __future__ import annotations

from collections.abc import Iterable, Sized
from decimal import Decimal
from functools import singledispatch

from crossdock_contracts import Event, LineQuantity, Money, Quantity, Reason, name_of


@singledispatch
def summary(event: Event) -> str:
    """One line about an event; a type without words of its own is told by its name."""
    return name_of(type(event)).verb.replace("_", " ")


def number(value: Decimal) -> str:
    """Without trailing zeros or exponent: `12`, `0.5`."""
    return f"{value.normalize():f}"


def quantity(quantity: Quantity) -> str:
    """`12 EA`."""
    return f"{number(quantity.value)} {quantity.uom}"


def money(money: Money) -> str:
    """`1,204.50 USD`."""
    return f"{money.amount:,.2f} {money.currency}"


def lines(lines: Sized) -> str:
    """`1 line`, `3 lines`."""
    return "1 line" if len(lines) == 1 else f"{len(lines)} lines"


def goods(lines: Iterable[LineQuantity]) -> str:
    """`12 EA SKU-1, 3 CA SKU-2`."""
    return ", ".join(f"{quantity(line.quantity)} {line.sku}" for line in lines)


def places(warehouses: Iterable[str]) -> str:
    """Warehouses once each, in one order: `EAST, WEST`."""
    return ", ".join(sorted(set(warehouses)))


def reasons(reasons: Iterable[Reason]) -> str:
    """All sentences, for a person to act on."""
    return "; ".join(reason.text for reason in reasons)
