"""What partner_edi does: files in become orders, orders become documents out."""

from __future__ import annotations

import asyncio

import msgspec

from crossdock import Handlers, RetryLater, Service, Tx
from crossdock.errands import Errand
from crossdock_contracts.invoices import InvoiceIssued
from crossdock_contracts.orders import OrderAccepted, OrderPlaced, OrderRejected
from crossdock_contracts.shipments import ShipmentShipped

from . import book, documents, domain, folders, outbound, pickup, store
from .documents import KnownOrder
from .edi.mapping import Document
from .outbound import delivery

handles = Handlers()


@handles
async def remember_order(event: OrderPlaced, tx: Tx) -> None:
    """Keep every order's id: a shipment of an order that is no partner's must not wait for one."""
    store.remember_order(tx, event.order_id, event.partner_id, event.customer_po)


@handles
async def confirm_order(event: OrderAccepted, tx: Tx) -> None:
    """Answer the partner's 850 with an 855, line by line."""
    if event.partner_id is None:
        return
    po_date, asked = await store.purchase_order(tx, event.partner_id, event.customer_po)
    order = KnownOrder(
        order_id=event.order_id,
        partner_id=event.partner_id,
        po_number=event.customer_po,
        po_date=po_date,
        ship_to=event.ship_to,
        lines=domain.known_lines(event.lines, asked),
    )
    store.keep_agreed(tx, order)
    answer = documents.acceptance(event, order)
    await _send(tx, order, "order_response", event.order_id, answer)


@handles
async def refuse_order(event: OrderRejected, tx: Tx) -> None:
    """Tell the partner in an 855 that its order is rejected, and why."""
    if event.partner_id is None:
        return
    po_date, asked = await store.purchase_order(tx, event.partner_id, event.customer_po)
    order = KnownOrder(
        order_id=event.order_id, partner_id=event.partner_id, po_number=event.customer_po
    )
    answer = documents.rejection(event, po_date, asked)
    await _send(tx, order, "order_response", event.order_id, answer)


@handles
async def announce_shipment(event: ShipmentShipped, tx: Tx) -> None:
    """Send the partner an 856 for what left, before it arrives."""
    known, order = await store.order(tx, event.order_id)
    if not known:
        raise RetryLater(f"order {event.order_id} is not known here yet", after=0.25)
    if order is None:
        return
    _wait_for_lines(order)
    notice = documents.notice(event, order, tx.now)
    await _send(tx, order, "ship_notice", event.shipment_id, notice)


@handles
async def send_invoice(event: InvoiceIssued, tx: Tx) -> None:
    """Send the partner an 810 for each invoice."""
    if event.partner_id is None:
        return
    _, order = await store.order(tx, event.order_id)
    if order is None:
        raise RetryLater(f"order {event.order_id} is not known here yet", after=0.25)
    _wait_for_lines(order)
    await _send(tx, order, "invoice", event.invoice_id, documents.bill(event, order))


@handles.errand
async def write_document(
    payload: outbound.WriteDocument, errand: Errand[outbound.WriteDocument]
) -> None:
    """Put a document into its partner's outbox, whole or not at all."""
    async with errand.service.begin() as tx:
        document = await delivery.number(tx, payload.document_id)
    if document.raw is None:
        async with errand.settle() as tx:
            await delivery.withhold(tx, document)
        return
    outbox = errand.service.settings.root / document.partner_id / "outbox"
    await asyncio.to_thread(folders.put, outbox, document.file_name, document.raw)
    async with errand.settle() as tx:
        await delivery.sent(tx, document)


@handles.every(0.25)
async def pick_up_files(service: Service) -> None:
    """Take in what lies complete in the partners' inboxes."""
    settings = service.settings
    partners = book.current(settings.profiles)
    await pickup.keep_partners(service, partners, settings.root)
    await pickup.pick_up(service, partners)


async def _send(
    tx: Tx, order: KnownOrder, document: Document, reference: str, model: msgspec.Struct
) -> None:
    """Send a document about a partner's order where it was agreed with the partner."""
    profile = await store.partner(tx, order.partner_id)
    if profile is None:
        raise RetryLater(f"partner {order.partner_id} has no profile (yet)", after=1.0)
    numbers = {"po_number": order.po_number, "order_id": order.order_id}
    await outbound.send(tx, profile, document, reference, model, **numbers)


def _wait_for_lines(order: KnownOrder) -> None:
    if not order.lines:
        raise RetryLater(f"order {order.order_id} is not accepted here yet", after=0.25)
