"""Returns with real PostgreSQL, NATS and HTTP."""

import asyncio
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from crossdock_contracts import Address, LineQuantity, Money, PaymentTerms, Quantity, Reason
from crossdock_contracts.exceptions import ExceptionRaised
from crossdock_contracts.invoices import InvoiceCredited, InvoiceIssued, InvoiceLine
from crossdock_contracts.orders import OrderAccepted, OrderLine
from crossdock_contracts.returns import (
    ReturnAuthorized,
    ReturnClosed,
    ReturnInspected,
    ReturnReceived,
    ReturnRejected,
)
from crossdock_contracts.shipments import ShipmentShipped, cartons

NOW = datetime(2025, 3, 1, 12, tzinfo=UTC)


def each(quantity: int) -> Quantity:
    """So many pieces."""
    return Quantity(Decimal(quantity), "EA")


def usd(amount: int) -> Money:
    """So many dollars."""
    return Money(Decimal(amount), "USD")


def accepted() -> OrderAccepted:
    """An order for ten of A."""
    line = OrderLine(
        line_no=1, sku="A", description="Bolt", quantity=each(10), unit_price=usd(2), net=usd(20)
    )
    return OrderAccepted(
        order_id="ORD-7",
        channel="api",
        customer_id="C1",
        accepted_at=NOW,
        currency="USD",
        lines=(line,),
        net_total=usd(20),
        tax_total=usd(0),
        total=usd(20),
        ship_to=Address(name="Store 7"),
        terms=PaymentTerms(net_days=30),
    )


def shipped(quantity: int, n: int = 1) -> ShipmentShipped:
    """So many of A left with the nth shipment, one day after the other."""
    left = (LineQuantity(line_no=1, sku="A", quantity=each(quantity)),)
    return ShipmentShipped(
        order_id="ORD-7",
        shipment_id=f"SHP-7-{n}",
        warehouse_id="RDU",
        shipped_at=NOW.replace(day=n),
        lines=left,
        cartons=cartons(left),
    )


def billed(quantity: int) -> InvoiceLine:
    """So many of A at two dollars."""
    return InvoiceLine(
        line_no=1,
        sku="A",
        description="Bolt",
        quantity=each(quantity),
        unit_price=usd(2),
        net=usd(2 * quantity),
    )


def issued(quantity: int, n: int = 1) -> InvoiceIssued:
    """The invoice of the nth shipment."""
    return InvoiceIssued(
        order_id="ORD-7",
        invoice_id=f"INV-7-{n}",
        shipment_id=f"SHP-7-{n}",
        customer_id="C1",
        issued_at=NOW,
        due_at=NOW,
        currency="USD",
        lines=(billed(quantity),),
        net_total=usd(2 * quantity),
        tax_total=usd(0),
        total=usd(2 * quantity),
    )


def credited(quantity: int, n: int = 1, return_id: str | None = "RMA-7-1") -> InvoiceCredited:
    """A credit memo against the nth invoice."""
    return InvoiceCredited(
        order_id="ORD-7",
        credit_memo_id=f"CRM-7-{n}",
        invoice_id=f"INV-7-{n}",
        customer_id="C1",
        credited_at=NOW,
        currency="USD",
        lines=(billed(quantity),),
        net_total=usd(2 * quantity),
        tax_total=usd(0),
        total=usd(2 * quantity),
        reason=Reason(code="returned", text="returned"),
        return_id=return_id,
    )


async def ask(desk: Any, quantity: int, key: str = "k1", **more: Any) -> Any:
    """Ask for an RMA for so many of A."""
    line = {"line_no": 1, "quantity": quantity, "reason_code": "damaged", "reason_text": "bent"}
    wish = {"order_id": "ORD-7", "by": "Ann", "lines": [{**line, **more}]}
    return await desk.http.post("/returns", json=wish, headers={"Idempotency-Key": key})


async def test_without_an_idempotency_key_the_answer_tells_how(desk: Any) -> None:
    """Missing or too long: nobody could tell a repetition from a second return."""
    wish = {"order_id": "ORD-7", "by": "Ann", "lines": []}
    missing = await desk.http.post("/returns", json=wish)
    assert (missing.status_code, missing.json()["code"]) == (400, "idempotency_key_missing")
    assert "Idempotency-Key" in missing.json()["text"]
    headers = {"Idempotency-Key": "k" * 201}
    invalid = await desk.http.post("/returns", json=wish, headers=headers)
    assert (invalid.status_code, invalid.json()["code"]) == (400, "idempotency_key_invalid")


async def receive(desk: Any, event_id: str = "e1", **more: Any) -> Any:
    """The parcel is here."""
    body = {"event_id": event_id, "warehouse_id": "CLT", **more}
    return await desk.http.post("/returns/RMA-7-1/receipt", json=body)


async def inspect(desk: Any, *lines: dict[str, Any], event_id: str = "e1") -> Any:
    """Somebody looked."""
    body = {"event_id": event_id, "lines": [{"line_no": 1, **line} for line in lines]}
    return await desk.http.post("/returns/RMA-7-1/inspection", json=body)


async def bought(desk: Any) -> None:
    """Six of A, then four, both billed."""
    await desk.deliver(accepted(), shipped(6), issued(6), shipped(4, 2), issued(4, 2))


async def test_from_wish_to_credit(desk: Any) -> None:
    """Authorized, received, inspected, credited by both memos, closed with both named."""
    await bought(desk)
    given = await ask(desk, 8)
    assert given.status_code == 201
    back = given.json()
    assert back["return_id"] == "RMA-7-1"
    assert [(x["shipment_id"], x["invoice_id"], x["authorized"]) for x in back["lines"]] == [
        ("SHP-7-1", "INV-7-1", "6"),
        ("SHP-7-2", "INV-7-2", "2"),
    ]
    assert (await receive(desk)).json()["state"] == "received"
    done = await inspect(
        desk, {"quantity": 7, "disposition": "restock"}, {"quantity": 1, "disposition": "scrap"}
    )
    assert done.json()["state"] == "inspected"
    await desk.deliver(credited(6))
    assert await desk.emitted(ReturnClosed) == []
    await desk.deliver(credited(2, 2))

    [authorized] = await desk.emitted(ReturnAuthorized)
    assert (authorized.customer_id, authorized.lines[0].reason.text) == ("C1", "bent")
    [received] = await desk.emitted(ReturnReceived)
    assert received.warehouse_id == "CLT"
    [inspected] = await desk.emitted(ReturnInspected)
    assert [(x.disposition, x.quantity.value, x.invoice_id) for x in inspected.lines] == [
        ("restock", 6, "INV-7-1"),
        ("restock", 1, "INV-7-2"),
        ("scrap", 1, "INV-7-2"),
    ]
    [closed] = await desk.emitted(ReturnClosed)
    assert closed.credit_memo_ids == ("CRM-7-1", "CRM-7-2")
    async with desk.begin() as tx:
        rows = await tx.fetch("select * from audit.return_lines order by shipment_id")
    assert [(r["authorized"], r["creditable"], r["restocked"], r["state"]) for r in rows] == [
        (6, 6, 6, "closed"),
        (2, 2, 1, "closed"),
    ]


async def test_never_more_than_shipped(desk: Any) -> None:
    """What is on its way back counts; the rejection is said, and answers its key for ever."""
    await bought(desk)
    assert (await ask(desk, 8)).status_code == 201
    for _ in range(2):
        no = await ask(desk, 3, key="k2")
        assert (no.status_code, no.json()["code"]) == (422, "more_than_shipped")
        assert "3 asked for, 10 shipped, 8 of it returned before" in no.json()["text"]
    [rejected] = await desk.emitted(ReturnRejected)
    assert rejected.return_id == "RMA-7-2"
    assert (await ask(desk, 2, key="k3")).json()["return_id"] == "RMA-7-3"


async def test_clerks_at_the_same_time_return_no_more_than_shipped(desk: Any) -> None:
    """Six wishes for three of ten at once: three are granted, whoever comes first."""
    await bought(desk)
    answers = await asyncio.gather(*(ask(desk, 3, key=f"k{n}") for n in range(6)))
    assert sorted(a.status_code for a in answers) == [201] * 3 + [422] * 3
    assert len(await desk.emitted(ReturnAuthorized)) == 3


async def test_what_did_not_arrive_may_be_asked_for_again(desk: Any) -> None:
    """Authorized eight, received five: five of ten are back, five more may come."""
    await bought(desk)
    await ask(desk, 8)
    await receive(desk, lines=[{"line_no": 1, "quantity": 5}])
    assert (await ask(desk, 6, key="k2")).status_code == 422
    assert (await ask(desk, 5, key="k3")).status_code == 201


async def test_a_repeated_request_is_answered_the_same(desk: Any) -> None:
    """One RMA, one receipt, one inspection; a used id with other content is a conflict."""
    await bought(desk)
    restock = {"quantity": 8, "disposition": "restock"}
    for call in (lambda: ask(desk, 8), lambda: receive(desk), lambda: inspect(desk, restock)):
        first, second = await call(), await call()
        assert first.is_success
        assert (second.status_code, second.json()) == (first.status_code, first.json())
    assert len(await desk.emitted(ReturnAuthorized)) == 1
    assert len(await desk.emitted(ReturnReceived)) == 1
    assert len(await desk.emitted(ReturnInspected)) == 1
    assert (await ask(desk, 1)).status_code == 409
    assert (await receive(desk, event_id="e2")).json()["code"] == "wrong_state"


async def test_not_known_or_not_billed_yet(desk: Any) -> None:
    """404 for an order nobody knows, 409 until the invoice is there, then the same key works."""
    assert (await ask(desk, 1)).status_code == 404
    await desk.deliver(accepted(), shipped(6))
    early = await ask(desk, 1)
    assert (early.status_code, early.json()["code"]) == (409, "not_invoiced_yet")
    await desk.deliver(issued(6))
    assert (await ask(desk, 1)).status_code == 201


async def test_an_invoice_may_be_heard_before_its_shipment(desk: Any) -> None:
    """Streams do not wait for each other."""
    await desk.deliver(issued(6))
    await desk.deliver(shipped(6))
    await desk.deliver(accepted())
    assert (await ask(desk, 6)).status_code == 201


async def test_without_credit_the_inspection_closes(desk: Any) -> None:
    """There is no credit memo to wait for."""
    await bought(desk)
    await ask(desk, 2)
    await receive(desk)
    done = await inspect(desk, {"quantity": 2, "disposition": "scrap", "credit": False})
    assert done.json()["state"] == "closed"
    assert len(await desk.emitted(ReturnClosed)) == 1


async def test_goods_nobody_judged_are_put_before_people(desk: Any) -> None:
    """More than received is refused; less is accepted and shown."""
    await bought(desk)
    await ask(desk, 3)
    await receive(desk)
    assert (await inspect(desk, {"quantity": 4, "disposition": "scrap"})).status_code == 422
    assert (await inspect(desk, {"quantity": 2, "disposition": "scrap"})).status_code == 200
    assert [e.code for e in await desk.emitted(ExceptionRaised)] == ["inspection_incomplete"]


async def test_a_credit_for_an_unknown_return_is_a_question_for_finance(desk: Any) -> None:
    """Credits without a return are not ours; with an unknown one they are somebody's mistake."""
    await desk.deliver(credited(1, return_id=None))
    await desk.deliver(credited(1, 2, return_id="RMA-9-9"))
    [dead] = await desk.dead()
    assert dead["type"] == "invoices.credited.v1"
    assert [e.code for e in await desk.emitted(ExceptionRaised)] == ["unknown_return"]


async def test_bad_requests_are_400(desk: Any) -> None:
    """Absurd quantities, odd reason codes and a missing key never reach the business."""
    assert (await ask(desk, -1)).status_code == 400
    assert (await ask(desk, 1, reason_code="Not A Code")).status_code == 400
    wish = {"order_id": "ORD-7", "by": "Ann", "lines": []}
    assert (await desk.http.post("/returns", json=wish)).status_code == 400


async def test_returns_are_found_by_order(desk: Any) -> None:
    """The list of an order, and one by its id."""
    await bought(desk)
    await ask(desk, 1)
    listed = (await desk.http.get("/returns?order_id=ORD-7")).json()["returns"]
    assert [it["return_id"] for it in listed] == ["RMA-7-1"]
    assert (await desk.http.get("/returns/RMA-7-1")).json() == listed[0]
    assert (await desk.http.get("/returns/RMA-0-0")).status_code == 404
