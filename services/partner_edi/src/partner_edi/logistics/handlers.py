"""What warehouses, suppliers, carriers and customers are sent when something happens here."""

from __future__ import annotations

from datetime import timedelta

from crossdock import RetryLater, Service, Tx
from crossdock_contracts.catalog import (
    ItemChanged,
    PriceChanged,
    PurchaseOrderChanged,
    WarehouseChanged,
)
from crossdock_contracts.inventory import LevelChanged
from crossdock_contracts.shipments import CarrierAssigned, ShipmentRequested

from .. import outbound
from .. import store as orders
from ..handlers import handles
from ..profiles import Profile, lasting
from . import documents, store

REPORTS_SECONDS = 5.0


@handles
async def copy_warehouse(event: WarehouseChanged, tx: Tx) -> None:
    """Keep where a warehouse is, and which 3PL runs it."""
    store.put_warehouse(tx, event)


@handles
async def copy_item(event: ItemChanged, tx: Tx) -> None:
    """Keep what an item is called, here and elsewhere."""
    store.put_item(tx, event)


@handles
async def copy_price(event: PriceChanged, tx: Tx) -> None:
    """Keep a customer's price; it is told with the next catalogue."""
    store.put_price(tx, event)


@handles
async def copy_level(event: LevelChanged, tx: Tx) -> None:
    """Keep what could be promised, for the next inventory report."""
    store.put_level(tx, event)


@handles
async def order_goods(event: PurchaseOrderChanged, tx: Tx) -> None:
    """Send a supplier our purchase order; what changes afterwards is told by a person."""
    before = await store.purchase(tx, event.po_number)
    place = await store.place(tx, event.warehouse_id)
    if place is None:
        raise RetryLater(f"warehouse {event.warehouse_id} is not known here yet")
    store.put_purchase(tx, event)
    supplier = await store.partner_of(tx, "supplier", "supplier_id", event.supplier_id)
    if supplier is None or "purchase_order" not in supplier.outbound.documents:
        return
    if before is not None:
        _tell_change(tx, supplier, before, event)
    elif event.status == "open":
        order = documents.purchase_order(event, place.address)
        number = event.po_number
        await outbound.send(tx, supplier, "purchase_order", number, order, po_number=number)


@handles
async def ask_3pl(event: ShipmentRequested, tx: Tx) -> None:
    """Ask a 3PL to ship; every shipment is kept, to know what documents speak of."""
    known, order = await orders.order(tx, event.order_id)
    store.put_dispatch(tx, event)
    if event.partner_id is None:
        return
    if not known:
        raise RetryLater(f"order {event.order_id} is not known here yet")
    profile = await orders.partner(tx, event.partner_id)
    if profile is None:
        raise RetryLater(f"partner {event.partner_id} has no profile (yet)", after=1.0)
    if "warehouse_order" not in profile.outbound.documents:
        _not_agreed(tx, profile, event)
        return
    called = await store.descriptions(tx, [line.sku for line in event.lines])
    asked = documents.warehouse_order(event, order.po_number if order else "", called)
    number = event.shipment_id
    await outbound.send(tx, profile, "warehouse_order", number, asked, order_id=event.order_id)


@handles
async def offer_load(event: CarrierAssigned, tx: Tx) -> None:
    """Offer a carrier the load it was chosen for, where it takes documents."""
    profile = await store.partner_of(tx, "carrier", "carrier", event.carrier)
    if profile is None:
        return
    place = await store.place(tx, event.warehouse_id)
    known, order = await orders.order(tx, event.order_id)
    if place is None or not known:
        raise RetryLater(f"{event.shipment_id}: order or warehouse is not known here yet")
    tender = documents.load_tender(event, place.address, order.po_number if order else "")
    reference = f"{event.shipment_id}-{event.carrier}"
    await outbound.send(tx, profile, "load_tender", reference, tender, order_id=event.order_id)


@handles.every(REPORTS_SECONDS)
async def send_reports(service: Service) -> None:
    """Send each partner the reports it gets again and again, when they are due."""
    async with service.begin() as tx:
        due = [
            (profile, document, lasting(span))
            for profile in await orders.partners(tx)
            for document, span in profile.outbound.every.items()
        ]
    for profile, document, span in due:
        async with service.begin() as tx:
            if document == "inventory_report":
                await _report_stock(tx, profile, span)
            elif document == "price_catalogue":
                await _report_prices(tx, profile, span)


async def _report_stock(tx: Tx, profile: Profile, span: timedelta) -> None:
    """Only of the items that the customer has a price of."""
    stock = await store.own_stock(tx, profile.party_id)
    if stock and await store.take_turn(tx, profile.partner_id, "inventory_report", tx.now - span):
        number = _number(tx, profile)
        report = documents.inventory_report(number, tx.now, stock)
        await outbound.send(tx, profile, "inventory_report", number, report)


async def _report_prices(tx: Tx, profile: Profile, span: timedelta) -> None:
    """Only prices that have changed since the last catalogue."""
    if not await store.take_turn(tx, profile.partner_id, "price_catalogue", tx.now - span):
        return
    prices = await store.untold_prices(tx, profile.party_id)
    if prices:
        called = await store.descriptions(tx, [price.sku for price in prices])
        number = _number(tx, profile)
        catalogue = documents.price_catalogue(number, tx.now, prices, called)
        await outbound.send(tx, profile, "price_catalogue", number, catalogue)


def _number(tx: Tx, profile: Profile) -> str:
    return f"{profile.partner_id[:12]}-{tx.now:%y%m%d%H%M%S}"


def _tell_change(
    tx: Tx, supplier: Profile, before: PurchaseOrderChanged, after: PurchaseOrderChanged
) -> None:
    """Our order was sent already; a changed one is not sent over it."""
    what = [
        name
        for name in ("lines", "due_on", "warehouse_id", "status")
        if getattr(before, name) != getattr(after, name)
    ]
    if not what or after.status == "closed":
        return
    number = after.po_number
    tx.raise_exception(
        code="purchase_order_changed",
        text=f"{number} changed after it was sent to {supplier.partner_id}:"
        f" {', '.join(what)}; agree on it with the supplier",
        team="partner_desk",
        about=number,
        context={"po_number": number, "partner_id": supplier.partner_id, "status": after.status},
    )


def _not_agreed(tx: Tx, profile: Profile, event: ShipmentRequested) -> None:
    tx.raise_exception(
        code="warehouse_not_asked",
        text=f"{profile.partner_id} runs {event.warehouse_id} but takes no warehouse_order:"
        f" {event.shipment_id} is not asked for; add it to outbound.documents of its profile",
        team="warehouse",
        about=event.order_id,
        order_id=event.order_id,
        context={"shipment_id": event.shipment_id, "partner_id": profile.partner_id},
    )
