"""What the ERP bridge does: documents go to the ERP, and its master data is watched."""

from collections.abc import Sequence

from crossdock import RetryLater, Service, Tx
from crossdock_contracts.invoices import InvoiceCredited, InvoiceIssued
from crossdock_contracts.orders import OrderAccepted

from . import domain, errands, master_data, store
from .errands import PostCreditMemo, PostInvoice, PostSalesOrder

POLL_SECONDS = 1.0

handles = errands.handles


async def _postings(
    tx: Tx, events: Sequence[OrderAccepted | InvoiceIssued | InvoiceCredited]
) -> dict[str, set[str]]:
    """The documents of these orders that the ERP was asked to book before."""
    return await store.documents(tx, [event.order_id for event in events])


@handles(reads=_postings)
async def post_accepted_order(event: OrderAccepted, tx: Tx, known: set[str] | None) -> None:
    """The ERP keeps a sales order for every order we accepted."""
    if known is not None:
        return
    store.open_posting(tx, "order", event.order_id, event.order_id, event.total)
    order = PostSalesOrder(
        order_id=event.order_id,
        document_id=event.order_id,
        amount=event.total,
        body=domain.sales_order(event),
    )
    tx.errand(order, key=event.order_id)


@handles(reads=_postings)
async def post_issued_invoice(event: InvoiceIssued, tx: Tx, known: set[str] | None) -> None:
    """The ERP books every invoice once, after its order."""
    if event.invoice_id in _order_first(event.order_id, known):
        return
    store.open_posting(tx, "invoice", event.invoice_id, event.order_id, event.total)
    invoice = PostInvoice(
        order_id=event.order_id,
        document_id=event.invoice_id,
        amount=event.total,
        body=domain.invoice(event),
    )
    tx.errand(invoice, key=event.order_id)


@handles(reads=_postings)
async def post_credit(event: InvoiceCredited, tx: Tx, known: set[str] | None) -> None:
    """The ERP books every credit memo once, after its order."""
    memo_id = event.credit_memo_id
    if memo_id in _order_first(event.order_id, known):
        return
    store.open_posting(tx, "credit_memo", memo_id, event.order_id, event.total)
    memo = PostCreditMemo(
        order_id=event.order_id,
        document_id=memo_id,
        amount=event.total,
        body=domain.credit_memo(event),
    )
    tx.errand(memo, key=event.order_id)


def _order_first(order_id: str, known: set[str] | None) -> set[str]:
    """Orders and invoices come in two streams; the ERP shall hear of the order first."""
    if known is None or order_id not in known:
        raise RetryLater(f"order {order_id} is not known here yet")
    return known


@handles.every(POLL_SECONDS)
async def watch_master_data(service: Service) -> None:
    """Take what changed in the ERP since the last look."""
    await master_data.sync(service)
