"""An order that wants more: reserved like new, and nobody's place in the queue is lost."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from crossdock.testing import Desk
from crossdock_contracts import Money
from crossdock_contracts.inventory import StockBackordered, StockReserved
from crossdock_contracts.orders import OrderChanged

Receive = Callable[..., Awaitable[Any]]


def changed(make: Any, order_id: str, *added: tuple[str, int]) -> OrderChanged:
    """So much of line 1, 2, ... is wanted in addition."""
    return OrderChanged(
        order_id=order_id, changed_at=datetime(2026, 3, 1, tzinfo=UTC), changed_by="ACME",
        lines=(), total=Money.zero("USD"), added=make.lines(*added),
    )  # fmt: skip


async def test_what_is_added_is_reserved_or_waits_with_the_rest(
    shop: Desk, make: Any, receive: Receive
) -> None:
    """Four ordered of three, three more wanted, and a new line: five come, and two still wait."""
    await receive("R1", "EAST", "A", 3)
    await receive("R2", "EAST", "B", 9)
    await shop.deliver(make.accepted("ORD-1", ("A", 4)))
    await shop.deliver(make.accepted("ORD-2", ("A", 1)))
    more = changed(make, "ORD-1", ("A", 3), ("B", 2))
    await shop.deliver(more, changed(make, "ORD-1"))
    reserved = await shop.emitted(StockReserved)
    assert [(a.line_no, int(a.quantity.value)) for e in reserved for a in e.allocations] == [
        (1, 3),
        (2, 2),
    ]
    waits = [e for e in await shop.emitted(StockBackordered) if e.order_id == "ORD-1"]
    assert [int(line.quantity.value) for e in waits for line in e.lines] == [1, 3]
    await receive("R3", "MID", "A", 3)
    async with shop.begin() as tx:
        rows = await tx.fetch("select order_id, quantity from backorders order by sequence")
    assert [(row["order_id"], int(row["quantity"])) for row in rows] == [("ORD-1", 1), ("ORD-2", 1)]
