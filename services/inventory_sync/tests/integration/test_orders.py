"""From an accepted order to goods on their way, with everything that can be missing."""

import asyncio
from decimal import Decimal
from typing import Any

from crossdock.testing import Desk
from crossdock_contracts import LineQuantity, Quantity
from crossdock_contracts.exceptions import ExceptionRaised
from crossdock_contracts.inventory import (
    AvailabilityAsked,
    CancellationApplied,
    DiscrepancyFound,
    LevelChanged,
    ReservationReleased,
    StockAdjusted,
    StockBackordered,
    StockReceived,
    StockReserved,
)


def places(event: StockReserved | ReservationReleased) -> list[tuple[int, str, int]]:
    """Line, warehouse and quantity of each allocation."""
    return [(a.line_no, a.warehouse_id, int(a.quantity.value)) for a in event.allocations]


def amounts(lines: tuple[LineQuantity, ...]) -> list[tuple[int, int]]:
    """Line and quantity of each line."""
    return [(line.line_no, int(line.quantity.value)) for line in lines]


def waiting(event: StockBackordered) -> list[tuple[int, int]]:
    """Line and quantity of each backordered line."""
    return amounts(event.lines)


async def said(desk: Desk, key: str) -> list[str]:
    """The types of the events of one key, in the order they were said."""
    async with desk.begin() as tx:
        rows = await tx.fetch(
            "select type from crossdock.outbox where key = $1 order by id, type", key
        )
    return [row["type"].split(".")[1] for row in rows]


async def levels_said(desk: Desk) -> dict[tuple[str, str], int]:
    """What is available per SKU and warehouse, as it was said last, once nothing is unsaid."""
    async with asyncio.timeout(10), desk.runtime.pool.acquire() as store:
        while await store.fetchval("select count(*) from unsaid_levels"):
            await asyncio.sleep(0.02)
    said = await desk.emitted(LevelChanged)
    return {(e.sku, e.warehouse_id): int(e.available.value) for e in said}


async def audited(desk: Desk, order_id: str) -> list[tuple[Any, ...]]:
    """Line, reserved, backordered and shipped, as the audit sees them; stock must add up."""
    async with desk.begin() as tx:
        for s in await tx.fetch("select * from audit.stock"):
            moved = s["opening"] + s["received"] + s["restocked"] + s["adjusted"] - s["shipped"]
            assert s["on_hand"] == moved, dict(s)
            assert s["reserved"] == s["open_reservations"], dict(s)
        rows = await tx.fetch(
            "select line_no, reserved, backordered, shipped from audit.order_lines"
            " where order_id = $1 order by line_no",
            order_id,
        )
    return [tuple(map(int, row.values())) for row in rows]


async def test_an_order_is_reserved_and_what_is_missing_waits(
    shop: Desk, make: Any, receive: Any
) -> None:
    """One warehouse for the whole order is impossible here, so lines split and the rest waits."""
    await receive("R1", "EAST", "A", 3)
    await receive("R2", "WEST", "A", 4)
    await receive("R3", "WEST", "B", 1)
    await shop.deliver(make.accepted("ORD-1", ("A", 5), ("B", 2)))
    [reserved] = await shop.emitted(StockReserved)
    [backordered] = await shop.emitted(StockBackordered)
    assert places(reserved) == [(1, "EAST", 3), (1, "WEST", 2), (2, "WEST", 1)]
    assert not reserved.from_backorder
    assert waiting(backordered) == [(2, 1)]
    assert await levels_said(shop) == {("A", "EAST"): 0, ("A", "WEST"): 2, ("B", "WEST"): 0}
    assert await audited(shop, "ORD-1") == [(1, 5, 0, 0), (2, 1, 1, 0)]


async def test_orders_of_one_batch_see_what_the_orders_before_them_took(
    shop: Desk, make: Any, receive: Any
) -> None:
    """Ten orders of 2 on 11 pieces: five are filled, one in part, four wait whole."""
    await receive("R1", "EAST", "A", 11)
    await shop.deliver(*(make.accepted(f"ORD-{n}", ("A", 2)) for n in range(10)))
    taken = [q for e in await shop.emitted(StockReserved) for _, _, q in places(e)]
    short = [q for e in await shop.emitted(StockBackordered) for _, q in waiting(e)]
    assert (sum(taken), sum(short)) == (11, 9)
    assert (await shop.http.get("/stock/A")).json()["available"] == "0"


async def test_a_level_that_changes_often_is_said_as_it_ends(
    shop: Desk, make: Any, receive: Any
) -> None:
    """Sixty orders, a few levels at most: the last of them says what the books say."""
    await receive("R1", "EAST", "A", 100)
    await shop.deliver(*(make.accepted(f"ORD-{n}", ("A", 1)) for n in range(60)))
    async with shop.runtime.pool.acquire() as store:
        marks = [tuple(row) for row in await store.fetch("select * from audit.unsaid")]
    assert marks in ([], [("inventory.level_changed.v1", "A")])
    assert await levels_said(shop) == {("A", "EAST"): 40}
    assert len(await shop.emitted(LevelChanged)) < 30


async def test_a_receipt_releases_the_oldest_backorder_first(
    shop: Desk, make: Any, receive: Any
) -> None:
    """ORD-1 waited longer; ORD-2 gets what is left."""
    await shop.deliver(make.accepted("ORD-1", ("A", 4)))
    await shop.deliver(make.accepted("ORD-2", ("A", 4)))
    await receive("R1", "EAST", "A", 6)
    reserved = await shop.emitted(StockReserved)
    assert [(e.order_id, places(e), e.from_backorder) for e in reserved] == [
        ("ORD-1", [(1, "EAST", 4)], True),
        ("ORD-2", [(1, "EAST", 2)], True),
    ]
    [left] = (await shop.http.get("/backorders")).json()["backorders"]
    assert (left["order_id"], left["quantity"]) == ("ORD-2", "2")
    await receive("R2", "EAST", "A", 6)
    assert await audited(shop, "ORD-2") == [(1, 4, 0, 0)]


async def test_a_shipment_leaves_the_books(shop: Desk, make: Any, receive: Any) -> None:
    """On hand and reserved go down together, and the ledger says why."""
    await receive("R1", "EAST", "A", 10, source="opening")
    await shop.deliver(make.accepted("ORD-1", ("A", 4)))
    await shop.deliver(make.shipped("ORD-1", "EAST", ("A", 3)))
    assert await levels_said(shop) == {("A", "EAST"): 6}
    level = (await shop.emitted(LevelChanged))[-1]
    assert (int(level.on_hand.value), int(level.reserved.value)) == (7, 1)
    assert await audited(shop, "ORD-1") == [(1, 1, 0, 3)]


async def test_a_shipment_that_comes_before_its_reservation_waits_for_it(
    shop: Desk, make: Any, receive: Any
) -> None:
    """Two streams have no order between them: it is parked, then handled."""
    await receive("R1", "EAST", "A", 10)
    await shop.deliver(make.shipped("ORD-1", "EAST", ("A", 4)))
    assert [row["key"] for row in await shop.parked()] == ["ORD-1"]
    await shop.deliver(make.accepted("ORD-1", ("A", 4)))
    await shop.unparked()
    assert await audited(shop, "ORD-1") == [(1, 0, 0, 4)]


async def test_a_short_pick_is_written_off_and_reserved_elsewhere(
    shop: Desk, make: Any, receive: Any
) -> None:
    """Released, backordered, reserved in WEST, in this order; EAST is told to count."""
    await receive("R1", "EAST", "A", 5)
    await receive("R2", "WEST", "A", 5)
    await shop.deliver(make.accepted("ORD-1", ("A", 4)))
    await shop.deliver(make.shipped("ORD-1", "EAST", ("A", 1), short=(("A", 3),)))
    assert await said(shop, "ORD-1") == [
        "reserved", "reservation_released", "backordered", "reserved",
    ]  # fmt: skip
    again = (await shop.emitted(StockReserved))[-1]
    assert (places(again), again.from_backorder) == ([(1, "WEST", 3)], True)
    [found] = await shop.emitted(DiscrepancyFound)
    assert (int(found.expected.value), int(found.found.value)) == (4, 1)
    [adjusted] = await shop.emitted(StockAdjusted)
    assert adjusted.quantity == Quantity(Decimal(-3), "EA")
    [raised] = await shop.emitted(ExceptionRaised)
    assert (raised.code, raised.team) == ("short_pick", "warehouse")
    assert await audited(shop, "ORD-1") == [(1, 3, 0, 1)]


async def test_a_short_pick_without_other_stock_waits(shop: Desk, make: Any, receive: Any) -> None:
    """The piece left in EAST's books is not offered to the order EAST could not fill."""
    await receive("R1", "EAST", "A", 5)
    await shop.deliver(make.accepted("ORD-1", ("A", 4)))
    await shop.deliver(make.shipped("ORD-1", "EAST", short=(("A", 4),)))
    assert await audited(shop, "ORD-1") == [(1, 0, 4, 0)]
    await receive("R2", "EAST", "A", 3)
    assert await audited(shop, "ORD-1") == [(1, 4, 0, 0)]


async def test_a_failed_dispatch_frees_its_stock_and_goes_elsewhere(
    shop: Desk, make: Any, receive: Any
) -> None:
    """On hand stays: the goods never left."""
    await receive("R1", "EAST", "A", 5)
    await receive("R2", "WEST", "A", 5)
    await shop.deliver(make.accepted("ORD-1", ("A", 4)))
    await shop.deliver(make.failed(make.shipped("ORD-1", "EAST", ("A", 4)), "no carrier"))
    again = (await shop.emitted(StockReserved))[-1]
    assert (places(again), again.from_backorder) == ([(1, "WEST", 4)], True)
    assert (await shop.http.get("/stock/A")).json()["on_hand"] == "10"
    assert await audited(shop, "ORD-1") == [(1, 4, 0, 0)]


async def test_goods_lost_on_their_way_free_nothing(shop: Desk, make: Any, receive: Any) -> None:
    """They had left the books when they shipped."""
    await receive("R1", "EAST", "A", 9)
    await shop.deliver(make.accepted("ORD-1", ("A", 4)))
    shipped = make.shipped("ORD-1", "EAST", ("A", 4))
    await shop.deliver(shipped, make.failed(shipped, "the truck burned"))
    assert await shop.emitted(ReservationReleased) == []
    assert await audited(shop, "ORD-1") == [(1, 0, 0, 4)]


async def test_cancelled_lines_wait_no_more(shop: Desk, make: Any, receive: Any) -> None:
    """Order intake hears how much waited; what was not cancelled waits on."""
    await shop.deliver(make.accepted("ORD-1", ("A", 4)), make.cancelled("ORD-1", ("A", 3)))
    [applied] = await shop.emitted(CancellationApplied)
    assert (amounts(applied.dropped), applied.kept) == ([(1, 3)], ())
    await receive("R1", "EAST", "A", 9)
    assert await audited(shop, "ORD-1") == [(1, 1, 0, 0)]


async def test_what_was_reserved_before_the_cancellation_came_is_kept(
    shop: Desk, make: Any, receive: Any
) -> None:
    """A warehouse may be packing it: it ships, and order intake hears that it was too late."""
    await receive("R1", "EAST", "A", 4)
    await shop.deliver(make.accepted("ORD-1", ("A", 6)))
    await shop.deliver(make.cancelled("ORD-1", ("A", 5)))
    [applied] = await shop.emitted(CancellationApplied)
    assert (amounts(applied.dropped), amounts(applied.kept)) == ([(1, 2)], [(1, 3)])
    assert await shop.emitted(ReservationReleased) == []
    assert await audited(shop, "ORD-1") == [(1, 4, 0, 0)]
    await shop.deliver(make.shipped("ORD-1", "EAST", ("A", 4)))
    assert await shop.dead() == []


async def test_a_cancellation_of_an_order_without_stock_says_so(shop: Desk, make: Any) -> None:
    """Nothing was reserved and nothing waits: neither dropped nor kept, but answered."""
    await shop.deliver(make.cancelled("ORD-9", ("A", 5)))
    [applied] = await shop.emitted(CancellationApplied)
    assert (applied.dropped, applied.kept) == ((), ())


async def test_a_good_return_is_sold_again_and_scrap_is_not(
    shop: Desk, make: Any, receive: Any
) -> None:
    """Restocked pieces go to the one who waits."""
    await shop.deliver(make.accepted("ORD-2", ("A", 3)))
    await shop.deliver(make.inspected("restock", "scrap"))
    [received] = await shop.emitted(StockReceived)
    assert (received.source, received.quantity.value, received.reference) == (
        "return",
        2,
        "RMA-0-1",
    )
    assert await audited(shop, "ORD-2") == [(1, 2, 1, 0)]


async def test_a_warehouse_that_opens_again_serves_those_who_wait(
    shop: Desk, make: Any, receive: Any
) -> None:
    """Closed, its stock is promised to nobody."""
    await receive("R1", "EAST", "A", 5)
    await shop.deliver(make.warehouse("EAST", 0, active=False))
    await shop.deliver(make.accepted("ORD-1", ("A", 4)))
    assert await audited(shop, "ORD-1") == [(1, 0, 4, 0)]
    await shop.deliver(make.warehouse("EAST", 0))
    assert await audited(shop, "ORD-1") == [(1, 4, 0, 0)]


async def test_an_absurd_order_is_rejected_and_its_neighbours_are_not(
    shop: Desk, make: Any, receive: Any
) -> None:
    """A negative quantity is dead at once; the orders around it are reserved."""
    await receive("R1", "EAST", "A", 9)
    orders = [make.accepted(f"ORD-{n}", ("A", q)) for n, q in ((1, 2), (2, -5), (3, 2))]
    await shop.deliver(*orders)
    assert [row["key"] for row in await shop.dead()] == ["ORD-2"]
    assert {e.order_id for e in await shop.emitted(StockReserved)} == {"ORD-1", "ORD-3"}


async def test_availability_is_told_per_warehouse(shop: Desk, make: Any, receive: Any) -> None:
    """Known items with nothing are there with 0; unknown ones are absent."""
    await receive("R1", "EAST", "A", 5)
    await receive("R2", "WEST", "A", 5)
    await shop.deliver(make.accepted("ORD-1", ("A", 2)))
    answer = await shop.service.ask(AvailabilityAsked(skus=("A", "B", "NO")), deadline=5)
    assert answer is not None
    a, b = answer.items
    assert (a.sku, str(a.available.value), set(a.by_warehouse)) == ("A", "8", {"EAST", "WEST"})
    assert (b.sku, str(b.available.value)) == ("B", "0")


async def test_a_changed_stock_unit_is_put_before_the_warehouse(
    shop: Desk, make: Any, receive: Any
) -> None:
    """The stock there is still counted in the old unit."""
    await receive("R1", "EAST", "A", 5)
    await shop.deliver(make.item("A", "CA"))
    [raised] = await shop.emitted(ExceptionRaised)
    assert (raised.code, raised.context["uom_on_hand"]) == ("stock_unit_changed", "EA")
