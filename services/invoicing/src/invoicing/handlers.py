"""What invoicing does: bill what shipped, credit what came back, at what was agreed."""

from collections.abc import Sequence
from datetime import timedelta

from crossdock import Handlers, Reject, RetryLater, Tx
from crossdock_contracts import Event, LineQuantity, Quantity, Reason
from crossdock_contracts.catalog import ItemChanged
from crossdock_contracts.invoices import InvoiceCredited, InvoiceHeld, InvoiceIssued, InvoiceSettled
from crossdock_contracts.orders import OrderAccepted, OrderChanged
from crossdock_contracts.partners import RemittanceReceived
from crossdock_contracts.returns import ReturnInspected
from crossdock_contracts.shipments import ShipmentShipped

from . import domain, store
from .domain import Agreement, Lines
from .payments import remittance
from .store import Billing, Creditable

handles = Handlers()
# A shipment may be heard before the change of the order that it belongs to.
CHANGES_ARRIVE = timedelta(seconds=20)


@handles
async def remember_account(event: ItemChanged, tx: Tx) -> None:
    """Keep the general ledger account that an item's revenue goes to."""
    store.remember_item(tx, event)


@handles
async def remember_agreement(event: OrderAccepted, tx: Tx) -> None:
    """Keep the agreed prices, taxes and terms, for the day the goods ship."""
    agreement = Agreement(
        order_id=event.order_id,
        customer_id=event.customer_id,
        currency=event.currency,
        lines=event.lines,
        payment_terms_days=event.terms.net_days,
        early_payment=event.terms.early_payment,
        customer_po=event.customer_po,
        partner_id=event.partner_id,
    )
    store.remember_order(tx, agreement)


@handles
async def change_agreement(event: OrderChanged, tx: Tx) -> list[Event]:
    """Bill as it was agreed anew what ships from here on, and what shipped before this came."""
    store.change_order(tx, event.order_id, event.lines)
    said: list[Event] = []
    for shipped in await store.held_shipments(tx, event.order_id):
        known = (await _billing(tx, [shipped]))[event.order_id]
        if not domain.doubts(*_doubted(shipped, known)):
            store.forget_held(tx, shipped.shipment_id)
            said += _bill(shipped, known, tx)
    return said


async def _billing(tx: Tx, events: Sequence[ShipmentShipped]) -> dict[str, Billing]:
    skus = {line.sku for event in events for line in event.lines}
    return await store.billing(tx, [event.order_id for event in events], skus)


@handles(reads=_billing)
async def bill_shipment(event: ShipmentShipped, tx: Tx, known: Billing | None) -> Sequence[Event]:
    """Invoice what shipped, never what was merely ordered."""
    if known is None:
        raise RetryLater(f"order {event.order_id} is not known here yet")
    if not event.lines or domain.invoice_id(event.shipment_id) in known.billed:
        return ()
    if reasons := domain.doubts(*_doubted(event, known)):
        if tx.now - event.shipped_at < CHANGES_ARRIVE:
            raise RetryLater(f"{reasons[0].text}; a change may be on its way", after=1.0)
        store.hold_shipment(tx, event)
        return [_held(event, reasons, tx)]
    return _bill(event, known, tx)


def _doubted(
    event: ShipmentShipped, known: Billing
) -> tuple[Agreement, tuple[LineQuantity, ...], domain.Quantities]:
    billed = domain.quantities(known.billed.values())
    return known.agreement, domain.merged(event.lines), billed


def _bill(event: ShipmentShipped, known: Billing, tx: Tx) -> list[Event]:
    agreement, shipped, billed = _doubted(event, known)
    if not shipped:
        return []
    invoice_id = domain.invoice_id(event.shipment_id)
    lines = domain.bill(agreement, shipped, billed, known.gl_codes)
    _ask_for_accounts(tx, event.order_id, invoice_id, lines)
    invoice = _invoice(event.shipment_id, agreement, lines, tx)
    # Goods for nothing leave nothing to pay.
    settled = None if invoice.total.amount else tx.now
    store.add_invoice(tx, invoice, settled)
    return [invoice, _settled(invoice, tx)] if settled else [invoice]


@handles
async def take_remittance(event: RemittanceReceived, tx: Tx) -> None:
    """Money that a partner says it paid is set against the invoices it names, once."""
    await remittance.take(tx, event)


@handles(locks=lambda event: [f"order:{event.order_id}"])
async def credit_return(event: ReturnInspected, tx: Tx) -> list[Event]:
    """Give back what the customer was billed for the goods that came back."""
    wanted = domain.by_invoice(event.lines)
    if not wanted:
        return []
    known = await store.creditable(tx, wanted, event.return_id)
    if unknown := sorted(wanted.keys() - known.keys()):
        raise RetryLater(f"{', '.join(unknown)} of {event.return_id} is not known here yet")
    said: list[Event] = []
    first = next(iter(known.values())).memos + 1
    for n, (invoice_id, quantities) in enumerate(wanted.items(), first):
        said += _credit(event, known[invoice_id], quantities, n, tx)
    return said


def _credit(
    event: ReturnInspected, known: Creditable, wanted: dict[int, Quantity], n: int, tx: Tx
) -> list[Event]:
    invoice, credited = known.invoice, domain.quantities(known.credited)
    if found := domain.excess(invoice.lines, credited, wanted):
        refused = f"{event.return_id} cannot be credited against {invoice.invoice_id}"
        raise Reject(
            f"{refused}: {'; '.join(found)}",
            code="credit_exceeds_invoice",
            team="finance",
            context={"return_id": event.return_id, "invoice_id": invoice.invoice_id},
        )
    memo = _memo(event, invoice, domain.credit(invoice.lines, credited, wanted), n, tx)
    settles = known.settled_at is None and known.open <= memo.total.amount
    store.add_credit_memo(tx, memo, tx.now if settles else None)
    return [memo, _settled(invoice, tx)] if settles else [memo]


def _invoice(shipment_id: str, agreement: Agreement, lines: Lines, tx: Tx) -> InvoiceIssued:
    sums = domain.totals(lines, agreement.currency)
    return InvoiceIssued(
        order_id=agreement.order_id,
        invoice_id=domain.invoice_id(shipment_id),
        shipment_id=shipment_id,
        customer_id=agreement.customer_id,
        issued_at=tx.now,
        due_at=tx.now + timedelta(days=agreement.payment_terms_days),
        currency=agreement.currency,
        lines=lines,
        net_total=sums.net,
        tax_total=sums.tax,
        total=sums.total,
        customer_po=agreement.customer_po,
        partner_id=agreement.partner_id,
        payment_terms_days=agreement.payment_terms_days,
        early_payment=agreement.early_payment,
    )


def _memo(
    event: ReturnInspected, invoice: InvoiceIssued, lines: Lines, n: int, tx: Tx
) -> InvoiceCredited:
    sums = domain.totals(lines, invoice.currency)
    return InvoiceCredited(
        order_id=invoice.order_id,
        credit_memo_id=domain.credit_memo_id(event.return_id, n),
        invoice_id=invoice.invoice_id,
        customer_id=invoice.customer_id,
        credited_at=tx.now,
        currency=invoice.currency,
        lines=lines,
        net_total=sums.net,
        tax_total=sums.tax,
        total=sums.total,
        reason=Reason(code="returned", text=f"returned with {event.return_id}"),
        return_id=event.return_id,
        customer_po=invoice.customer_po,
        partner_id=invoice.partner_id,
    )


def _settled(invoice: InvoiceIssued, tx: Tx) -> InvoiceSettled:
    return InvoiceSettled(
        order_id=invoice.order_id,
        invoice_id=invoice.invoice_id,
        customer_id=invoice.customer_id,
        settled_at=tx.now,
        total=invoice.total,
    )


def _held(event: ShipmentShipped, reasons: tuple[Reason, ...], tx: Tx) -> InvoiceHeld:
    """Say that a person must look, with what that person needs to decide."""
    tx.raise_exception(
        code="invoice_held",
        text=f"{event.shipment_id} cannot be billed: {'; '.join(r.text for r in reasons)}",
        team="finance",
        about=event.shipment_id,
        order_id=event.order_id,
        context={
            "shipment_id": event.shipment_id,
            "warehouse_id": event.warehouse_id,
            "reasons": ", ".join(sorted({reason.code for reason in reasons})),
        },
    )
    return InvoiceHeld(
        order_id=event.order_id, shipment_id=event.shipment_id, held_at=tx.now, reasons=reasons
    )


def _ask_for_accounts(tx: Tx, order_id: str, invoice_id: str, lines: Lines) -> None:
    """A missing account never holds back a bill, but finance must give one before it is posted."""
    if skus := domain.without_gl_code(lines):
        tx.raise_exception(
            code="gl_code_missing",
            text=f"{invoice_id} bills {', '.join(skus)} without a general ledger account",
            team="finance",
            about=invoice_id,
            order_id=order_id,
            context={"invoice_id": invoice_id, "skus": ", ".join(skus)},
        )
