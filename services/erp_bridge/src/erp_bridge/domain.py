"""How the ERP's words map to ours, and ours to its: pure translation, nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from crossdock_contracts import Event
from crossdock_contracts.catalog import (
    CreditChanged,
    ItemChanged,
    PriceChanged,
    PurchaseOrderChanged,
)
from crossdock_contracts.invoices import InvoiceCredited, InvoiceIssued, InvoiceLine
from crossdock_contracts.orders import OrderAccepted, OrderLine

Record = Mapping[str, Any]
Fields = dict[str, Any]
LARGEST = Decimal(1_000_000_000)

# The ERP has read these and says no; time alone will not change its mind.
REFUSALS = frozenset({400, 404, 405, 409, 410, 413, 415, 422})

# The ERP is away or overloaded: no attempt counts against the document, however long it lasts.
AWAY = frozenset({408, 425, 429, 502, 503, 504})


def customer(record: Record) -> Fields:
    """The ERP's customer as fields of CustomerChanged, unchecked."""
    references = record.get("references") or {}
    return {
        **_same(record, "name", "status", "currency", "bill_to", "ship_to"),
        **_same(record, "payment_terms_days", "tax_exempt", "early_payment"),
        "customer_id": record.get("id"),
        "partner_id": record.get("edi_partner"),
        "external_ids": [{"system": system, "id": name} for system, name in references.items()],
        "changed_at": record.get("updated_at"),
    }


def item(record: Record) -> Fields:
    """The ERP's item as fields of ItemChanged, unchecked."""
    return {
        **_same(record, "sku", "description", "status", "stock_uom", "conversions", "aliases"),
        **_same(record, "tax_code", "gl_code", "list_price"),
        "changed_at": record.get("updated_at"),
    }


def price(record: Record) -> Fields:
    """The ERP's contract price as fields of PriceChanged, unchecked."""
    return {
        **_same(record, "customer_id", "sku", "valid_from", "valid_until"),
        "price_id": record.get("id"),
        "unit_price": _money(record, "unit_price"),
        "changed_at": record.get("updated_at"),
    }


def credit(record: Record) -> Fields:
    """The ERP's credit limit as fields of CreditChanged, unchecked."""
    return {
        **_same(record, "customer_id", "on_hold"),
        "limit": _money(record, "limit"),
        "changed_at": record.get("updated_at"),
    }


def warehouse(record: Record) -> Fields:
    """The ERP's warehouse as fields of WarehouseChanged, unchecked."""
    return {
        **_same(record, "name", "address", "priority", "active"),
        "partner_id": record.get("edi_partner"),
        "warehouse_id": record.get("id"),
        "changed_at": record.get("updated_at"),
    }


def purchase_order(record: Record) -> Fields:
    """The ERP's purchase order as fields of PurchaseOrderChanged, unchecked."""
    return {
        **_same(record, "warehouse_id", "currency", "ordered_on", "due_on", "status"),
        "po_number": record.get("id"),
        "supplier_id": record.get("vendor_id"),
        "lines": [_purchase_line(line, record) for line in record.get("lines", ())],
        "changed_at": record.get("updated_at"),
    }


def _purchase_line(line: Record, order: Record) -> Fields:
    return {
        **_same(line, "line_no", "sku", "description"),
        "quantity": {"value": line.get("quantity"), "uom": line.get("uom")},
        "unit_price": {"amount": line.get("unit_price"), "currency": order.get("currency")},
        "supplier_item": line.get("vendor_item") or "",
    }


def implausible(event: Event) -> str | None:
    """Why a record of the right form still cannot be meant; None if it can."""
    match event:
        case PriceChanged() if not _sensible(event.unit_price.amount):
            return f"unit price {event.unit_price.amount} is not a price"
        case CreditChanged() if not _sensible(event.limit.amount):
            return f"credit limit {event.limit.amount} is not a limit"
        case PurchaseOrderChanged():
            return _implausible_purchase(event)
        case ItemChanged():
            return _implausible_item(event)
    return None


def _implausible_purchase(event: PurchaseOrderChanged) -> str | None:
    if not event.lines:
        return "it orders nothing"
    for line in event.lines:
        if not _sensible(line.quantity.value) or line.quantity.value == 0:
            return f"line {line.line_no} orders {line.quantity.value}"
        if not _sensible(line.unit_price.amount):
            return f"line {line.line_no} has the unit price {line.unit_price.amount}"
    return None


def _implausible_item(event: ItemChanged) -> str | None:
    for uom, holds in event.conversions.items():
        if not _sensible(holds) or holds == 0:
            return f"a {uom} cannot hold {holds} stock units"
    if event.list_price and not _sensible(event.list_price.amount):
        return f"list price {event.list_price.amount} is not a price"
    return None


def _sensible(number: Decimal) -> bool:
    """Not negative, and small enough to be multiplied with any quantity."""
    return 0 <= number <= LARGEST


def says_more(event: Event, known: Event | None) -> bool:
    """Whether an event tells anything that the one before did not, apart from its time."""
    return known is None or any(
        getattr(event, field) != getattr(known, field)
        for field in event.__struct_fields__
        if field != "changed_at"
    )


def sales_order(order: OrderAccepted) -> Fields:
    """An accepted order as the ERP's sales order."""
    return {
        "document_id": order.order_id,
        "order_id": order.order_id,
        "customer_id": order.customer_id,
        "customer_po": order.customer_po,
        "currency": order.currency,
        "lines": [_line(line) for line in order.lines],
        "total": order.total.amount,
    }


def invoice(issued: InvoiceIssued) -> Fields:
    """An invoice as the ERP books it."""
    return {
        "document_id": issued.invoice_id,
        "shipment_id": issued.shipment_id,
        "due_at": issued.due_at,
        **_billed(issued),
    }


def credit_memo(credited: InvoiceCredited) -> Fields:
    """A credit memo as the ERP books it."""
    return {
        "document_id": credited.credit_memo_id,
        "invoice_id": credited.invoice_id,
        "reason": credited.reason.code,
        **_billed(credited),
    }


def refuses(status: int) -> bool:
    """Whether an HTTP status is the ERP's last word on a document."""
    return status in REFUSALS


def is_away(status: int) -> bool:
    """Whether an HTTP status says nothing about the document, only about the ERP."""
    return status in AWAY


def _billed(document: InvoiceIssued | InvoiceCredited) -> Fields:
    return {
        "order_id": document.order_id,
        "customer_id": document.customer_id,
        "currency": document.currency,
        "lines": [{**_line(line), "gl_code": line.gl_code} for line in document.lines],
        "total": document.total.amount,
    }


def _line(line: OrderLine | InvoiceLine) -> Fields:
    return {
        "line_no": line.line_no,
        "sku": line.sku,
        "quantity": line.quantity.value,
        "uom": line.quantity.uom,
        "unit_price": line.unit_price.amount,
        "net": line.net.amount,
        "tax": sum((tax.amount.amount for tax in line.taxes), Decimal(0)),
    }


def _same(record: Record, *names: str) -> Fields:
    """The fields that have one name on both sides; what the ERP leaves out keeps our default."""
    return {name: record[name] for name in names if name in record}


def _money(record: Record, name: str) -> Fields:
    return {"amount": record.get(name), "currency": record.get("currency")}
