"""What warehouses, suppliers, carriers and shops say in documents, in one line each."""

from __future__ import annotations

from crossdock_contracts import catalog, partners, shipments

from .words import lines, money, summary


@summary.register
def _(event: catalog.PurchaseOrderChanged) -> str:
    return f"{event.po_number} to {event.supplier_id}, {event.status}: {lines(event.lines)}"


@summary.register
def _(event: shipments.CarrierAssigned) -> str:
    return f"{event.shipment_id} goes with {event.carrier} for {money(event.total)}"


@summary.register
def _(event: partners.ShipmentConfirmed) -> str:
    left = lines(event.lines) if event.lines else "nothing left"
    return f"{event.partner_id} confirms {event.shipment_id}: {left}"


@summary.register
def _(event: partners.ReceiptConfirmed) -> str:
    return f"{event.partner_id} counted {event.reference} in: {lines(event.lines)}"


@summary.register
def _(event: partners.ResponseReceived) -> str:
    return f"{event.partner_id} answers {event.po_number}: {event.status}"


@summary.register
def _(event: partners.TenderAnswered) -> str:
    why = f", {event.reason}" if event.reason else ""
    return f"{event.carrier} {event.answer} {event.shipment_id}{why}"


@summary.register
def _(event: partners.StatusReported) -> str:
    codes = " ".join(status.code for status in event.statuses)
    return f"{event.carrier} on {event.shipment_id or event.tracking_number}: {codes}"


@summary.register
def _(event: partners.FreightBilled) -> str:
    about = event.shipment_id or event.tracking_number
    return f"{event.carrier} bills {about} with {money(event.total)} ({event.invoice_number})"


@summary.register
def _(event: partners.SalesReported) -> str:
    return f"{event.customer_id} sold {len(event.lines)} items until {event.ends_on}"


@summary.register
def _(event: partners.PricesReceived) -> str:
    return f"{event.partner_id} says {len(event.prices)} prices ({event.reference})"


@summary.register
def _(event: partners.ReceivingAdvised) -> str:
    return f"{event.customer_id} received {event.shipment_id}: {len(event.lines)} lines"


@summary.register
def _(event: partners.BillingNoticeReceived) -> str:
    return f"{event.partner_id} bills {event.po_number} with {money(event.total)}"
