"""What order intake hears: partners' orders, master data, and everything in an order's life."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from crossdock import Handlers, Reject, Tx
from crossdock_contracts import ExternalId, Reason
from crossdock_contracts.catalog import CreditChanged, CustomerChanged, ItemChanged, PriceChanged
from crossdock_contracts.inventory import (
    CancellationApplied,
    ReservationReleased,
    StockBackordered,
    StockReserved,
)
from crossdock_contracts.invoices import InvoiceCredited, InvoiceIssued
from crossdock_contracts.orders import OrderCompleted
from crossdock_contracts.partners import ChangeReceived, PurchaseOrderReceived
from crossdock_contracts.payments import PaymentApplied
from crossdock_contracts.postings import PostingAcknowledged
from crossdock_contracts.returns import (
    ReturnAuthorized,
    ReturnClosed,
    ReturnInspected,
    ReturnReceived,
    ReturnRejected,
)
from crossdock_contracts.shipments import ShipmentDelivered, ShipmentFailed, ShipmentShipped

from . import lifecycle, partners, store
from .catalog import store as catalog
from .changing.change import answer_waiting, change
from .placing.place import Wanted, place
from .placing.store import add_external_id, find_claim
from .placing.store import claim as claim_keys
from .progress import moved, said
from .settings import rules

handles = Handlers()


class OfOrder(Protocol):
    """An event in an order's life."""

    @property
    def order_id(self) -> str:
        """The canonical order id."""


class OfCustomersOrder(OfOrder, Protocol):
    """An event that changes what a customer owes."""

    @property
    def customer_id(self) -> str:
        """Whose exposure it is."""


def the_order(event: OfOrder) -> Iterable[str]:
    """Several streams write an order's rows."""
    return (f"order:{event.order_id}",)


def the_customer(event: PurchaseOrderReceived | ChangeReceived) -> Iterable[str]:
    """All orders of a customer share one exposure."""
    return (f"customer:{event.customer_id}",)


def the_order_and_customer(event: OfCustomersOrder) -> Iterable[str]:
    """The order's rows, and the exposure of its customer."""
    return (f"order:{event.order_id}", f"customer:{event.customer_id}")


# Partners


@handles(locks=the_customer)
async def place_partner_order(event: PurchaseOrderReceived, tx: Tx) -> None:
    """A partner's purchase order becomes one order; a person is asked about a second copy."""
    key = partners.claim_key(event)
    if event.purpose == "cancellation":
        await _cancel_partner_order(event, tx, key)
        return
    claim = (await claim_keys(tx, {key: event.document_id}))[key]
    if claim.new:
        draft, tolerance = partners.draft(event), rules().price_tolerance
        await place(tx, [Wanted(claim.order_id, draft, tolerance, tx.origin)])
    else:
        tx.raise_exception(**partners.duplicate(event, claim.order_id, claim.body_hash))


async def _cancel_partner_order(event: PurchaseOrderReceived, tx: Tx, key: str) -> None:
    order_id = await find_claim(tx, key)
    if order_id is None:
        raise Reject(
            f"{event.partner_id} cancels purchase order {event.po_number}, which never came.",
            code="unknown_purchase_order",
            context={"partner_id": event.partner_id, "po_number": event.po_number},
        )
    text = f"Purchase order {event.po_number} was cancelled by document {event.document_id}."
    reason = Reason(code="partner_cancelled", text=text)
    await lifecycle.cancel(tx, order_id, event.partner_id, reason)


@handles(locks=the_customer)
async def change_partner_order(event: ChangeReceived, tx: Tx) -> None:
    """A partner wants more, less, other lines or another day; it gets what the state allows."""
    await change(tx, event, rules().price_tolerance)


# Master data


@handles
async def copy_customer(event: CustomerChanged, tx: Tx) -> None:
    """Keep the customer as the ERP knows it now."""
    catalog.put_customer(tx, event)


@handles
async def copy_credit(event: CreditChanged, tx: Tx) -> None:
    """Keep how far the customer may owe us."""
    catalog.put_credit(tx, event)


@handles
async def copy_item(event: ItemChanged, tx: Tx) -> None:
    """Keep the item and every name it goes by."""
    await catalog.put_item(tx, event)


@handles
async def copy_price(event: PriceChanged, tx: Tx) -> None:
    """Keep the contract price."""
    catalog.put_price(tx, event)


# Stock


@handles(locks=the_order)
async def note_reservation(event: StockReserved, tx: Tx) -> None:
    """Stock is set aside."""
    store.move(tx, event.order_id, moved(event))
    store.tell(tx, event.order_id, event.reserved_at, "reserved", said(event))


@handles(locks=the_order)
async def note_backorder(event: StockBackordered, tx: Tx) -> None:
    """There is no stock for it now."""
    store.move(tx, event.order_id, moved(event))
    store.tell(tx, event.order_id, event.backordered_at, "backordered", said(event))


@handles(locks=the_order)
async def note_freed_stock(event: ReservationReleased, tx: Tx) -> None:
    """Stock that was set aside is free again, and the line open again."""
    store.move(tx, event.order_id, moved(event))
    store.tell(tx, event.order_id, event.released_at, "reservation_released", said(event))


@handles(locks=the_order_and_customer)
async def note_cancellation(event: CancellationApplied, tx: Tx) -> OrderCompleted | None:
    """Inventory waits no more; what its warehouses had already is not cancelled after all."""
    now = lifecycle.settle(tx, event, await lifecycle.standing(tx, event.order_id))
    await answer_waiting(tx, event.order_id, now)
    return lifecycle.complete(tx, event.order_id, now)


# Shipments


@handles(locks=the_order)
async def note_shipment(event: ShipmentShipped, tx: Tx) -> OrderCompleted | None:
    """Goods left; the order is done if their invoice was heard before."""
    store.move(tx, event.order_id, moved(event))
    now = await lifecycle.standing(tx, event.order_id)
    store.add_shipment(tx, event)
    store.tell(tx, event.order_id, event.shipped_at, "shipped", said(event))
    return lifecycle.complete(tx, event.order_id, now)


@handles(locks=the_order)
async def note_delivery(event: ShipmentDelivered, tx: Tx) -> None:
    """The customer has the goods."""
    store.add_delivery(tx, event)
    text = f"{event.shipment_id} was delivered, signed by {event.signed_by or 'nobody'}."
    store.tell(tx, event.order_id, event.delivered_at, "delivered", text)


@handles(locks=the_order)
async def note_failure(event: ShipmentFailed, tx: Tx) -> None:
    """A shipment will not happen; inventory frees its stock and says so itself."""
    store.add_failure(tx, event)
    text = f"{event.shipment_id} failed: {event.reason.text}"
    store.tell(tx, event.order_id, event.failed_at, "shipment_failed", text)


# Money


@handles(locks=the_order_and_customer)
async def note_invoice(event: InvoiceIssued, tx: Tx) -> OrderCompleted | None:
    """What shipped was billed; with the last invoice the order is done."""
    store.move(tx, event.order_id, moved(event))
    now = await lifecycle.standing(tx, event.order_id)
    store.add_invoice(tx, event)
    text = f"{event.invoice_id} over {event.total.amount} {event.total.currency} was issued."
    store.tell(tx, event.order_id, event.issued_at, "invoiced", text)
    now = lifecycle.take_over(tx, event, now)
    return lifecycle.complete(tx, event.order_id, now)


@handles(locks=the_order_and_customer)
async def note_payment(event: PaymentApplied, tx: Tx) -> None:
    """The customer owes less."""
    store.settle_invoice(tx, event)
    amount = event.amount
    store.expose_later(tx, event.customer_id, amount.currency, -amount.amount)
    text = f"{event.payment_id} paid {amount.amount} {amount.currency} of {event.invoice_id}."
    store.tell(tx, event.order_id, event.applied_at, "paid", text)


@handles(locks=the_order_and_customer)
async def note_credit_memo(event: InvoiceCredited, tx: Tx) -> None:
    """The customer owes less, because something came back or was wrong."""
    store.settle_invoice(tx, event)
    total = event.total
    store.expose_later(tx, event.customer_id, total.currency, -total.amount)
    text = f"{event.credit_memo_id} credits {total.amount} {total.currency} of {event.invoice_id}."
    store.tell(tx, event.order_id, event.credited_at, "credited", text)


@handles(locks=the_order)
async def note_erp_number(event: PostingAcknowledged, tx: Tx) -> None:
    """The ERP has the order, under a number of its own."""
    if event.document_kind == "order":
        external = ExternalId(system="erp", id=event.erp_reference)
        add_external_id(tx, event.order_id, external)
        text = f"The ERP knows this order as {event.erp_reference}."
        store.tell(tx, event.order_id, event.acknowledged_at, "acknowledged", text)


# Returns


@handles(locks=the_order)
async def note_authorization(event: ReturnAuthorized, tx: Tx) -> None:
    """The customer may send goods back."""
    store.set_return(tx, event.order_id, event.return_id, "authorized", event.authorized_at)


@handles(locks=the_order)
async def note_returned_goods(event: ReturnReceived, tx: Tx) -> None:
    """Goods came back."""
    store.move(tx, event.order_id, moved(event))
    store.set_return(tx, event.order_id, event.return_id, "received", event.received_at)


@handles(locks=the_order)
async def note_inspection(event: ReturnInspected, tx: Tx) -> None:
    """What came back was looked at."""
    store.set_return(tx, event.order_id, event.return_id, "inspected", event.inspected_at)


@handles(locks=the_order)
async def note_closed_return(event: ReturnClosed, tx: Tx) -> None:
    """Stock and finance are done with the return."""
    store.set_return(tx, event.order_id, event.return_id, "closed", event.closed_at)


@handles(locks=the_order)
async def note_refused_return(event: ReturnRejected, tx: Tx) -> None:
    """A return was refused."""
    store.set_return(tx, event.order_id, event.return_id, "rejected", event.rejected_at)
