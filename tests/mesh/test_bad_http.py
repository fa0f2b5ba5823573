"""Bad requests: each is answered with what is wrong, and changes nothing."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import httpx
import pytest
from bad_http import Route, broken_bodies, routes, spoiled_numbers, spoiled_texts
from hands import Hands
from story import Story

pytestmark = pytest.mark.mesh

JSON = "application/json"


async def send(hands: Hands, route: Route, body: bytes, kind: str = JSON) -> httpx.Response:
    """Send bytes to a route, under a key of their own where it takes one."""
    headers = {"Content-Type": kind} if kind else {}
    if route.key:
        headers["Idempotency-Key"] = f"{route.key}-{uuid4()}"
    return await hands[route.service].post(route.path, content=body, headers=headers)


def complaint(response: httpx.Response, what: str) -> str:
    """What is wrong with an answer to a bad request; nothing when it is a clear refusal."""
    where = f"{response.request.url.path} to {what}: {response.status_code} {response.text[:300]}"
    if not 400 <= response.status_code < 500:
        return where
    try:
        body = response.json()
    except ValueError:
        return f"{where} (no JSON)"
    return "" if body["code"] and body["text"] else f"{where} (no words)"


async def counted(hands: Hands) -> Any:
    """How many events of each kind there are, once all is quiet; a refusal may open a case."""
    await hands.quiet()
    found = await hands.event_counts()
    return {k: v for k, v in found.items() if k not in ("exceptions.raised", "cases.opened")}


async def test_what_is_no_json_is_refused(hands: Hands, story: Story) -> None:
    """Whatever bytes come, the answer is a refusal with a code and a sentence, and no event."""
    before = await counted(hands)
    answers = [
        complaint(await send(hands, route, body), what)
        for route in routes(story)
        for what, body in broken_bodies(route.body).items()
    ]
    assert "\n".join(filter(None, answers)) == ""
    assert await counted(hands) == before


async def test_what_nobody_can_store_is_refused(hands: Hands, story: Story) -> None:
    """A NUL character or half a surrogate pair in any text of a request is the caller's error."""
    before = await counted(hands)
    answers = [
        complaint(await send(hands, route, json.dumps(body).encode()), ascii(body))
        for route in routes(story)
        for body in spoiled_texts(route.body)
    ]
    assert "\n".join(filter(None, answers)) == ""
    assert await counted(hands) == before


async def test_numbers_that_nobody_can_mean_are_refused(hands: Hands, story: Story) -> None:
    """No quantity or amount below, at or far beyond what there can be is taken."""
    before = await counted(hands)
    answers = [
        complaint(await send(hands, route, json.dumps(body).encode()), json.dumps(body))
        for route in routes(story)
        for body in spoiled_numbers(route.body)
    ]
    assert "\n".join(filter(None, answers)) == ""
    assert await counted(hands) == before


async def test_too_much_and_other_kinds_are_refused(hands: Hands, story: Story) -> None:
    """A body over a megabyte is 413; what does not say that it is JSON is 415."""
    for route in routes(story):
        good = json.dumps(route.body).encode()
        large = await send(hands, route, good + b" " * 1_000_001)
        assert (large.status_code, large.json()["code"]) == (413, "body_too_large"), route
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
            other = await send(hands, route, good, kind)
            assert other.status_code == 415, (route.path, kind, other.status_code, other.text)
            assert complaint(other, kind) == ""


PATHS = [
    ("order_intake", "/orders/{}"),
    ("order_intake", "/orders?status={}"),
    ("order_intake", "/orders?customer_id={}"),
    ("order_intake", "/orders?after={}"),
    ("order_intake", "/orders?limit={}"),
    ("order_intake", "/availability?sku={}"),
    ("inventory_sync", "/stock/{}"),
    ("inventory_sync", "/stock?sku={}"),
    ("inventory_sync", "/backorders?sku={}"),
    ("invoicing", "/invoices/{}"),
    ("invoicing", "/invoices?order_id={}"),
    ("invoicing", "/invoices?limit={}"),
    ("invoicing", "/payments/{}"),
    ("invoicing", "/credit-memos/{}"),
    ("invoicing", "/receivables/{}"),
    ("returns", "/returns/{}"),
    ("returns", "/returns?order_id={}"),
    ("shipment_tracking", "/shipments/{}"),
    ("shipment_tracking", "/shipments?order_id={}"),
    ("partner_edi", "/documents/{}"),
    ("partner_edi", "/documents?partner={}"),
    ("partner_edi", "/documents?set={}"),
    ("erp_bridge", "/catalog/items/{}"),
    ("erp_bridge", "/catalog/{}/x"),
    ("erp_bridge", "/postings/invoice/{}"),
    ("control_tower", "/orders/{}/timeline"),
    ("control_tower", "/events?type={}"),
    ("control_tower", "/events?limit={}"),
    ("control_tower", "/traces/{}"),
]
ODD = ("%00", "a%00b", "%ff", "%ed%a0%80", "'; drop table orders;--", "%25", "x" * 3000, "-1")


@pytest.mark.parametrize(("service", "path"), PATHS, ids=[f"{s}{p}" for s, p in PATHS])
async def test_odd_questions_are_answered(hands: Hands, service: str, path: str) -> None:
    """Whatever is asked for: found, nothing, or refused in words, and never a defect."""
    for odd in ODD:
        response = await hands[service].get(path.format(odd))
        if response.status_code != 200:
            assert complaint(response, odd) == ""


async def test_orders_that_no_customer_can_mean(hands: Hands) -> None:
    """Each is refused with the rule it breaks, before it becomes an order."""
    good = [("SAF-GLS-CLR", 1)]
    refusals = [
        ("line_count", await hands.place([])),
        ("line_count", await hands.place(good * 1001)),
        ("unknown_currency", await hands.place(good, currency="XXQ")),
        ("invalid_quantity", await hands.place([("SAF-GLS-CLR", -1)])),
        ("invalid_quantity", await hands.place([("SAF-GLS-CLR", 0)])),
        ("invalid_quantity", await hands.place([("SAF-GLS-CLR", "1e30")])),
        ("idempotency_key_invalid", await hands.place(good, key="k" * 201)),
        ("bad_request", await hands.place(good, nobody_knows_this_field=1)),
    ]
    for code, response in refusals:
        assert (response.status_code, response.json()["code"]) == (400, code)


async def test_unknown_item_and_customer_reject_the_order_alone(hands: Hands) -> None:
    """422 with the line and the reason; the order beside it goes its way."""
    before = await hands.event_counts()
    item = await hands.place([("NO-SUCH-ITEM", 1), ("SAF-GLS-CLR", 1)])
    customer = await hands.place([("SAF-GLS-CLR", 1)], customer="CUST-NOBODY")
    other = await hands.order(("SAF-GLS-CLR", 1))
    assert (item.status_code, customer.status_code) == (422, 422)
    assert "NO-SUCH-ITEM" in item.text
    assert "CUST-NOBODY" in customer.text
    await hands.completed(other)
    await hands.quiet()
    after = await hands.event_counts()
    assert after["orders.rejected"] - before["orders.rejected"] == 2
    assert after["orders.accepted"] - before["orders.accepted"] == 1
    assert await hands.audited() == {}
