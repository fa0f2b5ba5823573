"""What inventory does: set stock aside, take it off when it ships, and serve those who wait."""

from __future__ import annotations

from decimal import Decimal

from crossdock import Handlers, RetryLater, Service, Tx
from crossdock_contracts import Event, Quantity, Reason
from crossdock_contracts.catalog import ItemChanged, PurchaseOrderChanged, WarehouseChanged
from crossdock_contracts.inventory import (
    Availability,
    AvailabilityAnswered,
    AvailabilityAsked,
    CancellationApplied,
)
from crossdock_contracts.orders import OrderAccepted, OrderCancelled, OrderChanged
from crossdock_contracts.partners import AdviceReceived, ReceiptConfirmed
from crossdock_contracts.returns import ReturnInspected
from crossdock_contracts.shipments import ShipmentFailed, ShipmentShipped

from . import allocation, announce, levels, purchases, store, waiting
from .domain import Item, Movement, Warehouse, demands, plain
from .waiting import decisions

handles = Handlers()
LEVELS_SECONDS = 0.5
LEVELS_PAGE = 5000
LATE_SECONDS = 60.0


def sku_locks(
    event: OrderAccepted | OrderCancelled | ShipmentShipped | ShipmentFailed,
) -> list[str]:
    """The names every writer of stock locks: one per SKU."""
    short = event.short if isinstance(event, ShipmentShipped) else ()
    return [f"sku:{line.sku}" for line in (*event.lines, *short)]


def added_locks(event: OrderChanged) -> list[str]:
    """Of a changed order, only what is wanted in addition moves stock."""
    return [f"sku:{line.sku}" for line in event.added]


@handles(locks=sku_locks)
async def reserve_order(event: OrderAccepted, tx: Tx) -> list[Event]:
    """Set stock aside for an accepted order; what is not there waits its turn."""
    with decisions():
        lines = demands(event.order_id, event.lines)
        books = await store.open_books(tx, (line.sku for line in lines))
        taken = allocation.allocate(books, lines)
    short = allocation.shortfall(lines, taken, tx.now)
    store.save(tx, books)
    store.save_queue(tx, short)
    return [
        *announce.reserved(taken, tx.now, "accepted"),
        *announce.backordered(event.order_id, short, tx.now),
    ]


@handles(locks=added_locks)
async def reserve_more(event: OrderChanged, tx: Tx) -> list[Event]:
    """Set aside what an order wants in addition; a line that waits already keeps its place."""
    with decisions():
        lines = demands(event.order_id, event.added)
        books = await store.open_books(tx, (line.sku for line in lines))
        taken = allocation.allocate(books, lines)
    short = allocation.shortfall(lines, taken, tx.now)
    store.save(tx, books)
    if short:
        queue = await store.queue_for(tx, books.shelves)
        store.save_queue(tx, allocation.join(queue, short, tx.now))
    return [
        *announce.reserved(taken, tx.now, "changed"),
        *announce.backordered(event.order_id, short, tx.now),
    ]


@handles(locks=sku_locks)
async def cancel_lines(event: OrderCancelled, tx: Tx) -> CancellationApplied | None:
    """Stop waiting for what was cancelled; what is reserved may be on its way and is not touched.

    The answer says how much was which: order intake cancelled without knowing.
    """
    with decisions():
        lines = demands(event.order_id, event.lines)
    if not lines:
        return None
    queue = await store.queue_for(tx, {line.sku for line in lines})
    held = await store.held(tx, event.order_id)
    gone = allocation.cancel(queue, lines, held)
    store.save_queue(tx, gone.queue)
    return announce.cancelled(event, gone, tx.now)


@handles(locks=sku_locks)
async def book_shipment(event: ShipmentShipped, tx: Tx) -> list[Event]:
    """Take what shipped off the books; what could not be found is searched for elsewhere."""
    with decisions():
        lines = demands(event.order_id, event.lines)
        short = demands(event.order_id, event.short)
        skus = {line.sku for line in (*lines, *short)}
        books = await store.open_books(tx, skus, event.order_id)
        for line in lines:
            if extra := books.ship(line, event.warehouse_id, event.shipment_id):
                waiting.warn_of_extra(tx, event, line, extra)
        missing = allocation.give_back(books, short, event.warehouse_id)
        lost = waiting.write_off(tx, books, missing, event.shipment_id)
    store.settle(tx, event.order_id, books)
    reason = Reason(code="short_pick", text=f"{event.warehouse_id} could not find it")
    return [*await waiting.wait_again(tx, books, missing, reason, event.shipment_id), *lost]


@handles(locks=sku_locks)
async def free_failed_shipment(event: ShipmentFailed, tx: Tx) -> list[Event]:
    """A dispatch that will not happen frees its stock; goods lost on their way had left before."""
    with decisions():
        lines = demands(event.order_id, event.lines)
        ids = [f"shipment:{event.shipment_id}:{line.line_no}" for line in lines]
        if await store.has_shipped(tx, ids):
            return []
        books = await store.open_books(tx, (line.sku for line in lines), event.order_id)
        freed = allocation.give_back(books, lines, event.warehouse_id)
    store.settle(tx, event.order_id, books)
    reason = Reason(code="shipment_failed", text=event.reason.text)
    return await waiting.wait_again(tx, books, freed, reason, event.shipment_id)


@handles(locks=lambda event: [f"sku:{line.sku}" for line in event.lines])
async def restock_return(event: ReturnInspected, tx: Tx) -> list[Event]:
    """Returned goods that passed inspection can be sold again; scrap never enters the books."""
    known = await store.warehouses(tx, [event.warehouse_id])
    if event.warehouse_id not in known:
        raise RetryLater(f"warehouse {event.warehouse_id} is not known here yet")
    restocked = [line for line in event.lines if line.disposition == "restock"]
    books = await store.open_books(tx, (line.sku for line in restocked))
    said: list[Event] = []
    for n, line in enumerate(restocked, 1):
        receipt_id = f"{event.return_id}-{n}-{event.inspected_at:%Y%m%d%H%M%S%f}"
        restock = Movement(
            f"restock:{receipt_id}", line.sku, event.warehouse_id, line.quantity.uom,
            "restock", line.quantity.value, source="return", reference=event.return_id,
        )  # fmt: skip
        with decisions():
            books.book(restock, known[event.warehouse_id])
        said.append(announce.received(receipt_id, restock, tx.now))
    return said + await waiting.serve(tx, books, event.return_id)


@handles
async def copy_warehouse(event: WarehouseChanged, tx: Tx) -> list[Event]:
    """Keep a copy; when a warehouse opens again, what lies there goes to those who wait."""
    store.put_warehouse(tx, Warehouse(event.warehouse_id, event.priority, event.active), event.name)
    skus = await store.stranded(tx, event.warehouse_id) if event.active else []
    if not skus:
        return []
    await tx.lock(*(f"sku:{sku}" for sku in skus))
    return await waiting.serve(tx, await store.open_books(tx, skus), event.warehouse_id)


@handles
async def copy_item(event: ItemChanged, tx: Tx) -> None:
    """Keep a copy; stock that lies in another unit than the item's must be counted anew."""
    item = Item(event.sku, event.stock_uom, event.conversions)
    store.put_item(tx, item)
    if unit := await store.other_unit(tx, item):
        tx.raise_exception(
            code="stock_unit_changed", team="warehouse", about=event.sku,
            text=f"{event.sku} is now counted in {event.stock_uom}, but its stock is in {unit}",
            context={"stock_uom": event.stock_uom, "uom_on_hand": unit},
        )  # fmt: skip


@handles
async def copy_purchase_order(event: PurchaseOrderChanged, tx: Tx) -> None:
    """Keep what a supplier shall bring."""
    purchases.copy_order(tx, event)


@handles
async def match_advice(event: AdviceReceived, tx: Tx) -> None:
    """A supplier's advice belongs to a purchase order, or somebody has to ask."""
    await purchases.take_advice(tx, event)


@handles(locks=lambda event: [f"sku:{line.sku}" for line in event.lines])
async def receive_at_3pl(event: ReceiptConfirmed, tx: Tx) -> None:
    """Goods that a 3PL counted in are stock, and are held against what was announced."""
    await purchases.take_receipt(tx, event)


@handles.every(LATE_SECONDS)
async def tell_late_purchases(service: Service) -> None:
    """Goods that were due and did not come, once per order."""
    async with service.begin() as tx:
        await purchases.tell_late(tx, tx.now.date())


@handles.every(LEVELS_SECONDS, woken=True)
async def say_levels(service: Service) -> None:
    """Say how much there is now of what has changed, however often it did.

    One at a time: of two, the one that looked first could speak last.
    """
    async with service.begin() as tx:
        await tx.lock("levels")
        for row in await levels.take_unsaid(tx, LEVELS_PAGE):
            tx.emit(announce.level(row, tx.now))
            tx.wake("say_levels")  # there may be more than a page


@handles.answers
async def tell_availability(question: AvailabilityAsked, tx: Tx) -> AvailabilityAnswered:
    """What could be promised right now; an item nobody has is there with nothing."""
    answer: dict[str, Availability] = {}
    for row in await levels.available(tx, question.skus):
        sku, free = row["sku"], plain(row["available"] or Decimal(0))
        so_far = answer.get(sku) or Availability(
            sku=sku, available=Quantity(Decimal(0), row["uom"])
        )
        places = dict(so_far.by_warehouse)
        if row["warehouse_id"]:
            places[row["warehouse_id"]] = Quantity(free, row["uom"])
        total = Quantity(so_far.available.value + free, row["uom"])
        answer[sku] = Availability(sku=sku, available=total, by_warehouse=places)
    return AvailabilityAnswered(items=tuple(answer.values()))
