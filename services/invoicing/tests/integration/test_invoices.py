"""One invoice per shipment, for what shipped at the agreed price."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec

from crossdock_contracts import EarlyPayment
from crossdock_contracts.exceptions import ExceptionRaised
from crossdock_contracts.invoices import InvoiceHeld, InvoiceIssued
from crossdock_contracts.orders import OrderChanged
from crossdock_contracts.shipments import v1 as shipments_v1

D = Decimal


async def test_partial_shipments_are_billed_apart_and_sum_to_the_order(
    desk: Any, words: Any
) -> None:
    """Three shipments of one order, of two lines, come to what was agreed, cent by cent."""
    await desk.deliver(words.item("A"), words.item("B"), words.accepted())
    for n, lines in enumerate(({1: 1, 2: 4}, {1: 1}, {1: 1, 2: 6}), 1):
        await desk.deliver(words.shipped(lines, n))
    invoices = await desk.emitted(InvoiceIssued)
    assert [i.invoice_id for i in invoices] == ["INV-7-1", "INV-7-2", "INV-7-3"]
    assert [i.net_total.amount for i in invoices] == [D("8.33"), D("0.34"), D("12.33")]
    assert sum(i.tax_total.amount for i in invoices) == D("0.09")
    assert sum(i.total.amount for i in invoices) == D("21.09")
    first = invoices[0]
    assert (first.customer_po, first.partner_id, first.payment_terms_days) == ("PO-1", "ACME", 45)
    assert first.due_at - first.issued_at == timedelta(days=45)
    assert first.early_payment == EarlyPayment(rate=D("0.02"), within=10)
    assert [(i.gl_code, i.customer_line) for i in first.lines] == [("4000", "001"), ("4000", "002")]
    assert not await desk.emitted(ExceptionRaised)


async def test_a_shipment_before_its_order_waits(desk: Any, words: Any) -> None:
    """It is parked, and billed once the order is known."""
    await desk.deliver(words.shipped({1: 3}))
    [parked] = await desk.parked()
    assert parked["key"] == "ORD-7"
    await desk.deliver(words.accepted())
    [invoice] = await desk.eventually(InvoiceIssued)
    assert invoice.total.amount == D("1.09")


async def test_what_the_release_before_agreed_and_said_is_billed(desk: Any, words: Any) -> None:
    """Its row knows no early payment, its message no cartons."""
    await desk.deliver(words.accepted())
    async with desk.begin() as tx:
        await tx.execute("update orders set agreed = agreed - 'early_payment'")
    new = words.shipped({1: 3})
    await desk.deliver(
        shipments_v1.ShipmentShipped(
            order_id=new.order_id,
            shipment_id=new.shipment_id,
            warehouse_id=new.warehouse_id,
            shipped_at=new.shipped_at,
            lines=new.lines,
        )
    )
    [invoice] = await desk.emitted(InvoiceIssued)
    assert (invoice.payment_terms_days, invoice.early_payment) == (45, None)


async def test_a_shipment_said_twice_is_billed_once(desk: Any, words: Any) -> None:
    """Also when it was published as another event."""
    await desk.deliver(words.accepted())
    await desk.deliver(words.shipped({1: 3}), words.shipped({1: 3}))
    assert len(await desk.emitted(InvoiceIssued)) == 1
    assert not await desk.parked()
    assert not await desk.dead()


async def test_a_shipment_of_nothing_is_not_billed(desk: Any, words: Any) -> None:
    """The warehouse found none of it."""
    await desk.deliver(words.accepted())
    await desk.deliver(words.shipped({}))
    assert not await desk.emitted(InvoiceIssued)
    assert not await desk.parked()


async def test_an_unknown_line_holds_the_invoice_and_others_go_on(desk: Any, words: Any) -> None:
    """Finance gets the reason; the same order's next shipment is billed."""
    await desk.deliver(words.accepted())
    await desk.deliver(words.shipped({1: 1, 3: 5}, 1), words.shipped({1: 3}, 2))
    [held] = await desk.emitted(InvoiceHeld)
    assert [(r.code, r.line_no) for r in held.reasons] == [("unknown_line", 3)]
    raised = [e for e in await desk.emitted(ExceptionRaised) if e.code == "invoice_held"]
    assert [(e.team, e.order_id, e.about) for e in raised] == [("finance", "ORD-7", "SHP-7-1")]
    [invoice] = await desk.emitted(InvoiceIssued)
    assert invoice.shipment_id == "SHP-7-2"


async def test_a_missing_account_is_billed_and_put_before_finance(desk: Any, words: Any) -> None:
    """The customer gets the bill; the posting needs an account."""
    await desk.deliver(words.item("A"), words.item("B", gl_code=""), words.accepted())
    await desk.deliver(words.shipped({1: 1, 2: 1}))
    [invoice] = await desk.emitted(InvoiceIssued)
    assert [line.gl_code for line in invoice.lines] == ["4000", ""]
    [raised] = await desk.emitted(ExceptionRaised)
    assert (raised.code, raised.team) == ("gl_code_missing", "finance")
    assert raised.context == {"invoice_id": "INV-7-1", "skus": "B"}


async def test_a_changed_order_is_billed_as_changed(desk: Any, words: Any) -> None:
    """What shipped before keeps its price."""
    order = words.accepted()
    await desk.deliver(order)
    await desk.deliver(words.shipped({2: 4}, 1))
    dearer = msgspec.structs.replace(
        order.lines[1],
        unit_price=msgspec.structs.replace(order.lines[1].unit_price, amount=D("3.00")),
        net=msgspec.structs.replace(order.lines[1].net, amount=D("30.00")),
    )
    await desk.deliver(
        OrderChanged(
            order_id="ORD-7",
            changed_at=order.accepted_at,
            changed_by="ann",
            lines=(dearer,),
            total=order.total,
        )
    )
    await desk.deliver(words.shipped({2: 6}, 2))
    assert [i.total.amount for i in await desk.emitted(InvoiceIssued)] == [D("8.00"), D("18.00")]


async def test_invoices_can_be_asked_for(desk: Any, words: Any) -> None:
    """By id, by order, by customer, and whether they are open; an unknown one is a problem."""
    await desk.deliver(words.accepted(), words.accepted("ORD-8", "C2"))
    await desk.deliver(words.shipped({1: 3}), words.shipped({2: 1}, order_id="ORD-8"))
    one = (await desk.http.get("/invoices/INV-7-1")).json()
    assert one["open"] == {"amount": "1.09", "currency": "USD"}
    assert one["invoice"]["lines"][0]["taxes"][1]["jurisdiction"] == "US-NC-WAKE"
    for query, ids in (
        ("", ["INV-8-1", "INV-7-1"]),
        ("?order_id=ORD-7", ["INV-7-1"]),
        ("?customer_id=C2&open=true", ["INV-8-1"]),
        ("?open=false", []),
    ):
        found = (await desk.http.get(f"/invoices{query}")).json()["invoices"]
        assert sorted(i["invoice_id"] for i in found) == sorted(ids)
    unknown = await desk.http.get("/invoices/INV-9-9")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_invoice")
    assert (await desk.http.get("/invoices?limit=0")).status_code == 400
