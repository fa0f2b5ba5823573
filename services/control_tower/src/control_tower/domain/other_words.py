"""What partner documents, master data, postings and cases say, in one line each."""

from __future__ import annotations

from crossdock_contracts import cases, catalog, exceptions, partners, postings

from .words import lines, money, summary


@summary.register
def _(event: partners.PurchaseOrderReceived) -> str:
    return f"PO {event.po_number} from {event.partner_id}: {lines(event.lines)}"


@summary.register
def _(event: partners.ChangeReceived) -> str:
    return f"{event.partner_id} {'cancels' if event.cancel else 'changes'} PO {event.po_number}"


@summary.register
def _(event: partners.RemittanceReceived) -> str:
    named = ", ".join(document.reference for document in event.documents)
    return f"{event.partner_id} paid {money(event.amount)} ({event.reference}) for {named}"


@summary.register
def _(event: partners.ReturnRequested) -> str:
    return f"{event.partner_id} asks to send back {lines(event.lines)}"


@summary.register
def _(event: partners.AdviceReceived) -> str:
    return f"{event.partner_id} ships {event.shipment_reference}: {lines(event.lines)}"


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
    due = f"{event.due_at:%Y-%m-%d %H:%M}"
    return f"{event.partner_id} has not answered {event.set_code}, due {due}"


@summary.register
def _(event: catalog.CustomerChanged) -> str:
    return f"{event.customer_id} {event.name}: {event.status.replace('_', ' ')}"


@summary.register
def _(event: catalog.ItemChanged) -> str:
    return f"{event.sku} {event.description}: {event.status}"


@summary.register
def _(event: catalog.PriceChanged) -> str:
    return f"{event.sku} costs {event.customer_id} {money(event.unit_price)}"


@summary.register
def _(event: catalog.CreditChanged) -> str:
    hold = ", on hold" if event.on_hold else ""
    return f"{event.customer_id} may owe {money(event.limit)}{hold}"


@summary.register
def _(event: catalog.WarehouseChanged) -> str:
    return f"{event.warehouse_id} {event.name}: {'active' if event.active else 'inactive'}"


@summary.register
def _(event: postings.PostingAcknowledged) -> str:
    return f"ERP knows {event.document_id} as {event.erp_reference}"


@summary.register
def _(event: postings.PostingPosted) -> str:
    return f"ERP booked {event.document_id}: {money(event.amount)} as {event.erp_reference}"


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
