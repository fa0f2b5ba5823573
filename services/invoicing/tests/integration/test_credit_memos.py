"""What came back is credited once, at the price it was billed."""

from decimal import Decimal
from typing import Any

from crossdock_contracts.exceptions import ExceptionRaised
from crossdock_contracts.invoices import InvoiceCredited, InvoiceSettled

D = Decimal


async def billed(desk: Any, words: Any) -> None:
    """Two invoices: INV-7-1 of 8.33 net, INV-7-2 of 12.67 net."""
    await desk.deliver(words.accepted())
    await desk.deliver(words.shipped({1: 1, 2: 4}, 1), words.shipped({1: 2, 2: 6}, 2))


async def test_a_return_of_two_shipments_makes_a_memo_for_each_invoice(
    desk: Any, words: Any
) -> None:
    """Each with the invoice's price and taxes."""
    await billed(desk, words)
    await desk.deliver(words.inspected((1, 2, 2), (2, 1, 1)))
    first, second = await desk.emitted(InvoiceCredited)
    assert (first.credit_memo_id, first.invoice_id) == ("CRM-7-1-1", "INV-7-1")
    assert (second.credit_memo_id, second.invoice_id) == ("CRM-7-1-2", "INV-7-2")
    assert (first.total.amount, first.return_id) == (D("2.00"), "RMA-7-1")
    assert [tax.rate for tax in second.lines[0].taxes] == [D("0.0475"), D("0.04")]
    memo = (await desk.http.get("/credit-memos/CRM-7-1-2")).json()
    assert memo["return_id"] == "RMA-7-1"
    assert (await desk.http.get("/credit-memos/CRM-1-1-1")).status_code == 404


async def test_a_full_return_sums_to_the_invoice_and_settles_it(desk: Any, words: Any) -> None:
    """Nothing is left to pay, to the cent, over two returns."""
    await billed(desk, words)
    await desk.deliver(words.inspected((1, 1, 2), (2, 6, 2), n=1))
    assert not await desk.emitted(InvoiceSettled)
    await desk.deliver(words.inspected((1, 1, 2), n=2))
    [settled] = await desk.emitted(InvoiceSettled)
    assert settled.invoice_id == "INV-7-2"
    memos = await desk.emitted(InvoiceCredited)
    assert sum(memo.total.amount for memo in memos) == settled.total.amount
    view = (await desk.http.get("/invoices/INV-7-2")).json()
    assert D(view["open"]["amount"]) == 0
    assert view["credit_memo_ids"] == ["CRM-7-1-1", "CRM-7-2-1"]


async def test_a_return_before_its_invoice_waits(desk: Any, words: Any) -> None:
    """It is parked, and credited once the invoice is known."""
    await desk.deliver(words.inspected((2, 1, 1)))
    assert len(await desk.parked()) == 1
    await billed(desk, words)
    [memo] = await desk.eventually(InvoiceCredited)
    assert memo.total.amount == D("2.00")


async def test_never_more_is_credited_than_was_invoiced(desk: Any, words: Any) -> None:
    """Finance gets it with the quantities; nothing is credited."""
    await billed(desk, words)
    await desk.deliver(words.inspected((2, 3, 1), n=1), words.inspected((2, 2, 1), n=2))
    assert len(await desk.emitted(InvoiceCredited)) == 1
    [dead] = await desk.dead()
    assert dead["type"] == "returns.inspected.v1"
    [raised] = [
        e for e in await desk.emitted(ExceptionRaised) if e.code == "credit_exceeds_invoice"
    ]
    assert raised.team == "finance"
    assert "2 returned and 3 credited before, but 4 invoiced" in raised.text


async def test_a_credit_on_a_paid_invoice_is_owed_to_the_customer(
    desk: Any, words: Any, pay: Any
) -> None:
    """Open turns negative; the invoice is not settled a second time."""
    await billed(desk, words)
    await pay("8.33", remittances=[{"invoice_id": "INV-7-1", "amount": "8.33"}])
    paid = (await desk.http.get("/invoices/INV-7-1")).json()
    rest = D(paid["open"]["amount"])
    await desk.deliver(words.inspected((2, 4, 1)))
    view = (await desk.http.get("/invoices/INV-7-1")).json()
    assert D(view["open"]["amount"]) == rest - 8
    assert len(await desk.emitted(InvoiceSettled)) == 1
