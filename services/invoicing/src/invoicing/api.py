"""How payments come in, and what people can ask: invoices, credit memos, payments, accounts."""

from datetime import datetime

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from crossdock import Service, Tx
from crossdock.http import PAGE, Limit, unknown
from crossdock_contracts import Money
from crossdock_contracts.invoices import InvoiceCredited, InvoiceIssued

from . import store
from .domain import ZERO
from .payments import store as payments
from .payments.receive import PaymentGiven, receive


class Invoice(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice and where it stands; `open` is negative when we owe the customer."""

    invoice_id: str
    order_id: str
    total: Money
    credited: Money
    paid: Money
    open: Money
    settled_at: datetime | None
    credit_memo_ids: tuple[str, ...]
    invoice: InvoiceIssued

    @classmethod
    def of(cls, stored: store.StoredInvoice) -> "Invoice":
        """As people see it."""
        issued, currency = stored.issued, stored.issued.currency
        return cls(
            invoice_id=issued.invoice_id,
            order_id=issued.order_id,
            total=issued.total,
            credited=Money(stored.credited, currency),
            paid=Money(stored.paid, currency),
            open=Money(issued.total.amount - stored.credited - stored.paid, currency),
            settled_at=stored.settled_at,
            credit_memo_ids=stored.credit_memo_ids,
            invoice=issued,
        )


class Invoices(msgspec.Struct, frozen=True):
    """A list of invoices, latest due first."""

    invoices: list[Invoice]


class Applied(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a payment, set against an invoice."""

    invoice_id: str
    amount: Money
    applied_at: datetime


class Payment(msgspec.Struct, frozen=True, kw_only=True):
    """A payment and what it was set against; the rest is on the customer's account."""

    payment_id: str
    customer_id: str
    amount: Money
    applied: Money
    unapplied: Money
    received_at: datetime
    reference: str
    applications: tuple[Applied, ...]

    @classmethod
    def of(cls, stored: payments.StoredPayment) -> "Payment":
        """As people see it."""
        currency = stored.currency
        applied = sum((part.amount for part in stored.applications), ZERO)
        return cls(
            payment_id=stored.payment_id,
            customer_id=stored.customer_id,
            amount=Money(stored.amount, currency),
            applied=Money(applied, currency),
            unapplied=Money(stored.amount - applied, currency),
            received_at=stored.received_at,
            reference=stored.reference,
            applications=tuple(
                Applied(
                    invoice_id=part.invoice_id,
                    amount=Money(part.amount, currency),
                    applied_at=part.applied_at,
                )
                for part in stored.applications
            ),
        )


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """One currency: the balance is what invoices leave open, `on_account` is money not applied."""

    invoiced: Money
    credited: Money
    paid: Money
    balance: Money
    on_account: Money


class Receivables(msgspec.Struct, frozen=True):
    """A customer's accounts, one per currency."""

    customer_id: str
    accounts: list[Account]


@post("/payments")
async def take_payment(
    data: JSONBody[PaymentGiven],
    service: NamedDependency[Service],
    idempotency_key: NamedDependency[str],
) -> Response[Payment]:
    """Take money in: 201 the first time, 200 with the same answer when said again."""
    async with service.begin() as tx:
        payment_id, is_new = await receive(tx, data, idempotency_key)
        return Response(await _payment(tx, payment_id), status_code=201 if is_new else 200)


@get("/payments/{payment_id:str}")
async def show_payment(payment_id: FromPath[str], service: NamedDependency[Service]) -> Payment:
    """One payment and what it was set against."""
    async with service.begin() as tx:
        return await _payment(tx, payment_id)


@get("/invoices/{invoice_id:str}")
async def show_invoice(invoice_id: FromPath[str], service: NamedDependency[Service]) -> Invoice:
    """One invoice and what is open of it."""
    async with service.begin() as tx:
        stored = await store.invoice(tx, invoice_id)
    if stored is None:
        raise unknown("invoice", invoice_id)
    return Invoice.of(stored)


@get("/invoices")
async def list_invoices(
    service: NamedDependency[Service],
    limit: Limit = PAGE,
    order_id: FromQuery[str | None] = None,
    customer_id: FromQuery[str | None] = None,
    open: FromQuery[bool | None] = None,
) -> Invoices:
    """Invoices of an order or a customer, open or not, latest due first."""
    async with service.begin() as tx:
        found = await store.find_invoices(tx, order_id, customer_id, open, limit)
    return Invoices([Invoice.of(stored) for stored in found])


@get("/credit-memos/{credit_memo_id:str}")
async def show_credit_memo(
    credit_memo_id: FromPath[str], service: NamedDependency[Service]
) -> InvoiceCredited:
    """One credit memo, as it was issued."""
    async with service.begin() as tx:
        memo = await store.credit_memo(tx, credit_memo_id)
    if memo is None:
        raise unknown("credit_memo", credit_memo_id)
    return memo


@get("/receivables/{customer_id:str}")
async def show_receivables(
    customer_id: FromPath[str], service: NamedDependency[Service]
) -> Receivables:
    """What a customer owes, per currency; no account where nothing was ever booked."""
    async with service.begin() as tx:
        accounts = await store.receivables(tx, customer_id)
    return Receivables(
        customer_id,
        [
            Account(**{n: Money(v, a.currency) for n, v in a._asdict().items() if n != "currency"})
            for a in accounts
        ],
    )


async def _payment(tx: Tx, payment_id: str) -> Payment:
    stored = await payments.payment(tx, payment_id)
    if stored is None:
        raise unknown("payment", payment_id)
    return Payment.of(stored)


routes = [
    take_payment,
    show_payment,
    show_invoice,
    list_invoices,
    show_credit_memo,
    show_receivables,
]
