"""What invoicing remembers of payments, and every statement it remembers it with."""

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from crossdock import Tx
from crossdock_contracts.payments import PaymentApplied, PaymentReceived

from ..domain import OpenInvoice

ADD_PAYMENT = """
    insert into payments (payment_id, idempotency_key, digest, customer_id, currency, amount,
        reference, received_at, recorded_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""
ADD_APPLICATION = """
    insert into payment_applications (payment_id, invoice_id, amount, applied_at)
    values ($1, $2, $3, $4)
"""
# The same payment said before, under its own id or under the request's key.
SAID_BEFORE = """
    select payment_id, idempotency_key, digest from payments
    where payment_id = $1 or idempotency_key = $2
"""
# Open invoices of a customer, oldest due first, as many as the amount reaches.
OLDEST_OPEN = """
    select invoice_id, order_id, open, total from (
        select invoice_id, order_id, due_at, total, total - credited - paid as open,
            coalesce(sum(total - credited - paid) over (
                order by due_at, invoice_id rows between unbounded preceding and 1 preceding
            ), 0) as before
        from invoices where customer_id = $1 and currency = $2 and settled_at is null
    ) as ranked
    where before < $3 order by due_at, invoice_id
"""
# Invoices by id, if they are this customer's and in this currency.
NAMED = """
    select invoice_id, order_id, total - credited - paid as open, total
    from invoices where customer_id = $1 and currency = $2 and invoice_id = any ($3)
    order by due_at, invoice_id
"""
PAYMENT = """
    select payment_id, customer_id, currency::text as currency, amount, reference, received_at
    from payments where payment_id = $1
"""
APPLICATIONS = """
    select invoice_id, amount, applied_at from payment_applications
    where payment_id = $1 order by applied_at, invoice_id
"""


def add_payment(tx: Tx, payment: PaymentReceived, key: str, digest: bytes) -> None:
    """Keep a payment with the request that brought it."""
    tx.write(
        ADD_PAYMENT,
        payment.payment_id,
        key,
        digest,
        payment.customer_id,
        payment.amount.currency,
        payment.amount.amount,
        payment.reference,
        payment.received_at,
        tx.now,
    )


def add_application(tx: Tx, applied: PaymentApplied) -> None:
    """Keep which part of a payment went to which invoice."""
    tx.write(
        ADD_APPLICATION,
        applied.payment_id,
        applied.invoice_id,
        applied.amount.amount,
        applied.applied_at,
    )


class Said(NamedTuple):
    """A payment's identity, and a digest of the request that brought it."""

    payment_id: str
    key: str
    digest: bytes


async def said_before(tx: Tx, payment_id: str, key: str) -> list[Said]:
    """Payments that have this id or came with this key."""
    return [Said(*row) for row in await tx.fetch(SAID_BEFORE, payment_id, key)]


async def oldest_open(
    tx: Tx, customer_id: str, currency: str, amount: Decimal
) -> list[OpenInvoice]:
    """The invoices an amount reaches when the oldest due is paid first."""
    return [OpenInvoice(*row) for row in await tx.fetch(OLDEST_OPEN, customer_id, currency, amount)]


async def named(
    tx: Tx, customer_id: str, currency: str, invoice_ids: list[str]
) -> list[OpenInvoice]:
    """Those of these invoices that the customer may pay in this currency."""
    rows = await tx.fetch(NAMED, customer_id, currency, invoice_ids)
    return [OpenInvoice(*row) for row in rows]


class StoredApplication(NamedTuple):
    """A part of a payment, set against an invoice."""

    invoice_id: str
    amount: Decimal
    applied_at: datetime


class StoredPayment(NamedTuple):
    """A payment and what it was set against."""

    payment_id: str
    customer_id: str
    currency: str
    amount: Decimal
    reference: str
    received_at: datetime
    applications: tuple[StoredApplication, ...]


async def payment(tx: Tx, payment_id: str) -> StoredPayment | None:
    """One payment, or None."""
    row = await tx.fetchrow(PAYMENT, payment_id)
    if row is None:
        return None
    parts = await tx.fetch(APPLICATIONS, payment_id)
    applications = tuple(StoredApplication(*part) for part in parts)
    return StoredPayment(**dict(row), applications=applications)
