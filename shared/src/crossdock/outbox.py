"""The outbox as the relay reads it: forward, in batches, with the gaps of open transactions."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from crossdock_contracts import subject_token

from .errors import LeaseLost
from .sql import queries

if TYPE_CHECKING:
    from .database import Connection

SQL = queries("outbox")
GAPS_AT_MOST = 20_000


class Page(NamedTuple):
    """Rows to publish, and the cursor to save once they are."""

    rows: list[Any]
    position: int
    gaps: dict[int, int]


async def next_page(
    connection: Connection, position: int, gaps: dict[int, int], limit: int
) -> Page:
    """Read on behind the cursor. A row number that is missing belongs to a transaction still open,
    or to one that was rolled back: it is remembered until every transaction that ran when it was
    noticed has ended. So no row is skipped, and a long transaction stalls nobody.
    """
    found = await connection.fetch(SQL.next_rows, position, limit, list(gaps))
    below, above = found[0]["below"], found[0]["above"]
    rows = [row for row in found if row["id"] is not None]
    seen = {row["id"] for row in rows}
    still = {gap: horizon for gap, horizon in gaps.items() if gap not in seen and horizon > below}
    last = max(seen, default=position)
    for number in range(position + 1, last + 1):
        if number in seen:
            continue
        if len(still) >= GAPS_AT_MOST:
            # Too much to remember: go no further until some of these transactions have ended.
            last = number - 1
            rows = [row for row in rows if row["id"] <= last]
            break
        still[number] = above
    return Page(rows, max(last, position), still)


async def move_cursor(
    connection: Connection, lease: str, epoch: int, page: Page, lease_time: timedelta
) -> None:
    """Save what is published; LeaseLost when another replica is the relay now."""
    moved = await connection.fetchval(
        SQL.move_cursor,
        lease,
        epoch,
        page.position,
        list(page.gaps),
        list(page.gaps.values()),
        lease_time,
    )
    if moved is None:
        raise LeaseLost("the relay was taken over by another replica")


def subject_of(row: Any) -> str:
    """The subject an outbox row is published on: its literal and its key."""
    return f"{row['type']}.{subject_token(row['key'])}"


def headers_of(row: Any, service: str) -> dict[str, str]:
    """CloudEvents 1.0 in binary mode, with what JetStream and traces need."""
    event_id = str(row["event_id"])
    headers = {
        "Nats-Msg-Id": event_id,
        "ce-specversion": "1.0",
        "ce-id": event_id,
        "ce-type": row["type"],
        "ce-source": service,
        "ce-time": row["occurred_at"].isoformat(),
        "ce-subject": row["key"],
        "content-type": "application/json",
        "correlation_id": str(row["correlation_id"]),
        "traceparent": row["traceparent"],
    }
    if row["causation_id"] is not None:
        headers["causation_id"] = str(row["causation_id"])
    if row["tracestate"]:
        headers["tracestate"] = row["tracestate"]
    return headers
