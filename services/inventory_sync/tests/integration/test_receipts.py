"""Goods in and corrections over HTTP."""

import asyncio
from typing import Any

import pytest

from crossdock.testing import Desk
from crossdock_contracts.inventory import LevelChanged, StockAdjusted, StockReceived

BAD: dict[str, tuple[dict[str, Any], int, str]] = {
    "negative": ({"quantity": -1}, 422, "bad_quantity"),
    "nothing": ({"quantity": 0}, 422, "bad_quantity"),
    "absurd": ({"quantity": "1E+30"}, 422, "bad_quantity"),
    "too fine": ({"quantity": "0.0000001"}, 422, "bad_quantity"),
    "not a number": ({"quantity": "NaN"}, 422, "bad_quantity"),
    "unknown warehouse": ({"warehouse_id": "MOON"}, 422, "unknown_warehouse"),
    "unknown item": ({"sku": "NO"}, 422, "unknown_item"),
    "unknown unit": ({"uom": "PL"}, 422, "unknown_unit"),
    "wrong type": ({"quantity": "many"}, 400, "bad_request"),
    "unknown field": ({"qty": 1}, 400, "bad_request"),
    "bad id": ({"receipt_id": "no spaces please"}, 400, "bad_request"),
}


def receipt(**changes: Any) -> dict[str, Any]:
    """A good receipt with changes."""
    return {"receipt_id": "R1", "warehouse_id": "EAST", "sku": "A", "quantity": 1} | changes


async def test_the_same_receipt_again_gets_the_same_answer(shop: Desk, receive: Any) -> None:
    """Booked once; 201, then 200 with the same body."""
    first = await receive("R1", "EAST", "A", 10, reference="PO-7")
    again = await receive("R1", "EAST", "A", "10.0", reference="PO-7")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    await shop.eventually(LevelChanged)
    assert len(await shop.emitted(StockReceived)) == len(await shop.emitted(LevelChanged)) == 1


async def test_a_receipt_with_other_content_is_refused(shop: Desk, receive: Any) -> None:
    """Nobody corrects a receipt by sending it differently."""
    await receive("R1", "EAST", "A", 10)
    for other in (("EAST", "A", 11), ("WEST", "A", 10), ("EAST", "B", 10)):
        answer = await receive("R1", *other)
        assert (answer.status_code, answer.json()["code"]) == (409, "already_booked")
    assert (await shop.http.get("/stock/A")).json()["on_hand"] == "10"


async def test_the_same_receipt_at_the_same_time_is_booked_once(shop: Desk, receive: Any) -> None:
    """Six at once: one 201, five 200."""
    answers = await asyncio.gather(*(receive("R1", "EAST", "A", 10) for _ in range(6)))
    assert sorted(a.status_code for a in answers) == [200] * 5 + [201]
    assert (await shop.http.get("/stock/A")).json()["on_hand"] == "10"


async def test_a_receipt_in_cases_is_booked_in_the_stock_unit(shop: Desk, receive: Any) -> None:
    """Two cases of twelve are 24 pieces."""
    assert (await receive("R1", "EAST", "A", 2, uom="CA")).json()["quantity"] == "24"
    [received] = await shop.emitted(StockReceived)
    assert (str(received.quantity.value), received.quantity.uom) == ("24", "EA")


@pytest.mark.parametrize("case", BAD)
async def test_a_bad_receipt_is_answered_with_what_is_wrong(shop: Desk, case: str) -> None:
    """A code and a sentence; nothing is booked."""
    changes, status, code = BAD[case]
    answer = await shop.http.post("/receipts", json=receipt(**changes))
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert answer.json()["text"]
    assert await shop.emitted(StockReceived) == []


async def test_a_batch_is_all_or_nothing_and_can_be_sent_again(shop: Desk) -> None:
    """One unknown item refuses the lot; without it, the second time changes nothing."""
    lines = [receipt(receipt_id=f"R{n}", sku="ABCD"[n % 4]) for n in range(40)]
    bad = await shop.http.post("/receipts/batch", json={"receipts": [*lines, receipt(sku="NO")]})
    assert (bad.status_code, await shop.emitted(StockReceived)) == (422, [])
    first = await shop.http.post("/receipts/batch", json={"receipts": lines})
    again = await shop.http.post("/receipts/batch", json={"receipts": lines})
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert (await shop.http.get("/stock/A")).json()["on_hand"] == "10"


async def test_an_adjustment_never_takes_what_is_reserved(
    shop: Desk, make: Any, receive: Any
) -> None:
    """10 on hand, 8 reserved: 2 may go, 3 may not, and the answer has the numbers."""
    await receive("R1", "EAST", "A", 10)
    await shop.deliver(make.accepted("ORD-1", ("A", 8)))
    body = {"adjustment_id": "ADJ-1", "warehouse_id": "EAST", "sku": "A", "by": "kim"}
    body |= {"reason": "count"}
    no = await shop.http.post("/adjustments", json=body | {"quantity": -3})
    assert (no.status_code, no.json()["code"]) == (409, "stock_is_reserved")
    assert (no.json()["context"]["on_hand"], no.json()["context"]["reserved"]) == ("10", "8")
    yes = await shop.http.post("/adjustments", json=body | {"quantity": -2})
    again = await shop.http.post("/adjustments", json=body | {"quantity": -2})
    assert (yes.status_code, again.status_code) == (201, 200)
    [adjusted] = await shop.emitted(StockAdjusted)
    assert (int(adjusted.quantity.value), adjusted.adjusted_by) == (-2, "kim")


async def test_stock_is_listed_by_sku_and_by_warehouse(shop: Desk, receive: Any) -> None:
    """Filters narrow; an unknown SKU is 404."""
    for n, (where, sku) in enumerate((("EAST", "A"), ("WEST", "A"), ("WEST", "B"))):
        await receive(f"R{n}", where, sku, "2.50")
    listed = (await shop.http.get("/stock", params={"warehouse": "WEST"})).json()["stock"]
    assert [(s["sku"], s["on_hand"]) for s in listed] == [("A", "2.5"), ("B", "2.5")]
    assert len((await shop.http.get("/stock", params={"sku": "A"})).json()["stock"]) == 2
    assert len((await shop.http.get("/stock", params={"limit": 1})).json()["stock"]) == 1
    assert (await shop.http.get("/stock", params={"limit": 1001})).status_code == 400
    assert (await shop.http.get("/stock/A")).json()["on_hand"] == "5"
    assert (await shop.http.get("/stock/NO")).status_code == 404
