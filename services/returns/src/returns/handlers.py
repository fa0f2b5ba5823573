"""What returns does: knows what shipped and was billed, and closes what was credited."""

from crossdock import Handlers, Reject, Tx
from crossdock_contracts.invoices import InvoiceCredited, InvoiceIssued
from crossdock_contracts.orders import OrderAccepted
from crossdock_contracts.returns import ReturnClosed
from crossdock_contracts.shipments import ShipmentShipped

from . import domain, store

handles = Handlers()


@handles
async def remember_order(event: OrderAccepted, tx: Tx) -> None:
    """Keep whose order it is."""
    store.remember_order(tx, event)


@handles
async def remember_shipment(event: ShipmentShipped, tx: Tx) -> None:
    """Keep what left: the most that can come back."""
    store.remember_shipped(tx, event)


@handles
async def remember_invoice(event: InvoiceIssued, tx: Tx) -> None:
    """Keep which invoice a credit will be against."""
    store.remember_invoice(tx, event)


@handles
async def close_credited_return(event: InvoiceCredited, tx: Tx) -> ReturnClosed | None:
    """A return is over when each creditable quantity has its credit memo."""
    if event.return_id is None:
        return None
    store.add_credit(tx, event)
    it = await store.lock_return(tx, event.return_id)
    if it is None:
        raise Reject(
            f"{event.credit_memo_id} credits {event.return_id}, which is not known here",
            code="unknown_return",
            team="finance",
            context={"return_id": event.return_id, "credit_memo_id": event.credit_memo_id},
        )
    return close_if_settled(tx, it)


def close_if_settled(tx: Tx, it: domain.Return) -> ReturnClosed | None:
    """Close an inspected return that waits for no credit any more."""
    if it.state != "inspected" or not domain.settled(it.lines):
        return None
    store.mark_closed(tx, it.return_id)
    return ReturnClosed(
        order_id=it.order_id,
        return_id=it.return_id,
        closed_at=tx.now,
        credit_memo_ids=it.credit_memo_ids,
    )
