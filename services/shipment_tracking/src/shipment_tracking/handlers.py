"""What shipment tracking hears: an order's place of delivery, and stock that is ready to ship."""

from crossdock import RetryLater, Tx
from crossdock_contracts import Address, LineQuantity
from crossdock_contracts.inventory import StockReserved
from crossdock_contracts.orders import OrderAccepted
from crossdock_contracts.shipments import ShipmentRequested

from . import domain, store
from .domain import ConfirmedLine
from .errands import AskWarehouse, handles

__all__ = ["handles", "request_shipment"]


@handles
async def remember_order(event: OrderAccepted, tx: Tx) -> None:
    """Keep where the goods go, for the day they are reserved."""
    store.remember_order(tx, event)


@handles
async def request_shipments(event: StockReserved, tx: Tx) -> list[ShipmentRequested]:
    """Ask each warehouse that holds reserved stock for one shipment."""
    requests = domain.by_warehouse(event.allocations)
    numbers = await store.take_numbers(tx, event.order_id, len(requests))
    if numbers is None:
        raise RetryLater(f"order {event.order_id} is not known here yet")
    return [
        request_shipment(
            tx, event.order_id, n, warehouse_id=warehouse_id, lines=lines, ship_to=numbers.ship_to
        )
        for n, (warehouse_id, lines) in enumerate(requests.items(), numbers.taken + 1)
    ]


def request_shipment(
    tx: Tx,
    order_id: str,
    n: int,
    *,
    warehouse_id: str,
    lines: tuple[LineQuantity, ...],
    ship_to: Address,
    split_from: str | None = None,
) -> ShipmentRequested:
    """Keep an order's nth shipment, have its warehouse asked, and give the event to be said."""
    event = ShipmentRequested(
        order_id=order_id,
        shipment_id=domain.shipment_id(order_id, n),
        warehouse_id=warehouse_id,
        requested_at=tx.now,
        lines=lines,
        ship_to=ship_to,
        split_from=split_from,
    )
    store.add_shipment(tx, event)
    errand = AskWarehouse(
        shipment_id=event.shipment_id,
        order_id=order_id,
        warehouse_id=warehouse_id,
        lines=tuple(ConfirmedLine.of(line) for line in lines),
        ship_to=ship_to,
    )
    tx.errand(errand, key=order_id)
    return event
