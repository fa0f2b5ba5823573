"""What each event says, in one line a person reads at a glance."""

from __future__ import annotations

from collections.abc import Iterable, Sized
from decimal import Decimal
from functools import singledispatch

from crossdock_contracts import Event, LineQuantity, Money, Quantity, Reason, name_of
from crossdock_contracts import cases, catalog, exceptions, inventory, invoices, orders
from crossdock_contracts import partners, payments, postings, returns, shipments


@singledispatch
def summary(event: Event) -> str:
    """One line about an event; a type without words of its own is told by its name."""
    return name_of(type(event)).verb.replace("_", " ")


def _number(value: Decimal) -> str:
    return f"{value.normalize():f}"


def _quantity(quantity: Quantity) -> str:
    return f"{_number(quantity.value)} {quantity.uom}"


def _money(money: Money) -> str:
    return f"{money.amount:,.2f} {money.currency}"


def _lines(lines: Sized) -> str:
    return "1 line" if len(lines) == 1 else f"{len(lines)} lines"


def _goods(lines: Iterable[LineQuantity]) -> str:
    return ", ".join(f"{_quantity(line.quantity)} {line.sku}" for line in lines)


def _places(warehouses: Iterable[str]) -> str:
    return ", ".join(sorted(set(warehouses)))


def _reasons(reasons: Iterable[Reason]) -> str:
    return "; ".join(reason.text for reason in reasons)


@summary.register
def _(event: orders.OrderPlaced) -> str:
    po = f", PO {event.customer_po}" if event.customer_po else ""
    return f"{_lines(event.lines)} ordered by {event.customer_id} ({event.channel}{po})"


@summary.register
def _(event: orders.OrderAccepted) -> str:
    return f"{_lines(event.lines)} accepted for {_money(event.total)}"


@summary.register
def _(event: orders.OrderHeld) -> str:
    return f"held: {_reasons(event.reasons)}"


@summary.register
def _(event: orders.OrderReleased) -> str:
    return f"released by {event.released_by}"


@summary.register
def _(event: orders.OrderRejected) -> str:
    return f"rejected: {_reasons(event.reasons)}"


@summary.register
def _(event: orders.OrderChanged) -> str:
    return f"changed by {event.changed_by}: {_lines(event.lines)}, {_money(event.total)}"


@summary.register
def _(event: orders.OrderCancelled) -> str:
    return f"{_lines(event.lines)} cancelled by {event.cancelled_by}: {event.reason.text}"


@summary.register
def _(event: orders.OrderCompleted) -> str:
    return f"complete: {_money(event.invoiced)} invoiced, fill rate {event.fill_rate:.0%}"


@summary.register
def _(event: inventory.StockReserved) -> str:
    numbers = {allocation.line_no for allocation in event.allocations}
    places = _places(allocation.warehouse_id for allocation in event.allocations)
    late = " after backorder" if event.from_backorder else ""
    return f"{_lines(numbers)} reserved in {places}{late}"


@summary.register
def _(event: inventory.StockBackordered) -> str:
    return f"backordered: {_goods(event.lines)}"


@summary.register
def _(event: inventory.ReservationReleased) -> str:
    places = _places(allocation.warehouse_id for allocation in event.allocations)
    return f"reservation released in {places}: {event.reason.text}"


@summary.register
def _(event: inventory.StockReceived) -> str:
    return f"{_quantity(event.quantity)} {event.sku} into {event.warehouse_id} ({event.source})"


@summary.register
def _(event: inventory.StockAdjusted) -> str:
    return f"{_quantity(event.quantity)} {event.sku} in {event.warehouse_id}: {event.reason.text}"


@summary.register
def _(event: inventory.LevelChanged) -> str:
    return f"{_quantity(event.available)} {event.sku} available in {event.warehouse_id}"


@summary.register
def _(event: inventory.DiscrepancyFound) -> str:
    expected, found = _quantity(event.expected), _quantity(event.found)
    return f"{event.sku} in {event.warehouse_id}: {found} found, {expected} expected"


@summary.register
def _(event: shipments.ShipmentRequested) -> str:
    return f"{event.warehouse_id} asked for {_lines(event.lines)} ({event.shipment_id})"


@summary.register
def _(event: shipments.ShipmentPicked) -> str:
    return f"{_lines(event.lines)} picked in {event.warehouse_id}"


@summary.register
def _(event: shipments.ShipmentPacked) -> str:
    return f"{event.shipment_id} packed, packages: {len(event.packages)}"


@summary.register
def _(event: shipments.ShipmentShipped) -> str:
    short = f", short: {_goods(event.short)}" if event.short else ""
    return f"{_lines(event.lines)} left {event.warehouse_id} ({event.shipment_id}){short}"


@summary.register
def _(event: shipments.MilestoneRecorded) -> str:
    where = f" in {event.place}" if event.place else ""
    return f"{event.shipment_id}: {event.text or event.code}{where}"


@summary.register
def _(event: shipments.ShipmentDelivered) -> str:
    signed = f", signed by {event.signed_by}" if event.signed_by else ""
    return f"{event.shipment_id} delivered{signed}"


@summary.register
def _(event: shipments.ShipmentFailed) -> str:
    return f"{event.shipment_id} failed in {event.warehouse_id}: {event.reason.text}"


@summary.register
def _(event: shipments.FreightCharged) -> str:
    return f"freight {_money(event.amount)} by {event.carrier}"


@summary.register
def _(event: invoices.InvoiceIssued) -> str:
    return f"{event.invoice_id}: {_money(event.total)}, due {event.due_at:%Y-%m-%d}"


@summary.register
def _(event: invoices.InvoiceHeld) -> str:
    return f"{event.shipment_id} not billed: {_reasons(event.reasons)}"


@summary.register
def _(event: invoices.InvoiceDisputed) -> str:
    return f"{event.invoice_id}: {_money(event.amount)} disputed, {event.reason.text}"


@summary.register
def _(event: invoices.InvoiceSettled) -> str:
    return f"{event.invoice_id} settled: {_money(event.total)}"


@summary.register
def _(event: invoices.InvoiceCredited) -> str:
    return f"{event.credit_memo_id}: {_money(event.total)} off {event.invoice_id}"


@summary.register
def _(event: payments.PaymentReceived) -> str:
    return f"{_money(event.amount)} from {event.customer_id}"


@summary.register
def _(event: payments.PaymentApplied) -> str:
    return f"{_money(event.amount)} on {event.invoice_id}, {_money(event.open)} left open"


@summary.register
def _(event: returns.ReturnAuthorized) -> str:
    return f"{event.return_id}: {_lines(event.lines)} may come back"


@summary.register
def _(event: returns.ReturnReceived) -> str:
    return f"{event.return_id}: {_lines(event.lines)} back in {event.warehouse_id}"


@summary.register
def _(event: returns.ReturnInspected) -> str:
    restocked = sum(line.disposition == "restock" for line in event.lines)
    return f"{event.return_id}: {restocked} to stock, {len(event.lines) - restocked} to scrap"


@summary.register
def _(event: returns.ReturnClosed) -> str:
    return f"{event.return_id} closed"


@summary.register
def _(event: returns.ReturnRejected) -> str:
    return f"{event.return_id} refused: {_reasons(event.reasons)}"


@summary.register
def _(event: partners.PurchaseOrderReceived) -> str:
    return f"PO {event.po_number} from {event.partner_id}: {_lines(event.lines)}"


@summary.register
def _(event: partners.ChangeReceived) -> str:
    return f"{event.partner_id} {'cancels' if event.cancel else 'changes'} PO {event.po_number}"


@summary.register
def _(event: partners.AdviceReceived) -> str:
    return f"{event.partner_id} ships {event.shipment_reference}: {_lines(event.lines)}"


@summary.register
def _(event: partners.DocumentSent) -> str:
    about = f" for {event.reference}" if event.reference else ""
    return f"{event.set_code} to {event.partner_id}{about}"


@summary.register
def _(event: partners.DocumentRejected) -> str:
    return f"{event.set_code} of {event.partner_id} refused: {'; '.join(event.findings)}"


@summary.register
def _(event: partners.AcknowledgementReceived) -> str:
    return f"{event.partner_id} answered {event.set_code}: {event.status.replace('_', ' ')}"


@summary.register
def _(event: partners.AcknowledgementOverdue) -> str:
    return f"{event.partner_id} has not answered {event.set_code}, due {event.due_at:%Y-%m-%d %H:%M}"


@summary.register
def _(event: catalog.CustomerChanged) -> str:
    return f"{event.customer_id} {event.name}: {event.status.replace('_', ' ')}"


@summary.register
def _(event: catalog.ItemChanged) -> str:
    return f"{event.sku} {event.description}: {event.status}"


@summary.register
def _(event: catalog.PriceChanged) -> str:
    return f"{event.sku} costs {event.customer_id} {_money(event.unit_price)}"


@summary.register
def _(event: catalog.CreditChanged) -> str:
    hold = ", on hold" if event.on_hold else ""
    return f"{event.customer_id} may owe {_money(event.limit)}{hold}"


@summary.register
def _(event: catalog.WarehouseChanged) -> str:
    return f"{event.warehouse_id} {event.name}: {'active' if event.active else 'inactive'}"


@summary.register
def _(event: postings.PostingAcknowledged) -> str:
    return f"ERP knows {event.document_id} as {event.erp_reference}"


@summary.register
def _(event: postings.PostingPosted) -> str:
    return f"ERP booked {event.document_id}: {_money(event.amount)} as {event.erp_reference}"


@summary.register
def _(event: postings.PostingFailed) -> str:
    return f"ERP refused {event.document_id}: {event.reason.text}"


@summary.register
def _(event: cases.CaseOpened) -> str:
    return f"for {event.team.replace('_', ' ')}: {event.title}"


@summary.register
def _(event: cases.CaseAssigned) -> str:
    return f"{event.assignee} took it"


@summary.register
def _(event: cases.CaseResolved) -> str:
    return f"{event.resolved_by}: {event.resolution}"


@summary.register
def _(event: exceptions.ExceptionRaised) -> str:
    return f"{event.service}: {event.text}"
