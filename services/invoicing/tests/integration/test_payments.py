"""Money is booked once, and never set against more than is open."""

import asyncio
from decimal import Decimal
from typing import Any

from crossdock_contracts.exceptions import ExceptionRaised
from crossdock_contracts.invoices import InvoiceSettled
from crossdock_contracts.payments import PaymentApplied, PaymentReceived

D = Decimal


async def billed(desk: Any, words: Any) -> None:
    """INV-7-1 of 8.00 and INV-7-2 of 12.00, in this order of due dates."""
    await desk.deliver(words.accepted())
    await desk.deliver(words.shipped({2: 4}, 1))
    await desk.deliver(words.shipped({2: 6}, 2))


async def test_the_oldest_due_is_paid_first_and_the_rest_stays_on_account(
    desk: Any, words: Any, pay: Any
) -> None:
    """A payment without remittances settles what it can."""
    await billed(desk, words)
    answer = await pay("10.00", payment_id="PAY-1")
    assert answer.status_code == 201
    assert [a["invoice_id"] for a in answer.json()["applications"]] == ["INV-7-1", "INV-7-2"]
    assert [a.open.amount for a in await desk.emitted(PaymentApplied)] == [D("0.00"), D("10.00")]
    assert [s.invoice_id for s in await desk.emitted(InvoiceSettled)] == ["INV-7-1"]
    over = (await pay("15.00", key="key-2")).json()
    assert D(over["unapplied"]["amount"]) == 5
    assert len(await desk.emitted(InvoiceSettled)) == 2
    [account] = (await desk.http.get("/receivables/C1")).json()["accounts"]
    assert {n: D(m["amount"]) for n, m in account.items()} == {
        "invoiced": 20,
        "credited": 0,
        "paid": 20,
        "balance": 0,
        "on_account": 5,
    }


async def test_remittances_say_what_the_money_is_for(desk: Any, words: Any, pay: Any) -> None:
    """No more than open is applied; what is not remitted stays on account."""
    await billed(desk, words)
    named = [
        {"invoice_id": "INV-7-2", "amount": "3.00"},
        {"invoice_id": "INV-7-1", "amount": "9.00"},
    ]
    answer = (await pay("14.00", remittances=named)).json()
    applied = {a["invoice_id"]: D(a["amount"]["amount"]) for a in answer["applications"]}
    assert applied == {"INV-7-1": 8, "INV-7-2": 3}
    assert D(answer["unapplied"]["amount"]) == 3
    [received] = await desk.emitted(PaymentReceived)
    assert len(received.remittances) == 2


async def test_the_same_request_again_changes_nothing(desk: Any, words: Any, pay: Any) -> None:
    """Same key, same answer; same key or id with another content is refused."""
    await billed(desk, words)
    first = await pay("8.00", payment_id="PAY-1")
    again = await pay("8.00", payment_id="PAY-1")
    other_key = await pay("8.00", key="key-2", payment_id="PAY-1")
    assert (again.status_code, other_key.status_code) == (200, 200)
    assert first.json() == again.json() == other_key.json()
    for answer in (await pay("9.00"), await pay("9.00", key="key-3", payment_id="PAY-1")):
        assert (answer.status_code, answer.json()["code"]) == (409, "payment_differs")
    assert len(await desk.emitted(PaymentApplied)) == 1


async def test_one_request_sent_ten_times_at_once_is_one_payment(
    desk: Any, words: Any, pay: Any
) -> None:
    """And ten payments at once never pay an invoice twice."""
    await billed(desk, words)
    same = await asyncio.gather(*(pay("1.00") for _ in range(10)))
    assert sorted(a.status_code for a in same) == [200] * 9 + [201]
    await asyncio.gather(*(pay("4.00", key=f"key-{n + 2}") for n in range(10)))
    applied = await desk.emitted(PaymentApplied)
    assert sum(a.amount.amount for a in applied) == D("20.00")
    assert len(await desk.emitted(InvoiceSettled)) == 2


async def test_money_for_an_unknown_invoice_is_kept_and_put_before_finance(
    desk: Any, words: Any, pay: Any
) -> None:
    """Nothing is refused that a customer already paid; nobody pays another's invoice."""
    await billed(desk, words)
    named = [{"invoice_id": "INV-9-9", "amount": "5.00"}]
    answer = await pay("5.00", payment_id="PAY-1", remittances=named)
    assert (answer.status_code, answer.json()["applications"]) == (201, [])
    other = [{"invoice_id": "INV-7-1", "amount": "5.00"}]
    await pay("5.00", key="key-2", customer_id="C2", remittances=other)
    raised = await desk.emitted(ExceptionRaised)
    raised = [e for e in raised if e.code == "payment_unmatched"]
    assert [(e.team, e.context["invoice_id"]) for e in raised] == [
        ("finance", "INV-9-9"),
        ("finance", "INV-7-1"),
    ]
    assert not await desk.emitted(PaymentApplied)


BAD: list[tuple[dict[str, Any], int]] = [
    ({"amount": "0"}, 422),
    ({"amount": "-1"}, 422),
    ({"amount": "NaN"}, 422),
    ({"amount": "Infinity"}, 422),
    ({"amount": "1e30"}, 422),
    ({"amount": "0.001"}, 422),
    ({"amount": "lots"}, 400),
    ({"currency": "dollars"}, 400),
    ({"customer_id": ""}, 400),
    ({"payment_id": "17"}, 400),
    ({"surprise": 1}, 400),
    ({"remittances": [{"invoice_id": "INV-7-1", "amount": "1.01"}]}, 422),
    ({"remittances": [{"invoice_id": "INV-7-1", "amount": "-1.00"}]}, 422),
]


async def test_a_bad_payment_is_answered_with_what_is_wrong(desk: Any, pay: Any) -> None:
    """And books nothing."""
    for n, (body, status) in enumerate(BAD):
        answer = await pay(**{"amount": "1.00", **body}, key=f"key-{n}")
        assert answer.status_code == status, body
        assert set(answer.json()) == {"code", "text", "context"}
    assert not await desk.emitted(PaymentReceived)


async def test_a_payment_needs_a_key_and_a_json_body(desk: Any) -> None:
    """Without a key nobody could tell a repetition from a second payment."""
    body = {"customer_id": "C1", "amount": "1.00", "currency": "USD"}
    answer = await desk.http.post("/payments", json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_missing")
    broken = await desk.http.post("/payments", content=b"{", headers={"Idempotency-Key": "k"})
    assert broken.status_code == 400
    assert (await desk.http.get("/payments/PAY-9")).json()["code"] == "unknown_payment"


async def test_the_audit_views_agree_with_each_other(desk: Any, words: Any, pay: Any) -> None:
    """Documents and running sums, after bills, payments and a credit."""
    await billed(desk, words)
    await pay("9.00", payment_id="PAY-1")
    await desk.deliver(words.inspected((2, 2, 2)))
    async with desk.begin() as tx:
        invoices = {r["invoice_id"]: r for r in await tx.fetch("select * from audit.invoices")}
        account = await tx.fetchrow("select * from audit.receivables")
        credit = await tx.fetchrow("select * from audit.credit_lines")
        lines = await tx.fetch("select * from audit.invoiced_lines")
        payment = await tx.fetchrow("select * from audit.payments")
        applied = await tx.fetch("select * from audit.payment_applications")
    for row in invoices.values():
        assert row["open"] == row["total"] - row["credited"] - row["paid"]
    assert invoices["INV-7-2"]["open"] == 12 - 4 - 1
    assert tuple(account) == ("C1", "USD", 20, 4, 9, 7)
    assert (credit["shipment_id"], credit["quantity"], credit["total"]) == ("SHP-7-2", 2, 4)
    assert sum(row["quantity"] for row in lines) == 10
    assert payment["applied"] == sum(row["amount"] for row in applied) == 9
