"""Orders through the HTTP door: placed once, decided at once."""

import asyncio
from typing import Any

import httpx
import pytest
from intake_facts import credit, customer, price

from crossdock.testing import Desk
from crossdock_contracts.orders import OrderAccepted, OrderHeld, OrderPlaced, OrderRejected

TEN_OF_A = {"customer_id": "C1", "lines": [{"item": "GTIN-A", "quantity": 10}]}


async def place(desk: Desk, body: Any, key: str = "K1") -> httpx.Response:
    """Post an order."""
    return await desk.http.post("/orders", json=body, headers={"Idempotency-Key": key})


async def test_an_order_is_accepted_with_prices_taxes_and_its_canonical_id(intake: Desk) -> None:
    """Placed and accepted are said together, in that order, under one key."""
    answer = await place(intake, TEN_OF_A | {"customer_po": "PO-1"})
    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert (body["order_id"], body["status"]) == ("ORD-100001", "accepted")
    assert body["total"] == {"amount": "26.19", "currency": "USD"}
    [placed] = await intake.emitted(OrderPlaced)
    [accepted] = await intake.emitted(OrderAccepted)
    assert placed.key == accepted.key == "ORD-100001"
    assert accepted.lines[0].sku == "A"
    assert accepted.customer_po == "PO-1"
    assert accepted.total.amount == accepted.net_total.amount + accepted.tax_total.amount
    async with intake.begin() as tx:
        types = [r["type"] for r in await tx.fetch("select type from crossdock.outbox order by id")]
        assert types == ["orders.placed.v1", "orders.accepted.v2"]
        [line] = await tx.fetch("select * from audit.order_lines")
        assert (line["ordered"], line["open"], line["shipped"]) == (10, 10, 0)


async def test_the_same_key_and_body_answer_again_and_order_once(intake: Desk) -> None:
    """A caller that lost the answer asks again without fear."""
    first = await place(intake, TEN_OF_A)
    again = await place(intake, TEN_OF_A)
    assert again.status_code == 200
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json() == first.json()
    assert len(await intake.emitted(OrderPlaced)) == 1


async def test_the_same_key_with_another_body_is_a_conflict(intake: Desk) -> None:
    """Both hashes and the order are told, so the caller can find the mistake."""
    first = await place(intake, TEN_OF_A)
    other = await place(intake, TEN_OF_A | {"customer_po": "other"})
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")
    context = other.json()["context"]
    assert context["order_id"] == first.json()["order_id"]
    assert context["first_body_sha256"] != context["this_body_sha256"]


async def test_requests_with_one_key_at_one_time_make_one_order(intake: Desk) -> None:
    """The key is taken before the work; everybody else waits for it and gets its answer."""
    answers = await asyncio.gather(*(place(intake, TEN_OF_A) for _ in range(12)))
    assert sorted(a.status_code for a in answers) == [200] * 11 + [201]
    assert len({a.json()["order_id"] for a in answers}) == 1
    assert len(await intake.emitted(OrderPlaced)) == 1


async def test_orders_at_one_time_cannot_pass_the_credit_limit_together(intake: Desk) -> None:
    """Each sees what the others before it took."""
    await intake.deliver(credit(limit="100"))
    answers = await asyncio.gather(*(place(intake, TEN_OF_A, f"K{n}") for n in range(8)))
    assert [a.status_code for a in answers].count(201) == 3
    assert [a.status_code for a in answers].count(202) == 5
    async with intake.begin() as tx:
        assert str(await tx.fetchval("select amount from exposures")) == "78.57"


async def test_an_unknown_item_rejects_the_order_and_the_answer_says_which_line(
    intake: Desk,
) -> None:
    """The order is recorded all the same, and said to be rejected."""
    answer = await place(
        intake, {"customer_id": "C1", "lines": [{"item": "NOPE", "quantity": "1"}]}
    )
    assert answer.status_code == 422
    body = answer.json()
    assert (body["status"], body["code"]) == ("rejected", "order_rejected")
    assert body["reasons"][0]["line_no"] == 1
    [rejected] = await intake.emitted(OrderRejected)
    assert rejected.order_id == body["order_id"]
    shown = (await intake.http.get(f"/orders/{body['order_id']}")).json()
    assert shown["status"] == "rejected"
    assert shown["reasons"][0]["code"] == "unknown_item"


async def test_a_wrong_price_holds_the_order_until_a_person_releases_it(intake: Desk) -> None:
    """Released, it is accepted at the contract price; a second release is a conflict."""
    lines = [{"item": "A", "quantity": 10, "unit_price": "2.40"}]
    held = await place(intake, {"customer_id": "C1", "lines": lines})
    order_id = held.json()["order_id"]
    assert held.status_code == 202
    [event] = await intake.emitted(OrderHeld)
    assert [reason.code for reason in event.reasons] == ["price_mismatch"]
    path = f"/orders/{order_id}/release"
    released = await intake.http.post(path, json={"by": "ann", "note": "agreed by phone"})
    assert (released.status_code, released.json()["status"]) == (200, "accepted")
    [accepted] = await intake.emitted(OrderAccepted)
    assert str(accepted.lines[0].unit_price.amount) == "2.50"
    again = await intake.http.post(path, json={"by": "ann"})
    assert (again.status_code, again.json()["context"]["state"]) == (409, "accepted")


async def test_an_order_on_credit_hold_is_released_and_then_owed(intake: Desk) -> None:
    """Only what was accepted counts against the limit."""
    await intake.deliver(credit(on_hold=True))
    held = await place(intake, TEN_OF_A)
    async with intake.begin() as tx:
        assert await tx.fetchval("select amount from exposures") == 0
    await intake.http.post(f"/orders/{held.json()['order_id']}/release", json={"by": "ann"})
    async with intake.begin() as tx:
        assert str(await tx.fetchval("select amount from exposures")) == "26.19"


async def test_an_item_without_a_price_cannot_be_released_until_it_has_one(intake: Desk) -> None:
    """The release checks the items again."""
    await intake.deliver(customer("C2"), credit("C2"))
    held = await place(intake, {"customer_id": "C2", "lines": [{"item": "A", "quantity": 1}]})
    path = f"/orders/{held.json()['order_id']}/release"
    refused = await intake.http.post(path, json={"by": "ann"})
    assert (refused.status_code, refused.json()["code"]) == (409, "not_releasable")
    await intake.deliver(price("A", "3.00", customer_id="C2"))
    released = await intake.http.post(path, json={"by": "ann"})
    assert released.json()["net_total"]["amount"] == "3.00"


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        (b'{"customer_id":', {}, 400, "bad_request"),
        (b'{"customer_id":"C1","lines":[{"item":"A","quantity":-1}]}', {}, 400, "invalid_quantity"),
        (
            b'{"customer_id":"C1","lines":[{"item":"A","quantity":1e99}]}',
            {},
            400,
            "invalid_quantity",
        ),
        (b'{"customer_id":"C1","lines":[],"x":1}', {}, 400, "bad_request"),
        (
            b'{"customer_id":"C1","lines":[{"item":"A","quantity":1}],"currency":"ZZZ"}',
            {},
            400,
            "unknown_currency",
        ),
        (
            b'{"customer_id":"C1","customer_po":"a\\u0000","lines":[{"item":"A","quantity":1}]}',
            {},
            400,
            "unstorable_text",
        ),
        (b"{}" + b" " * 1_000_001, {}, 413, "body_too_large"),
        (b"a=1", {"Content-Type": "application/x-www-form-urlencoded"}, 415, "wrong_content_type"),
    ],
    ids=[
        "malformed",
        "negative",
        "absurd",
        "unknown field",
        "currency",
        "NUL",
        "too large",
        "form",
    ],
)
async def test_bad_input_gets_a_clear_answer_and_makes_no_order(
    intake: Desk, body: bytes, headers: dict[str, str], status: int, code: str
) -> None:
    """Every problem has the same shape."""
    given = {"Idempotency-Key": "K", "Content-Type": "application/json"} | headers
    answer = await intake.http.post("/orders", content=body, headers=given)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["text"]
    assert await intake.emitted(OrderPlaced) == []


async def test_without_an_idempotency_key_the_answer_tells_how(intake: Desk) -> None:
    """There is no way to order twice by accident."""
    answer = await intake.http.post("/orders", json=TEN_OF_A)
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_missing")
    assert "Idempotency-Key" in answer.json()["text"]


async def test_a_thousand_lines_are_one_order(intake: Desk) -> None:
    """The largest order allowed goes through the same statements."""
    lines = [{"item": "AB"[n % 2], "quantity": n + 1} for n in range(1000)]
    await intake.deliver(credit(limit="100000000"))
    answer = await place(intake, {"customer_id": "C1", "lines": lines})
    assert answer.status_code == 201
    assert len(answer.json()["lines"]) == 1000


async def test_master_data_that_comes_late_changes_nothing(intake: Desk) -> None:
    """A second delivery of an older change never overwrites."""
    from datetime import timedelta

    from intake_facts import AT, item

    await intake.deliver(
        item("A", description="old", aliases=("OLD-NAME",), changed_at=AT - timedelta(days=1)),
        item("B", aliases=("NEW-NAME",), changed_at=AT + timedelta(days=1)),
    )
    lines = [{"item": name, "quantity": 1} for name in ("OLD-NAME", "NEW-NAME", "GTIN-B")]
    reasons = (await place(intake, {"customer_id": "C1", "lines": lines})).json()["reasons"]
    assert [reason["line_no"] for reason in reasons] == [1, 3]
