"""What the invariants speak of: one row per line, stock, invoice, event, as it was read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID


class Order(NamedTuple):
    """An order and how far its owner says it is."""

    order_id: str
    status: str
    customer_id: str


class OrderLine(NamedTuple):
    """An order line as order_intake counts it."""

    order_id: str
    line_no: int
    sku: str
    ordered: Decimal
    open: Decimal
    reserved: Decimal
    backordered: Decimal
    shipped: Decimal
    cancelled: Decimal
    invoiced: Decimal


class Stock(NamedTuple):
    """One SKU in one warehouse."""

    sku: str
    warehouse_id: str
    on_hand: Decimal
    reserved: Decimal
    opening: Decimal
    received: Decimal
    restocked: Decimal
    adjusted: Decimal
    shipped: Decimal
    open_reservations: Decimal


class StockLine(NamedTuple):
    """An order line as inventory_sync counts it."""

    order_id: str
    line_no: int
    sku: str
    reserved: Decimal
    backordered: Decimal
    shipped: Decimal


class Shipment(NamedTuple):
    """A dispatch."""

    shipment_id: str
    order_id: str
    warehouse_id: str
    state: str


class ShippedLine(NamedTuple):
    """What a dispatch was to take of an order line, and took."""

    shipment_id: str
    order_id: str
    line_no: int
    sku: str
    requested: Decimal
    shipped: Decimal
    short: Decimal


class Invoice(NamedTuple):
    """An invoice with its amounts."""

    invoice_id: str
    shipment_id: str
    order_id: str
    customer_id: str
    currency: str
    total: Decimal
    credited: Decimal
    paid: Decimal
    open: Decimal


class InvoicedLine(NamedTuple):
    """What an invoice bills of an order line."""

    invoice_id: str
    order_id: str
    line_no: int
    sku: str
    quantity: Decimal


class CreditLine(NamedTuple):
    """What a credit memo gives back for one line; `total` is this line's."""

    credit_memo_id: str
    return_id: str | None
    invoice_id: str
    order_id: str
    line_no: int
    shipment_id: str
    quantity: Decimal
    total: Decimal


class PaymentApplication(NamedTuple):
    """A part of a payment set against an invoice."""

    payment_id: str
    invoice_id: str
    currency: str
    amount: Decimal


class Payment(NamedTuple):
    """A payment and how much of it is set against invoices."""

    payment_id: str
    customer_id: str
    currency: str
    amount: Decimal
    applied: Decimal


class Receivable(NamedTuple):
    """The running balance of a customer in one currency."""

    customer_id: str
    currency: str
    invoiced: Decimal
    credited: Decimal
    paid: Decimal
    balance: Decimal


class ReturnLine(NamedTuple):
    """A returned order line and what the inspection decided."""

    return_id: str
    order_id: str
    line_no: int
    sku: str
    shipment_id: str
    authorized: Decimal
    inspected: Decimal
    creditable: Decimal
    restocked: Decimal
    state: str


class Posting(NamedTuple):
    """A document for the ERP."""

    document_kind: str
    document_id: str
    order_id: str
    state: str
    amount: Decimal | None
    currency: str | None


class Document(NamedTuple):
    """A partner document."""

    document_id: str
    direction: str
    set_code: str
    partner_id: str
    order_id: str | None
    reference: str | None
    state: str


class HeardEvent(NamedTuple):
    """An event that the control tower heard."""

    event_id: UUID
    type: str
    key: str
    order_id: str | None
    correlation_id: UUID | None
    causation_id: UUID | None
    trace_id: str | None
    service: str


class Discarded(NamedTuple):
    """A message that the control tower could not write down, and a person discarded."""

    event_id: UUID


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What every store says, at one moment per store; None where a store was not read."""

    orders: Sequence[Order] | None = None
    order_lines: Sequence[OrderLine] | None = None
    stock: Sequence[Stock] | None = None
    stock_lines: Sequence[StockLine] | None = None
    shipments: Sequence[Shipment] | None = None
    shipped_lines: Sequence[ShippedLine] | None = None
    invoices: Sequence[Invoice] | None = None
    invoiced_lines: Sequence[InvoicedLine] | None = None
    credit_lines: Sequence[CreditLine] | None = None
    payment_applications: Sequence[PaymentApplication] | None = None
    payments: Sequence[Payment] | None = None
    receivables: Sequence[Receivable] | None = None
    return_lines: Sequence[ReturnLine] | None = None
    postings: Sequence[Posting] | None = None
    documents: Sequence[Document] | None = None
    events: Sequence[HeardEvent] | None = None
    discarded: Sequence[Discarded] | None = None
