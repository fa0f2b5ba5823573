"""What shipment tracking does when it hears of orders and stock: has warehouses ship."""

from collections.abc import Sequence

from crossdock import RetryLater, Tx
from crossdock_contracts.catalog import WarehouseChanged
from crossdock_contracts.inventory import StockReserved
from crossdock_contracts.orders import OrderAccepted
from crossdock_contracts.partners import (
    FreightBilled,
    ReceivingAdvised,
    ShipmentConfirmed,
    StatusReported,
    TenderAnswered,
)
from crossdock_contracts.shipments import FreightCharged, ShipmentRequested

from . import freight, partners, store, words
from .domain import states
from .errands import handles
from .requests import request
from .store import Numbers

__all__ = ["handles"]

Wanted = tuple[Numbers, dict[str, str | None]]


@handles
async def remember_order(event: OrderAccepted, tx: Tx) -> None:
    """Keep where the goods go, for the day they are reserved."""
    store.remember_order(tx, event)


@handles
async def remember_warehouse(event: WarehouseChanged, tx: Tx) -> None:
    """Keep who runs a warehouse: a 3PL is asked by EDI."""
    store.remember_warehouse(tx, event.warehouse_id, event.partner_id)


async def _wanted(tx: Tx, events: Sequence[StockReserved]) -> dict[str, Wanted]:
    """For each order the next shipment numbers, and the partners among its warehouses."""
    wanted = {e.order_id: len(states.by_warehouse(e.allocations)) for e in events}
    numbers = await store.take_numbers(tx, wanted)
    places = {a.warehouse_id for e in events for a in e.allocations}
    run = await store.partners(tx, places)
    return {order_id: (found, run) for order_id, found in numbers.items()}


@handles(reads=_wanted)
async def request_shipments(
    event: StockReserved, tx: Tx, wanted: Wanted | None
) -> list[ShipmentRequested]:
    """Ask each warehouse that holds reserved stock for one shipment."""
    asked = states.by_warehouse(event.allocations)
    if wanted is None:
        raise RetryLater(f"order {event.order_id} is not known here yet")
    numbers, run = wanted
    if strange := [warehouse_id for warehouse_id in asked if warehouse_id not in run]:
        raise RetryLater(f"warehouse {strange[0]} is not known here yet")
    return [
        request(
            tx,
            event.order_id,
            n,
            warehouse_id,
            lines,
            numbers.ship_to,
            partner_id=run[warehouse_id],
        )
        for n, (warehouse_id, lines) in enumerate(asked.items(), numbers.taken + 1)
    ]


@handles
async def hear_warehouse(event: ShipmentConfirmed, tx: Tx) -> None:
    """A 3PL's advice is a warehouse's word; a refusal is kept and shown, as over HTTP."""
    await words.hear(tx, [partners.confirmation(event)])


@handles
async def hear_carrier(event: StatusReported, tx: Tx) -> None:
    """A carrier's statuses are its words."""
    await words.hear(tx, partners.milestones(event))


@handles
async def hear_tender_answer(event: TenderAnswered, tx: Tx) -> None:
    """The carrier takes the load, or somebody has to find another."""
    await freight.hear_answer(tx, event)


@handles
async def check_freight_bill(event: FreightBilled, tx: Tx) -> FreightCharged | None:
    """Charge what was quoted; what was not goes to finance."""
    return await freight.hear_bill(tx, event)


@handles
async def check_receipt(event: ReceivingAdvised, tx: Tx) -> None:
    """What the customer counted is what left, or somebody has to ask."""
    await partners.compare_receipt(tx, event)
