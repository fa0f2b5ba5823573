"""A partner's remittance advice: applied once, and what it keeps back is recorded."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from crossdock.testing import Desk
from crossdock_contracts import Money
from crossdock_contracts.exceptions import ExceptionRaised
from crossdock_contracts.invoices import (
    InvoiceCredited,
    InvoiceDisputed,
    InvoiceHeld,
    InvoiceIssued,
    InvoiceSettled,
)
from crossdock_contracts.orders import OrderChanged
from crossdock_contracts.partners import Deduction, RemittanceReceived, RemittedDocument
from crossdock_contracts.payments import PaymentApplied, PaymentReceived

NOW = datetime(2025, 3, 1, 12, tzinfo=UTC)


def usd(amount: str) -> Money:
    """Dollars."""
    return Money(Decimal(amount), "USD")


def advice(amount: str, *documents: RemittedDocument, **more: Any) -> RemittanceReceived:
    """An 820 of partner ACME for customer C1."""
    given: dict[str, Any] = {"document_id": "DOC-1", "reference": "ACH-1"} | more
    return RemittanceReceived(
        partner_id="ACME", customer_id="C1", received_at=NOW, amount=usd(amount),
        documents=documents, **given,
    )  # fmt: skip


def paid(reference: str, amount: str, **more: Any) -> RemittedDocument:
    """One RMR."""
    return RemittedDocument(reference=reference, paid=usd(amount), **more)


@pytest.fixture
async def billed(desk: Desk, words: Any) -> Desk:
    """Two invoices: INV-7-1 over 10.00 and INV-7-2 over 10.00."""
    await desk.deliver(words.item("A"), words.item("B"), words.accepted())
    await desk.deliver(words.shipped({2: 5}), words.shipped({2: 5}, 2))
    assert [i.total for i in await desk.emitted(InvoiceIssued)] == [usd("10.00")] * 2
    return desk


async def test_a_payment_is_set_against_the_invoices_it_names_once(billed: Desk) -> None:
    """Our prefix may be missing; the same payment in another document applies nothing."""
    first = advice("20.00", paid("INV-7-1", "10.00"), paid("7-2", "10.00"))
    again = advice("20.00", *first.documents, document_id="DOC-2")
    await billed.deliver(first, again)
    assert len(await billed.emitted(PaymentReceived)) == 1
    assert [a.amount for a in await billed.emitted(PaymentApplied)] == [usd("10.00")] * 2
    assert len(await billed.emitted(InvoiceSettled)) == 2
    [raised] = await billed.emitted(ExceptionRaised)
    assert raised.code == "remittance_repeated"


async def test_deductions_and_short_payments_are_disputed(billed: Desk) -> None:
    """A claim with the payer's reason, a discount, and what nobody explains."""
    claim = Deduction(amount=usd("1.50"), code="01", reference="CLM-9")
    await billed.deliver(
        advice(
            "13.30",
            paid("INV-7-1", "8.30", discount=usd("0.20"), deductions=(claim,)),
            paid("INV-7-2", "5.00"),
        )
    )
    disputed = await billed.emitted(InvoiceDisputed)
    assert [(d.invoice_id, d.amount.amount, d.reason.code) for d in disputed] == [
        ("INV-7-1", Decimal("0.20"), "early_payment"),
        ("INV-7-1", Decimal("1.50"), "deduction"),
        ("INV-7-2", Decimal("5.00"), "short_payment"),
    ]
    assert disputed[1].reason.text == "pricing error (01) CLM-9"
    assert await billed.emitted(InvoiceSettled) == []
    found = (await billed.http.get("/receivables/C1")).json()
    assert "6.70" in str(found)


async def test_a_credit_memo_that_is_taken_lowers_what_is_paid_of_its_invoice(
    billed: Desk, words: Any
) -> None:
    """Ten billed, two credited: the payer names both, and eight settle the invoice."""
    await billed.deliver(words.inspected((2, 1, 1)))
    [memo] = await billed.emitted(InvoiceCredited)
    assert memo.total == usd("2.00")
    taken = paid(memo.credit_memo_id, "-2.00")
    await billed.deliver(advice("8.00", paid("INV-7-1", "10.00"), taken))
    [applied] = await billed.emitted(PaymentApplied)
    assert (applied.invoice_id, applied.amount, applied.open) == (
        "INV-7-1",
        usd("8.00"),
        usd("0.00"),
    )
    assert await billed.emitted(InvoiceDisputed) == []


async def test_money_for_an_invoice_nobody_knows_stays_on_account(billed: Desk) -> None:
    """Never set against something else; a person finds out. A second content is refused."""
    await billed.deliver(advice("5.00", paid("4711", "5.00")))
    assert await billed.emitted(PaymentApplied) == []
    [raised] = await billed.emitted(ExceptionRaised)
    assert raised.code == "payment_unmatched"
    await billed.deliver(advice("6.00", paid("4711", "6.00"), document_id="DOC-2"))
    [dead] = await billed.dead()
    assert "another content" in dead["error"]


async def test_what_shipped_before_its_change_was_heard_is_billed_after_it(
    billed: Desk, words: Any
) -> None:
    """More left than was agreed: held, until the order's change says that it was wanted."""
    await billed.deliver(words.shipped({2: 3}, 3))
    assert len(await billed.emitted(InvoiceHeld)) == 1
    lines = words.accepted().lines
    more = msgspec.structs.replace(
        lines[1], quantity=words.shipped({2: 13}).lines[0].quantity, net=usd("26.00")
    )
    changed = OrderChanged(
        order_id="ORD-7", changed_at=NOW, changed_by="ACME", lines=(lines[0], more),
        total=usd("27.09"),
    )  # fmt: skip
    await billed.deliver(changed, changed)
    issued = await billed.emitted(InvoiceIssued)
    assert [i.total for i in issued] == [usd("10.00"), usd("10.00"), usd("6.00")]
