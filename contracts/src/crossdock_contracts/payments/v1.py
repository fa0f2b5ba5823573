"""Payments, version 1. Owner: invoicing. Key: the payment id, or the order id once applied."""

from __future__ import annotations

from typing import ClassVar

from ..event import Event
from ..values import CustomerId, Instant, InvoiceId, Money, OrderId, PaymentId, Value


class Remittance(Value, frozen=True):
    """What the payer says one part of the money is for."""

    invoice_id: InvoiceId
    amount: Money


class PaymentReceived(Event, frozen=True, kw_only=True, tag="payments.received.v1"):
    """Money came in, with or without saying what for."""

    key_fields: ClassVar[tuple[str, ...]] = ("payment_id",)
    payment_id: PaymentId
    customer_id: CustomerId
    amount: Money
    received_at: Instant
    remittances: tuple[Remittance, ...] = ()
    reference: str = ""


class PaymentApplied(Event, frozen=True, kw_only=True, tag="payments.applied.v1"):
    """A part of a payment was set against one invoice; what is left of the invoice is `open`."""

    order_id: OrderId
    payment_id: PaymentId
    invoice_id: InvoiceId
    customer_id: CustomerId
    amount: Money
    open: Money
    applied_at: Instant
