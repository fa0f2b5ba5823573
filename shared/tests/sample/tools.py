"""What several test files need: events for the sample, what it noted, a look until it is so."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from crossdock_contracts import Money, Quantity, Reason
from crossdock_contracts.orders import OrderCancelled, OrderCompleted, OrderPlaced, RequestedLine

AT = datetime(2026, 1, 2, tzinfo=UTC)
NOWHERE = "nats://127.0.0.1:1"


def cancelled(order: int, text: str = "plain", code: str = "test") -> OrderCancelled:
    """An event that the sample hears; `text` tells it how to behave."""
    return OrderCancelled(
        order_id=f"ORD-{order}",
        cancelled_at=AT,
        cancelled_by="test",
        reason=Reason(code=code, text=text),
        lines=(),
    )


def completed(order: int) -> OrderCompleted:
    """An event for which the sample looks up its order's notes."""
    zero = Money(Decimal(0), "EUR")
    return OrderCompleted(order_id=f"ORD-{order}", completed_at=AT, invoiced=zero)


def placed(order: int, *calls: str) -> OrderPlaced:
    """An event that makes the sample ask for an errand per text."""
    return OrderPlaced(
        order_id=f"ORD-{order}",
        channel="api",
        customer_id="C1",
        placed_at=AT,
        currency="EUR",
        lines=tuple(
            RequestedLine(line_no=n, item=text, quantity=Quantity(Decimal(1), "EA"))
            for n, text in enumerate(calls, 1)
        ),
    )


async def heard(desk: Any) -> list[tuple[str, str]]:
    """What the sample noted, in order."""
    rows = await query(desk, "select order_id, text from heard order by nth")
    return [(row["order_id"], row["text"]) for row in rows]


async def query(desk: Any, sql: str, *args: Any) -> list[Any]:
    """Rows of a statement, outside of what the service does."""
    async with desk.runtime.pool.acquire() as connection:
        return list(await connection.fetch(sql, *args))


async def until(look: Callable[[], Awaitable[Any]], seconds: float = 60) -> Any:
    """Look until it is so, and give what was seen; TimeoutError when it never is."""
    async with asyncio.timeout(seconds):
        while not (seen := await look()):
            await asyncio.sleep(0.01)
    return seen
