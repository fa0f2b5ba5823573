"""What shipment tracking does when it hears of orders and stock: has warehouses ship."""

from collections.abc import Sequence

from crossdock import RetryLater, Tx
from crossdock_contracts.inventory import StockReserved
from crossdock_contracts.orders import OrderAccepted
from crossdock_contracts.shipments import ShipmentRequested

from . import store
from .domain import states
from .errands import handles
from .requests import request
from .store import Numbers

__all__ = ["handles"]


@handles
async def remember_order(event: OrderAccepted, tx: Tx) -> None:
    """Keep where the goods go, for the day they are reserved."""
    store.remember_order(tx, event)


async def _numbers(tx: Tx, events: Sequence[StockReserved]) -> dict[str, Numbers]:
    wanted = {e.order_id: len(states.by_warehouse(e.allocations)) for e in events}
    return await store.take_numbers(tx, wanted)


@handles(reads=_numbers)
async def request_shipments(
    event: StockReserved, tx: Tx, numbers: Numbers | None
) -> list[ShipmentRequested]:
    """Ask each warehouse that holds reserved stock for one shipment."""
    asked = states.by_warehouse(event.allocations)
    if numbers is None:
        raise RetryLater(f"order {event.order_id} is not known here yet")
    return [
        request(tx, event.order_id, n, warehouse_id, lines, numbers.ship_to)
        for n, (warehouse_id, lines) in enumerate(asked.items(), numbers.taken + 1)
    ]
