"""An order's life after it was placed, and the answer on where it stands."""

from decimal import Decimal

import pytest
from intake_facts import (
    AT,
    answered,
    backordered,
    customer,
    invoiced,
    purchase_order,
    reserved,
    shipped,
    usd,
)

from crossdock.testing import Desk
from crossdock_contracts import Reason
from crossdock_contracts.exceptions import ExceptionRaised
from crossdock_contracts.invoices import InvoiceCredited
from crossdock_contracts.orders import (
    OrderAccepted,
    OrderCancelled,
    OrderCompleted,
    OrderPlaced,
)
from crossdock_contracts.payments import PaymentApplied
from crossdock_contracts.postings import PostingAcknowledged
from crossdock_contracts.shipments import ShipmentDelivered

ORDER = "ORD-100001"
UNEVEN = """select * from audit.order_lines
             where ordered <> open + reserved + backordered + shipped + cancelled"""


@pytest.fixture
async def ordered(intake: Desk) -> Desk:
    """A desk with one accepted order: ten of A at 26.19 with tax."""
    body = {"customer_id": "C1", "lines": [{"item": "A", "quantity": 10}]}
    answer = await intake.http.post("/orders", json=body, headers={"Idempotency-Key": "K"})
    assert answer.json()["order_id"] == ORDER
    return intake


async def exposure(desk: Desk) -> Decimal:
    """What C1 may still come to owe."""
    async with desk.begin() as tx:
        assert await tx.fetch(UNEVEN) == []
        return Decimal(await tx.fetchval("select amount from exposures where customer_id = 'C1'"))


async def test_a_whole_life_ends_in_one_completion_and_nothing_owed(ordered: Desk) -> None:
    """Two shipments, two invoices, a payment, a credit memo: the exposure ends at zero."""
    await ordered.deliver(reserved(ORDER, {1: "6"}), backordered(ORDER, {1: "4"}))
    await ordered.deliver(shipped(ORDER, {1: "6"}), invoiced(ORDER, {1: "6"}, "15.71"))
    await ordered.deliver(reserved(ORDER, {1: "4"}, from_backorder=True))
    assert await exposure(ordered) == Decimal("26.19")
    await ordered.deliver(shipped(ORDER, {1: "4"}, 2), invoiced(ORDER, {1: "4"}, "10.48", 2))
    [completed] = await ordered.emitted(OrderCompleted)
    assert (completed.invoiced, completed.fill_rate) == (usd("26.19"), 1)
    await ordered.deliver(
        PaymentApplied(
            order_id=ORDER,
            payment_id="PAY-1",
            invoice_id="INV-100001-1",
            customer_id="C1",
            amount=usd("15.71"),
            open=usd("0"),
            applied_at=AT,
        ),
        InvoiceCredited(
            order_id=ORDER,
            credit_memo_id="CRM-1",
            invoice_id="INV-100001-2",
            customer_id="C1",
            credited_at=AT,
            currency="USD",
            lines=(),
            net_total=usd("10.00"),
            tax_total=usd("0.48"),
            total=usd("10.48"),
            reason=Reason(code="returned", text="Came back."),
        ),
    )
    assert await exposure(ordered) == 0
    assert await ordered.parked() == []
    assert await ordered.dead() == []


async def test_an_invoice_heard_before_everything_else_still_completes_once(ordered: Desk) -> None:
    """Streams overtake each other."""
    await ordered.deliver(invoiced(ORDER, {1: "10"}, "26.19"))
    assert await ordered.emitted(OrderCompleted) == []
    await ordered.deliver(shipped(ORDER, {1: "10"}))
    await ordered.deliver(reserved(ORDER, {1: "10"}))
    assert len(await ordered.emitted(OrderCompleted)) == 1
    shown = (await ordered.http.get(f"/orders/{ORDER}")).json()
    assert (shown["status"], shown["lines"][0]["open"]) == ("completed", "0")


async def test_the_one_answer_tells_everything_about_an_order(ordered: Desk) -> None:
    """Lines in words, shipments, invoices with what is open, external ids, history."""
    await ordered.deliver(reserved(ORDER, {1: "6"}), backordered(ORDER, {1: "4"}))
    await ordered.deliver(shipped(ORDER, {1: "6"}), invoiced(ORDER, {1: "6"}, "15.71"))
    await ordered.deliver(
        ShipmentDelivered(
            order_id=ORDER, shipment_id="SHP-100001-1", delivered_at=AT, signed_by="Bo"
        ),
        PostingAcknowledged(
            order_id=ORDER,
            document_kind="order",
            document_id=ORDER,
            erp_reference="SO-77",
            acknowledged_at=AT,
        ),
    )
    shown = (await ordered.http.get(f"/orders/{ORDER}")).json()
    assert shown["lines"][0]["standing"] == "10 EA: 4 backordered, 6 shipped, 6 invoiced."
    assert shown["shipments"][0]["tracking_number"] == "1Z999"
    assert shown["shipments"][0]["signed_by"] == "Bo"
    assert shown["invoices"][0]["open"] == "15.71"
    assert shown["external_ids"] == [{"system": "erp", "id": "SO-77"}]
    assert {entry["what"] for entry in shown["history"]} >= {
        "placed",
        "accepted",
        "reserved",
        "backordered",
        "shipped",
        "invoiced",
        "delivered",
        "acknowledged",
    }


async def test_a_backorder_is_cancelled_and_the_rest_completes(ordered: Desk) -> None:
    """What no warehouse holds goes; the answer says what goes on; the rest is owed."""
    await ordered.deliver(reserved(ORDER, {1: "6"}), backordered(ORDER, {1: "4"}))
    path = f"/orders/{ORDER}/cancel"
    answer = await ordered.http.post(path, json={"by": "ann", "reason": "Too late."})
    assert answer.status_code == 200, answer.text
    assert answer.json()["cancelled"][0]["quantity"]["value"] == "4"
    assert answer.json()["not_cancelled"][0]["quantity"] == "6"
    [cancelled] = await ordered.emitted(OrderCancelled)
    assert [line.quantity.value for line in cancelled.lines] == [4]
    assert await exposure(ordered) == Decimal("15.71")
    again = await ordered.http.post(path, json={"by": "ann", "reason": "Too late."})
    assert (again.status_code, again.json()["code"]) == (409, "not_cancellable")
    [line] = (await ordered.http.get(f"/orders/{ORDER}")).json()["lines"]
    assert (line["backordered"], line["cancelled"]) == ("0", "4")
    await ordered.deliver(shipped(ORDER, {1: "6"}), invoiced(ORDER, {1: "6"}, "15.71"))
    assert await ordered.emitted(OrderCompleted) == []
    await ordered.deliver(answered(ORDER, dropped={1: "4"}))
    [completed] = await ordered.emitted(OrderCompleted)
    assert completed.fill_rate == Decimal("0.6")
    assert await ordered.emitted(ExceptionRaised) == []


async def test_an_order_nobody_touched_is_cancelled_whole(ordered: Desk) -> None:
    """Its status is cancelled, nothing is owed, and it is never completed."""
    path = f"/orders/{ORDER}/cancel"
    answer = await ordered.http.post(path, json={"by": "ann", "reason": "Changed my mind."})
    assert (answer.json()["status"], answer.json()["not_cancelled"]) == ("cancelled", [])
    assert await exposure(ordered) == 0
    assert await ordered.emitted(OrderCompleted) == []


@pytest.mark.parametrize("answer_comes_last", [False, True])
async def test_what_inventory_had_reserved_already_is_not_cancelled(
    ordered: Desk, answer_comes_last: bool
) -> None:
    """Counters, state and what is owed follow the facts, and a person hears of it."""
    path = f"/orders/{ORDER}/cancel"
    await ordered.http.post(path, json={"by": "ann", "reason": "Changed my mind."})
    answer = answered(ORDER, kept={1: "10"})
    if not answer_comes_last:
        await ordered.deliver(answer)
        assert (await ordered.http.get(f"/orders/{ORDER}")).json()["status"] == "accepted"
        assert await exposure(ordered) == Decimal("26.19")
    await ordered.deliver(reserved(ORDER, {1: "10"}), shipped(ORDER, {1: "10"}))
    await ordered.deliver(invoiced(ORDER, {1: "10"}, "26.19"))
    if answer_comes_last:
        await ordered.deliver(answer)
    assert len(await ordered.emitted(OrderCompleted)) == 1
    assert await exposure(ordered) == Decimal("26.19")
    [raised] = await ordered.emitted(ExceptionRaised)
    assert (raised.code, raised.team) == ("cancelled_too_late", "customer_service")
    async with ordered.begin() as tx:
        [line] = await tx.fetch("select * from audit.order_lines")
        assert (line["open"], line["cancelled"], line["shipped"]) == (0, 0, 10)


async def test_an_event_for_an_order_that_is_not_here_waits(intake: Desk) -> None:
    """It cannot happen; if it does, nothing is lost and nobody else is held up."""
    await intake.deliver(shipped("ORD-999999", {1: "1"}), reserved("ORD-999999", {1: "1"}))
    assert {row["key"] for row in await intake.parked()} == {"ORD-999999"}


async def test_a_partners_order_is_accepted_under_its_own_numbers(intake: Desk) -> None:
    """The item is found by its GTIN, the partner's line and purchase order stay with it."""
    await intake.deliver(purchase_order())
    [accepted] = await intake.emitted(OrderAccepted)
    assert (accepted.channel, accepted.partner_id, accepted.customer_po) == ("edi", "ACME", "4711")
    assert accepted.lines[0].sku == "A"
    assert accepted.lines[0].customer_line == "0001"
    shown = (await intake.http.get(f"/orders/{accepted.order_id}")).json()
    assert shown["external_ids"] == [{"system": "partner:ACME", "id": "4711"}]


async def test_a_second_copy_of_a_purchase_order_goes_to_a_person(intake: Desk) -> None:
    """One order, and an exception that names both documents."""
    await intake.deliver(purchase_order(), purchase_order(document_id="DOC-2"))
    assert len(await intake.emitted(OrderPlaced)) == 1
    [raised] = await intake.emitted(ExceptionRaised)
    assert (raised.code, raised.team) == ("duplicate_purchase_order", "customer_service")
    assert raised.context["first_document_id"] == "DOC-1"
    assert raised.context["document_id"] == "DOC-2"


async def test_a_partner_cancels_its_order(intake: Desk) -> None:
    """The whole of it, where no warehouse holds anything yet."""
    await intake.deliver(purchase_order(), purchase_order(purpose="cancellation"))
    [cancelled] = await intake.emitted(OrderCancelled)
    assert cancelled.cancelled_by == "ACME"
    await intake.deliver(purchase_order("4712", purpose="cancellation"))
    [dead] = await intake.dead()
    assert "never came" in dead["error"]


async def test_orders_are_listed_newest_first_and_by_page(intake: Desk) -> None:
    """The last id of a page is where the next one starts."""
    await intake.deliver(customer("C9"))
    await intake.deliver(*(purchase_order(f"PO-{n}") for n in range(3)))
    page = (await intake.http.get("/orders", params={"limit": 2, "status": "accepted"})).json()
    assert len(page["orders"]) == 2
    rest = (await intake.http.get("/orders", params={"after": page["next"]})).json()
    assert len(rest["orders"]) == 1
    assert rest["next"] is None
    none = (await intake.http.get("/orders", params={"customer_id": "C9"})).json()
    assert none["orders"] == []


async def test_unknown_orders_are_not_found(intake: Desk) -> None:
    """Every door says so in the same way."""
    body = {"by": "ann", "reason": "x"}
    answers = [
        await intake.http.get("/orders/ORD-1"),
        await intake.http.post("/orders/ORD-1/release", json={"by": "ann"}),
        await intake.http.post("/orders/ORD-1/cancel", json=body),
    ]
    assert [(a.status_code, a.json()["code"]) for a in answers] == [(404, "unknown_order")] * 3


async def test_inventorys_silence_is_an_answer(intake: Desk) -> None:
    """Nobody answers at this desk: the caller is told so, in time, and not with an error."""
    answer = await intake.http.get("/availability", params={"sku": ["A", "B"]})
    assert (answer.status_code, answer.json()["available"]) == (200, None)
    assert "did not answer" in answer.json()["note"]
