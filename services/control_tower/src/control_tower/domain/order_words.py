"""What each event in an order's life says, in one line a person reads at a glance."""

from __future__ import annotations

from crossdock_contracts import inventory, invoices, orders, payments, returns, shipments

from .words import goods, lines, money, places, quantity, reasons, summary


@summary.register
def _(event: orders.OrderPlaced) -> str:
    po = f", PO {event.customer_po}" if event.customer_po else ""
    return f"{lines(event.lines)} ordered by {event.customer_id} ({event.channel}{po})"


@summary.register
def _(event: orders.OrderAccepted) -> str:
    return f"{lines(event.lines)} accepted for {money(event.total)}"


@summary.register
def _(event: orders.OrderHeld) -> str:
    return f"held: {reasons(event.reasons)}"


@summary.register
def _(event: orders.OrderReleased) -> str:
    return f"released by {event.released_by}"


@summary.register
def _(event: orders.OrderRejected) -> str:
    return f"rejected: {reasons(event.reasons)}"


@summary.register
def _(event: orders.OrderChanged) -> str:
    return f"changed by {event.changed_by}: {lines(event.lines)}, {money(event.total)}"


@summary.register
def _(event: orders.OrderChangeAnswered) -> str:
    reason = reasons(tuple(line.reason for line in event.lines if line.reason) + event.reasons)
    return f"{event.partner_id}'s change {event.status}{': ' + reason if reason else ''}"


@summary.register
def _(event: orders.OrderCancelled) -> str:
    return f"{lines(event.lines)} cancelled by {event.cancelled_by}: {event.reason.text}"


@summary.register
def _(event: orders.OrderCompleted) -> str:
    return f"complete: {money(event.invoiced)} invoiced, fill rate {event.fill_rate:.0%}"


@summary.register
def _(event: inventory.StockReserved) -> str:
    numbers = {allocation.line_no for allocation in event.allocations}
    where = places(allocation.warehouse_id for allocation in event.allocations)
    late = " after backorder" if event.from_backorder else ""
    return f"{lines(numbers)} reserved in {where}{late}"


@summary.register
def _(event: inventory.StockBackordered) -> str:
    return f"backordered: {goods(event.lines)}"


@summary.register
def _(event: inventory.ReservationReleased) -> str:
    where = places(allocation.warehouse_id for allocation in event.allocations)
    return f"reservation released in {where}: {event.reason.text}"


@summary.register
def _(event: inventory.CancellationApplied) -> str:
    said = [f"waits no more: {goods(event.dropped)}"] if event.dropped else []
    said += [f"too late to cancel: {goods(event.kept)}"] if event.kept else []
    return "; ".join(said) or "there was nothing to cancel"


@summary.register
def _(event: inventory.StockReceived) -> str:
    return f"{quantity(event.quantity)} {event.sku} into {event.warehouse_id} ({event.source})"


@summary.register
def _(event: inventory.StockAdjusted) -> str:
    return f"{quantity(event.quantity)} {event.sku} in {event.warehouse_id}: {event.reason.text}"


@summary.register
def _(event: inventory.LevelChanged) -> str:
    return f"{quantity(event.available)} {event.sku} available in {event.warehouse_id}"


@summary.register
def _(event: inventory.DiscrepancyFound) -> str:
    expected, found = quantity(event.expected), quantity(event.found)
    return f"{event.sku} in {event.warehouse_id}: {found} found, {expected} expected"


@summary.register
def _(event: shipments.ShipmentRequested) -> str:
    return f"{event.warehouse_id} asked for {lines(event.lines)} ({event.shipment_id})"


@summary.register
def _(event: shipments.ShipmentPicked) -> str:
    return f"{lines(event.lines)} picked in {event.warehouse_id}"


@summary.register
def _(event: shipments.ShipmentPacked) -> str:
    return f"{event.shipment_id} packed, packages: {len(event.packages)}"


@summary.register
def _(event: shipments.ShipmentShipped) -> str:
    short = f", short: {goods(event.short)}" if event.short else ""
    return f"{lines(event.lines)} left {event.warehouse_id} ({event.shipment_id}){short}"


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
    return f"freight {money(event.amount)} by {event.carrier}"


@summary.register
def _(event: invoices.InvoiceIssued) -> str:
    return f"{event.invoice_id}: {money(event.total)}, due {event.due_at:%Y-%m-%d}"


@summary.register
def _(event: invoices.InvoiceHeld) -> str:
    return f"{event.shipment_id} not billed: {reasons(event.reasons)}"


@summary.register
def _(event: invoices.InvoiceDisputed) -> str:
    return f"{event.invoice_id}: {money(event.amount)} disputed, {event.reason.text}"


@summary.register
def _(event: invoices.InvoiceSettled) -> str:
    return f"{event.invoice_id} settled: {money(event.total)}"


@summary.register
def _(event: invoices.InvoiceCredited) -> str:
    return f"{event.credit_memo_id}: {money(event.total)} off {event.invoice_id}"


@summary.register
def _(event: payments.PaymentReceived) -> str:
    return f"{money(event.amount)} from {event.customer_id}"


@summary.register
def _(event: payments.PaymentApplied) -> str:
    return f"{money(event.amount)} on {event.invoice_id}, {money(event.open)} left open"


@summary.register
def _(event: returns.ReturnAuthorized) -> str:
    return f"{event.return_id}: {lines(event.lines)} may come back"


@summary.register
def _(event: returns.ReturnReceived) -> str:
    return f"{event.return_id}: {lines(event.lines)} back in {event.warehouse_id}"


@summary.register
def _(event: returns.ReturnInspected) -> str:
    restocked = sum(line.disposition == "restock" for line in event.lines)
    return f"{event.return_id}: {restocked} to stock, {len(event.lines) - restocked} to scrap"


@summary.register
def _(event: returns.ReturnClosed) -> str:
    return f"{event.return_id} closed"


@summary.register
def _(event: returns.ReturnRejected) -> str:
    return f"{event.return_id} refused: {reasons(event.reasons)}"
