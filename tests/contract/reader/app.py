"""Handlers that take fields by hand, in loops, by protocols, patterns, names and locks."""

from collections.abc import Iterable
from typing import Protocol, TypeVar

from crossdock import Handlers, Service, Tx
from crossdock_contracts import LineQuantity, Quantity
from crossdock_contracts.inventory import StockBackordered, StockReserved
from crossdock_contracts.orders import OrderAccepted, OrderCancelled, OrderLine
from crossdock_contracts.shipments import ShipmentFailed, ShipmentShipped

handles = Handlers()
Line = TypeVar("Line", LineQuantity, OrderLine)
Bound = TypeVar("Bound", bound=ShipmentFailed)


class Reasoned(Protocol):
    """Anything that somebody gave up."""

    @property
    def cancelled_by(self) -> str:
        """Who."""


def skus(lines: Iterable[Line]) -> list[str]:
    """By a type variable of several types."""
    return [line.sku for line in lines]


def who(event: Reasoned) -> str:
    """By a protocol."""
    return event.cancelled_by


def where(event: Bound) -> str:
    """By a bound."""
    return event.warehouse_id


@handles
async def accept(event: OrderAccepted, tx: Tx) -> None:
    """By a name in a string, behind None, and through a value kept for later."""
    kept = [line.quantity for line in event.lines]
    print(getattr(event, "customer_po"), skus(event.lines), sum_of(kept))  # noqa: B009, T201
    if event.ship_to.country == "US" and event.key:
        print([name.id for name in event.external_ids])  # noqa: T201


def sum_of(kept: list[Quantity]) -> int:
    """Money and quantities are read whole."""
    return sum(int(each.value) for each in kept)


@handles(locks=lambda event: [f"sku:{part.sku}" for part in event.allocations])
async def reserve(event: StockReserved, tx: Tx) -> None:
    """Only its locks read something."""


@handles
async def wait(event: StockBackordered, tx: Tx) -> None:
    """By a pattern."""
    match event:
        case StockBackordered(backordered_at=when, lines=lines):
            print(when, len(lines))  # noqa: T201


@handles
async def cancel(event: OrderCancelled, tx: Tx) -> None:
    """By a protocol that it fits."""
    print(who(event))  # noqa: T201


@handles
async def fail(event: ShipmentFailed, tx: Tx) -> None:
    """By a bound."""
    print(where(event))  # noqa: T201


@handles
async def ship(event: ShipmentShipped, tx: Tx) -> None:
    """By a pattern of a part, and not by passing the whole on."""
    for line in event.lines:
        match line.quantity:
            case Quantity(value=value):
                print(value)  # noqa: T201
    keep(event)


def keep(event: object) -> None:
    """Takes nothing."""


service = Service("reader", handlers=handles)
