"""Asking warehouses to ship."""

from crossdock import Tx
from crossdock_contracts import Address, LineQuantity
from crossdock_contracts.shipments import ShipmentRequested

from . import store
from .domain import states
from .domain.model import Shipment
from .errands import AskWarehouse

Lines = tuple[LineQuantity, ...]


def request(
    tx: Tx,
    order_id: str,
    n: int,
    warehouse_id: str,
    lines: Lines,
    ship_to: Address,
    split_from: str | None = None,
    partner_id: str | None = None,
) -> ShipmentRequested:
    """Keep the nth shipment of an order, and ask its warehouse for it.

    A warehouse that a partner runs is asked by EDI, on hearing this event; any other is called.
    """
    event = ShipmentRequested(
        order_id=order_id,
        shipment_id=states.shipment_id(order_id, n),
        warehouse_id=warehouse_id,
        requested_at=tx.now,
        lines=lines,
        ship_to=ship_to,
        split_from=split_from,
        partner_id=partner_id,
    )
    store.add_shipment(tx, event)
    if partner_id is None:
        tx.errand(AskWarehouse.of(event), key=order_id)
    return event


async def follow_up(tx: Tx, it: Shipment, rest: Lines) -> None:
    """Ask the same warehouse for what it promised to ship later."""
    numbers = (await store.take_numbers(tx, {it.order_id: 1}))[it.order_id]
    n = numbers.taken + 1
    partner_id = (await store.partners(tx, [it.warehouse_id])).get(it.warehouse_id)
    tx.emit(
        request(tx, it.order_id, n, it.warehouse_id, rest, it.ship_to, it.shipment_id, partner_id)
    )
