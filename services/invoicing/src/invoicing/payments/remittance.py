"""A partner's remittance advice: a payment, and what it keeps back of which invoice."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import NamedTuple

from crossdock import Reject, Tx
from crossdock.http import Problem
from crossdock_contracts import Money, Reason
from crossdock_contracts.invoices import InvoiceDisputed
from crossdock_contracts.partners import RemittanceReceived, RemittedDocument

from .. import store as invoices
from ..domain import ZERO, OpenInvoice
from . import store
from .receive import PaymentGiven, RemittanceGiven, receive

# X12 element 426, as far as payers use it; the code stands beside the words.
WHY = {
    "01": "pricing error",
    "03": "extension error",
    "04": "goods damaged",
    "05": "quality",
    "06": "quantity contested",
    "07": "incorrect product",
    "11": "returned goods",
    "52": "credit for earlier overpayment",
    "59": "item not received",
    "72": "authorized return",
}


class Kept(NamedTuple):
    """What the payer keeps back of one invoice, and why."""

    amount: Decimal
    reason: Reason


async def take(tx: Tx, event: RemittanceReceived) -> None:
    """Book the payment and set it against its invoices; said again, it does nothing."""
    reference = event.reference or event.document_id
    given = await _given(tx, event, reference)
    try:
        payment_id, new = await receive(tx, given, f"{event.partner_id}:{reference}")
    except Problem as no:
        raise Reject(
            f"Remittance {reference} of {event.partner_id}: {no.text}",
            code="remittance_unusable",
            team="finance",
            context={"document_id": event.document_id, "amount": event.amount.amount},
        ) from no
    if new:
        await _record_what_is_missing(tx, event, payment_id)
        return
    tx.raise_exception(
        code="remittance_repeated",
        text=f"{event.partner_id} sent remittance {reference} again; it is {payment_id} already",
        team="finance",
        about=payment_id,
        context={"document_id": event.document_id},
    )


def invoice_id(reference: str) -> str:
    """Our invoice as the payer writes it: case and our prefix are often lost."""
    plain = re.sub(r"[^0-9A-Z]+", "-", reference.upper()).strip("-")
    return plain if plain.startswith("INV-") else f"INV-{plain}"


async def _given(tx: Tx, event: RemittanceReceived, reference: str) -> PaymentGiven:
    paid: dict[str, Decimal] = {}
    for document in event.documents:
        if document.paid.amount > 0:
            name = invoice_id(document.reference)
            paid[name] = paid.get(name, ZERO) + document.paid.amount
    for document in event.documents:
        if document.paid.amount < 0:
            await _take_credit(tx, event, document, paid)
    left, parts = event.amount.amount, []
    for name, amount in paid.items():
        part = min(amount, left)
        left -= part
        if part > 0:
            parts.append(RemittanceGiven(invoice_id=name, amount=part))
    paid_on = datetime.combine(event.paid_on, time(), UTC) if event.paid_on else None
    return PaymentGiven(
        customer_id=event.customer_id,
        amount=event.amount.amount,
        currency=event.amount.currency,
        remittances=tuple(parts),
        reference=reference[:200],
        received_at=paid_on,
    )


async def _take_credit(
    tx: Tx, event: RemittanceReceived, document: RemittedDocument, paid: dict[str, Decimal]
) -> None:
    """A credit memo has lowered its invoice already: so much less is paid of that invoice."""
    memo = await invoices.credit_memo(tx, document.reference.upper())
    about = memo.invoice_id if memo and memo.customer_id == event.customer_id else ""
    if about in paid and paid[about] + document.paid.amount >= 0:
        paid[about] += document.paid.amount
        return
    tx.raise_exception(
        code="credit_unmatched",
        text=(
            f"{event.partner_id} takes {-document.paid.amount} {document.paid.currency} for "
            f"{document.reference} off its payment {event.reference}, which no invoice in it has"
        ),
        team="finance",
        about=event.document_id,
        context={"document_id": event.document_id, "reference": document.reference},
    )


async def _record_what_is_missing(tx: Tx, event: RemittanceReceived, payment_id: str) -> None:
    """What of a named invoice was not paid is disputed: for the payer's reason, or for none."""
    told = {invoice_id(d.reference): d for d in event.documents if d.paid.amount > 0}
    currency = event.amount.currency
    for invoice in await store.named(tx, event.customer_id, currency, list(told)):
        kept = list(_kept(told[invoice.invoice_id]))
        unexplained = invoice.open - sum((each.amount for each in kept), ZERO)
        if unexplained > 0:
            text = "paid less than is open, without a reason"
            kept.append(Kept(unexplained, Reason(code="short_payment", text=text)))
        for each in kept:
            _dispute(tx, event, payment_id, invoice, each)


def _kept(document: RemittedDocument) -> Iterable[Kept]:
    if document.discount is not None and document.discount.amount > 0:
        text = "discount for paying early"
        yield Kept(document.discount.amount, Reason(code="early_payment", text=text))
    for each in document.deductions:
        if each.amount.amount > 0:
            words = [each.text or WHY.get(each.code, "deducted"), each.code and f"({each.code})"]
            text = " ".join(filter(None, [*words, each.reference]))
            yield Kept(each.amount.amount, Reason(code="deduction", text=text))


def _dispute(
    tx: Tx, event: RemittanceReceived, payment_id: str, invoice: OpenInvoice, kept: Kept
) -> None:
    amount = Money(kept.amount, event.amount.currency)
    tx.emit(
        InvoiceDisputed(
            order_id=invoice.order_id,
            invoice_id=invoice.invoice_id,
            disputed_at=tx.now,
            amount=amount,
            reason=kept.reason,
        )
    )
    tx.raise_exception(
        code="invoice_short_paid",
        text=(
            f"{event.partner_id} paid {invoice.invoice_id} short by {amount.amount} "
            f"{amount.currency}: {kept.reason.text}"
        ),
        team="finance",
        about=invoice.invoice_id,
        order_id=invoice.order_id,
        context={"payment_id": payment_id, "document_id": event.document_id},
    )
