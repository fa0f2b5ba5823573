"""Invoices and credit memos, version 1. Owner: invoicing. Key: the order id."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from ..event import Event
from ..values import (
    CreditMemoId,
    Currency,
    CustomerId,
    Days,
    EarlyPayment,
    Instant,
    InvoiceId,
    LineNo,
    Money,
    OrderId,
    PartnerId,
    Quantity,
    Reason,
    ReturnId,
    ShipmentId,
    Sku,
    Tax,
    Value,
)


class InvoiceLine(Value, frozen=True):
    """What one order line costs in this invoice or credit memo."""

    line_no: LineNo
    sku: Sku
    description: str
    quantity: Quantity
    unit_price: Money
    net: Money
    taxes: tuple[Tax, ...] = ()
    gl_code: Annotated[str, Meta(description="General ledger account of the revenue.")] = ""
    customer_line: str = ""
    customer_item: str = ""


class InvoiceIssued(Event, frozen=True, kw_only=True, tag="invoices.issued.v1"):
    """One shipment was billed, for what shipped at the agreed price."""

    order_id: OrderId
    invoice_id: InvoiceId
    shipment_id: ShipmentId
    customer_id: CustomerId
    issued_at: Instant
    due_at: Instant
    currency: Currency
    lines: tuple[InvoiceLine, ...]
    net_total: Money
    tax_total: Money
    total: Money
    customer_po: str = ""
    partner_id: PartnerId | None = None
    payment_terms_days: Days = 30
    early_payment: EarlyPayment | None = None


class InvoiceHeld(Event, frozen=True, kw_only=True, tag="invoices.held.v1"):
    """A shipment cannot be billed yet: a person must look."""

    order_id: OrderId
    shipment_id: ShipmentId
    held_at: Instant
    reasons: tuple[Reason, ...]


class InvoiceDisputed(Event, frozen=True, kw_only=True, tag="invoices.disputed.v1"):
    """The customer does not agree with an invoice."""

    order_id: OrderId
    invoice_id: InvoiceId
    disputed_at: Instant
    amount: Money
    reason: Reason


class InvoiceSettled(Event, frozen=True, kw_only=True, tag="invoices.settled.v1"):
    """Payments and credits cover the invoice to the cent."""

    order_id: OrderId
    invoice_id: InvoiceId
    customer_id: CustomerId
    settled_at: Instant
    total: Money


class InvoiceCredited(Event, frozen=True, kw_only=True, tag="invoices.credited.v1"):
    """A credit memo was issued against an invoice, for one return."""

    order_id: OrderId
    credit_memo_id: CreditMemoId
    invoice_id: InvoiceId
    customer_id: CustomerId
    credited_at: Instant
    currency: Currency
    lines: tuple[InvoiceLine, ...]
    net_total: Money
    tax_total: Money
    total: Money
    reason: Reason
    return_id: ReturnId | None = None
    customer_po: str = ""
    partner_id: PartnerId | None = None
