"""Many orders on few SKUs, from several lanes and requests at once."""

import asyncio
import random
from decimal import Decimal
from typing import Any

import pytest

from crossdock.testing import Desk
from crossdock_contracts.exceptions import ExceptionRaised
from crossdock_contracts.inventory import StockBackordered, StockReserved

ORDERS = 300
DEADLOCKS = "select deadlocks from pg_stat_database where datname = current_database()"


@pytest.fixture
def desk_settings() -> dict[str, Any]:
    """Small batches, so that the two lanes meet as often as possible."""
    return {"lanes": 2, "batch_limit": 8}


async def test_lanes_that_want_the_same_skus_never_deadlock(shop: Desk, make: Any) -> None:
    """SKUs in random order, shipments and receipts meanwhile: nothing fails, all of it adds up."""
    dice, skus = random.Random(7), list("ABCD")
    async with shop.begin() as tx:
        before = await tx.fetchval(
            "select deadlocks from pg_stat_database where datname = current_database()"
        )

    def order(n: int) -> Any:
        picked = dice.sample(skus, 4)
        return make.accepted(f"ORD-{n}", *((sku, dice.randint(1, 5)) for sku in picked))

    async def receive(n: int) -> None:
        body = {
            "receipt_id": f"R{n}",
            "warehouse_id": "EAST",
            "sku": dice.choice(skus),
            "quantity": 25,
        }
        answer = await shop.http.post("/receipts", json=body)
        assert answer.status_code == 201, answer.text

    orders = [order(n) for n in range(ORDERS)]
    await asyncio.gather(shop.deliver(*orders), *(receive(n) for n in range(40)))
    reserved = [
        a for e in await shop.emitted(StockReserved) if not e.from_backorder for a in e.allocations
    ]
    short = [line for e in await shop.emitted(StockBackordered) for line in e.lines]
    ordered = sum(line.quantity.value for o in orders for line in o.lines)
    assert sum((x.quantity.value for x in [*reserved, *short]), Decimal(0)) == ordered
    assert await shop.emitted(ExceptionRaised) == []
    assert (await shop.parked(), await shop.dead()) == ([], [])
    async with shop.begin() as tx:
        totals = await tx.fetchrow(
            "select sum(reserved) as reserved, sum(open_reservations) as open,"
            " sum(on_hand) as on_hand from audit.stock"
        )
        waiting = await tx.fetchval("select sum(backordered) from audit.order_lines")
        after = await tx.fetchval(
            "select deadlocks from pg_stat_database where datname = current_database()"
        )
    assert totals["on_hand"] == 40 * 25
    assert totals["reserved"] == totals["open"]
    assert totals["reserved"] + waiting == ordered
    assert after == before
