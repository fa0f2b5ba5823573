"""What partner_edi does: files in become orders, orders become documents out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

import msgspec

from crossdock import Handlers, RetryLater, Service, Tx
from crossdock.errands import Errand
from crossdock_contracts.inventory import StockBackordered, StockReserved
from crossdock_contracts.invoices import InvoiceCredited, InvoiceIssued
from crossdock_contracts.orders import (
    OrderAccepted,
    OrderChangeAnswered,
    OrderChanged,
    OrderPlaced,
    OrderRejected,
)
from crossdock_contracts.returns import ReturnAuthorized, ReturnRejected
from crossdock_contracts.shipments import MilestoneRecorded, ShipmentDelivered, ShipmentShipped

from . import book, documents, domain, duties, outbound, store
from .documents import KnownOrder
from .edi.mapping import Document
from .edi.mapping.order_change.model import OrderChange
from .edi.mapping.return_notice.model import ReturnNotice
from .inbound.again import take_file_again
from .order_cycle import changes, returns, stock
from .order_cycle import store as requests
from .outbound import delivery
from .partner_desk import again
from .profiles import Profile
from .transports import outward, pickup, rounds

handles = Handlers()
# Element 1650: arrived at the delivery location, and unloaded there.
ARRIVED = {"X1", "D1"}


@handles
async def remember_order(event: OrderPlaced, tx: Tx) -> None:
    """Keep every order's id: a shipment of an order that is no partner's must not wait for one."""
    store.remember_order(tx, event.order_id, event.partner_id, event.customer_po)


def partners_order(event: OrderAccepted) -> list[str]:
    """Two streams tell of a partner's order; nobody waits for documents about the others."""
    return [f"order:{event.order_id}"] if event.partner_id else []


@handles(locks=partners_order)
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
    profile = await _profile(tx, order.partner_id)
    if profile.outbound.confirm_stock:
        await stock.answer(tx, order)
    else:
        answer = documents.acceptance(event, order)
        await _send(tx, order, "order_response", event.order_id, answer)


async def _whose(tx: Tx, events: Sequence[StockReserved | StockBackordered]) -> dict[str, str]:
    return await requests.whose(tx, {event.order_id for event in events})


@handles(reads=_whose)
async def note_reservation(event: StockReserved, tx: Tx, whose: str | None) -> None:
    """Stock is set aside: part of the order response where it was agreed to wait for that."""
    if not event.from_backorder:
        await stock.note(tx, event.order_id, whose, "reserved", event.allocations)


@handles(reads=_whose)
async def note_backorder(event: StockBackordered, tx: Tx, whose: str | None) -> None:
    """There is no stock: the order response says what waits."""
    await stock.note(tx, event.order_id, whose, "backordered", event.lines)


@handles
async def follow_change(event: OrderChanged, tx: Tx) -> None:
    """Keep what is agreed now: the next ship notice and invoice speak of these lines."""
    order = await _order(tx, event.order_id)
    if order is not None:
        await changes.follow(tx, event, order)


@handles
async def answer_change(event: OrderChangeAnswered, tx: Tx) -> None:
    """Answer the partner's 860 with an 865, line by line."""
    asked = await requests.request(tx, event.document_id, OrderChange)
    order = await _order(tx, event.order_id)
    if asked is not None and order is not None:
        answer = changes.answer(event, order, asked)
        await _send(tx, order, "change_response", event.document_id, answer)


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
    order = await _order(tx, event.order_id)
    if order is None:
        return
    await _owe(tx, order, "ship_notice", event.shipment_id, event.shipped_at)
    notice = documents.notice(event, order, tx.now)
    await _send(tx, order, "ship_notice", event.shipment_id, notice)


@handles
async def note_delivery(event: ShipmentDelivered, tx: Tx) -> None:
    """A ship notice is owed before the goods arrive."""
    await duties.arrived(tx, event.shipment_id)


@handles
async def note_arrival(event: MilestoneRecorded, tx: Tx) -> None:
    """The carrier stands at the customer's door: what was not announced is late."""
    if event.code in ARRIVED:
        await duties.arrived(tx, event.shipment_id)


@handles
async def send_invoice(event: InvoiceIssued, tx: Tx) -> None:
    """Send the partner an 810 for each invoice."""
    if event.partner_id is None:
        return
    order = await _order(tx, event.order_id)
    if order is not None:
        await _send(tx, order, "invoice", event.invoice_id, documents.bill(event, order))


@handles
async def send_credit(event: InvoiceCredited, tx: Tx) -> None:
    """Send the partner an 812 for each credit memo."""
    if event.partner_id is None:
        return
    order = await _order(tx, event.order_id)
    if order is not None:
        credit = documents.credit(event, order)
        await _send(tx, order, "credit_note", event.credit_memo_id, credit)


@handles
async def authorize_return(event: ReturnAuthorized, tx: Tx) -> None:
    """Send the RMA to the partner who asked for it with a 180."""
    asked = await requests.request(tx, event.document_id, ReturnNotice)
    order = await _order(tx, event.order_id) if asked else None
    if asked is not None and order is not None:
        answer = returns.authorization(event, order, asked)
        await _send(tx, order, "return_notice", event.document_id, answer)


@handles
async def refuse_return(event: ReturnRejected, tx: Tx) -> None:
    """Tell the partner who asked with a 180 why nothing may come back."""
    asked = await requests.request(tx, event.document_id, ReturnNotice)
    order = await _order(tx, event.order_id) if asked else None
    if asked is not None and order is not None:
        await _send(tx, order, "return_notice", event.document_id, returns.rejection(event, asked))


@handles.errand
async def write_document(
    payload: outbound.WriteDocument, errand: Errand[outbound.WriteDocument]
) -> None:
    """Hand a document to its partner's transport, whole or not at all."""
    async with errand.service.begin() as tx:
        document = await delivery.number(tx, payload.document_id)
    if document.raw is None:
        async with errand.settle() as tx:
            await delivery.withhold(tx, document)
        return
    await outward.deliver(errand.service, document.partner_id, document.file_name, document.raw)
    async with errand.settle() as tx:
        await delivery.sent(tx, document)


@handles.errand
async def take_again(payload: again.TakeAgain, errand: Errand[again.TakeAgain]) -> None:
    """Take a file in once more, as code and profiles are now."""
    partners = book.current(errand.service.settings.profiles)
    await take_file_again(errand.service, partners, payload.file_id, payload.document_id)
    async with errand.settle():
        """It is done; what came of it stands with the document."""


@handles.every(5.0)
async def watch_deadlines(service: Service) -> None:
    """Raise what a partner has not acknowledged, and what we are about to be late with."""
    async with service.begin() as tx:
        await duties.watch(tx)


@handles.every(0.25)
async def pick_up_files(service: Service) -> None:
    """Take in what lies complete in the partners' inboxes."""
    settings = service.settings
    partners = book.current(settings.profiles)
    await pickup.keep_partners(service, partners, settings.root)
    await pickup.pick_up(service)


@handles.every(0.5)
async def visit_partners(service: Service) -> None:
    """Fetch from partners' own servers, each when its time has come."""
    rounds.of(service).begin(book.current(service.settings.profiles).partners)


@handles.beside
@asynccontextmanager
async def sftp_server(service: Service) -> AsyncIterator[None]:
    """Let partners in over SFTP, where a port is set for it."""
    if service.settings.sftp_port is None:
        yield
        return
    # Here, since it takes 30 MB, and many a service has no such port.
    from .transports.sftp_server import serving

    async with serving(service):
        yield


async def _send(
    tx: Tx, order: KnownOrder, document: Document, reference: str, model: msgspec.Struct
) -> None:
    """Send a document about a partner's order where it was agreed with the partner."""
    profile = await _profile(tx, order.partner_id)
    numbers = {"po_number": order.po_number, "order_id": order.order_id}
    await outbound.send(tx, profile, document, reference, model, **numbers)


async def _owe(
    tx: Tx, order: KnownOrder, document: Document, reference: str, since: datetime
) -> None:
    """Note until when a document about a partner's order has to be sent."""
    profile = await _profile(tx, order.partner_id)
    numbers = {"po_number": order.po_number, "order_id": order.order_id}
    await duties.owe(tx, profile, document, reference, since=since, **numbers)


async def _profile(tx: Tx, partner_id: str) -> Profile:
    profile = await store.partner(tx, partner_id)
    if profile is None:
        raise RetryLater(f"partner {partner_id} has no profile (yet)", after=1.0)
    return profile


async def _order(tx: Tx, order_id: str) -> KnownOrder | None:
    """A partner's order with its lines; None when it is nobody's who waits for documents."""
    known, order = await store.order(tx, order_id)
    if not known:
        raise RetryLater(f"order {order_id} is not known here yet", after=0.25)
    if order is not None and not order.lines:
        raise RetryLater(f"order {order_id} is not accepted here yet", after=0.25)
    return order
