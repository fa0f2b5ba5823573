"""A payment comes in: kept once, and set against the invoices it is for."""

from decimal import Decimal
from typing import Annotated

import msgspec

from crossdock import Tx
from crossdock.http import Problem
from crossdock.ids import digest
from crossdock_contracts import Currency, Instant, Money
from crossdock_contracts.invoices import InvoiceSettled
from crossdock_contracts.payments import PaymentApplied, PaymentReceived, Remittance

from .. import domain
from ..domain import Application
from ..store import book, move_invoice
from . import store

# More than any customer owes; what exceeds it was typed wrong.
MOST = Decimal(10) ** 12


class RemittanceGiven(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which invoice a part of the money is for."""

    invoice_id: Annotated[str, msgspec.Meta(pattern="^INV-[0-9A-Z-]{1,60}$")]
    amount: Decimal


class PaymentGiven(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Money that came in, as a bank or a clerk reports it."""

    customer_id: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    amount: Decimal
    currency: Currency
    payment_id: Annotated[str, msgspec.Meta(pattern="^PAY-[0-9A-Za-z-]{1,60}$")] | None = None
    remittances: Annotated[tuple[RemittanceGiven, ...], msgspec.Meta(max_length=1000)] = ()
    reference: Annotated[str, msgspec.Meta(max_length=200)] = ""
    received_at: Instant | None = None


async def receive(tx: Tx, given: PaymentGiven, key: str) -> tuple[str, bool]:
    """Take a payment in; its id, and whether it is new. The same request again changes nothing."""
    _check(given)
    payment_id = given.payment_id or f"PAY-{tx.derived_id('payment', key).hex.upper()}"
    await tx.lock(f"customer:{given.customer_id}", f"payment:{payment_id}", f"payment-key:{key}")
    content = digest(given)
    for said in await store.said_before(tx, payment_id, key):
        if said.digest != content:
            text = f"payment {said.payment_id} was said before, with another content"
            raise Problem(409, "payment_differs", text, payment_id=said.payment_id, key=said.key)
        return said.payment_id, False
    payment = _payment(given, payment_id, tx)
    store.add_payment(tx, payment, key, content)
    tx.emit(payment)
    await _apply(tx, payment)
    return payment_id, True


def _check(given: PaymentGiven) -> None:
    amounts = [given.amount, *(r.amount for r in given.remittances)]
    for amount in amounts:
        if not amount.is_finite() or not 0 < amount < MOST:
            raise Problem(422, "bad_amount", f"{amount} is not a payable amount", amount=amount)
        if not _payable(amount, given.currency):
            text = f"{amount} has more decimals than {given.currency} has"
            raise Problem(422, "bad_amount", text, amount=amount, currency=given.currency)
    remitted = sum(amounts[1:], domain.ZERO)
    if remitted > given.amount:
        text = f"the remittances add up to {remitted}, but only {given.amount} came in"
        raise Problem(422, "remitted_too_much", text, amount=given.amount, remitted=remitted)


def _payable(amount: Decimal, currency: str) -> bool:
    """Whether coins make this amount; one with too many decimals is not even Money."""
    try:
        return Money(amount, currency).rounded().amount == amount
    except ValueError:
        return False


def _payment(given: PaymentGiven, payment_id: str, tx: Tx) -> PaymentReceived:
    return PaymentReceived(
        payment_id=payment_id,
        customer_id=given.customer_id,
        amount=Money(given.amount, given.currency),
        received_at=given.received_at or tx.now,
        remittances=tuple(
            Remittance(invoice_id=r.invoice_id, amount=Money(r.amount, given.currency))
            for r in given.remittances
        ),
        reference=given.reference,
    )


async def _apply(tx: Tx, payment: PaymentReceived) -> None:
    """Set the money against what the payer named, else against the oldest due; the rest stays."""
    customer_id, money = payment.customer_id, payment.amount
    asked = _asked(payment)
    if asked is None:
        reached = await store.oldest_open(tx, customer_id, money.currency, money.amount)
    else:
        reached = await store.named(tx, customer_id, money.currency, list(asked))
    # A credit memo may be moving the same invoices: it holds the order's lock while it does.
    await tx.lock(*sorted({f"order:{invoice.order_id}" for invoice in reached}))
    ids = [invoice.invoice_id for invoice in reached]
    invoices = await store.named(tx, customer_id, money.currency, ids)
    for application in domain.apply(money.amount, invoices, asked):
        _settle(tx, payment, application)
    for invoice_id in sorted(set(asked or ()) - set(ids)):
        _ask_finance(tx, payment, invoice_id)


def _asked(payment: PaymentReceived) -> dict[str, Decimal] | None:
    if not payment.remittances:
        return None
    asked: dict[str, Decimal] = {}
    for remittance in payment.remittances:
        so_far = asked.get(remittance.invoice_id, domain.ZERO)
        asked[remittance.invoice_id] = so_far + remittance.amount.amount
    return asked


def _settle(tx: Tx, payment: PaymentReceived, application: Application) -> None:
    invoice, currency = application.invoice, payment.amount.currency
    applied = PaymentApplied(
        order_id=invoice.order_id,
        payment_id=payment.payment_id,
        invoice_id=invoice.invoice_id,
        customer_id=payment.customer_id,
        amount=Money(application.amount, currency),
        open=Money(application.left, currency),
        applied_at=tx.now,
    )
    store.add_application(tx, applied)
    book(tx, "payment", payment.payment_id, applied, -application.amount)
    tx.emit(applied)
    settled = tx.now if not application.left else None
    move_invoice(tx, invoice.invoice_id, paid=application.amount, settled_at=settled)
    if settled:
        tx.emit(
            InvoiceSettled(
                order_id=invoice.order_id,
                invoice_id=invoice.invoice_id,
                customer_id=payment.customer_id,
                settled_at=settled,
                total=Money(invoice.total, currency),
            )
        )


def _ask_finance(tx: Tx, payment: PaymentReceived, invoice_id: str) -> None:
    """The money is on account; a person finds out what it was for."""
    amount, customer = payment.amount, payment.customer_id
    tx.raise_exception(
        code="payment_unmatched",
        text=(
            f"payment {payment.payment_id} is for {invoice_id}, but {customer} has no such invoice "
            f"in {amount.currency}; the money is on account"
        ),
        team="finance",
        about=payment.payment_id,
        context={
            "payment_id": payment.payment_id,
            "invoice_id": invoice_id,
            "customer_id": customer,
            "amount": amount.amount,
            "currency": amount.currency,
            "reference": payment.reference,
        },
    )
