"""The outbox as the relay reads it: forward, in batches, with the gaps of open transactions."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

import msgspec

from crossdock_contracts import subject_token

from .errors import LeaseLost
from .sql import queries

if TYPE_CHECKING:
    from .database import Connection
    from .publisher import Mark

SQL = queries("outbox")
# What a CloudEvents attribute may have in a header as it is.
VISIBLE = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) not in '"%')
PLAIN = re.compile(f"[{re.escape(VISIBLE)}]*")
GAPS_AT_MOST = 20_000
# The horizon of a gap that is noticed now: the transaction that will save it. The edges of the
# snapshot that shows the gap are no horizon: what is still open may have drawn a higher number.
NEW = 0


class Page(NamedTuple):
    """Rows to publish, and the cursor to save once they are: row numbers that are missing, each
    with the transaction before which all have ended once it is known to be empty, or NEW.
    """

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
    below = found[0]["below"]
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
        still[number] = NEW
    return Page(rows, max(last, position), still)


async def move_cursor(
    connection: Connection,
    lease: str,
    epoch: int,
    page: Page,
    lease_time: timedelta,
    marks: dict[str, Mark] | None = None,
) -> dict[int, int]:
    """Save what is published, and return the gaps with their horizons.

    LeaseLost when another replica is the relay now.
    """
    horizons = await connection.fetchval(
        SQL.move_cursor,
        lease,
        epoch,
        page.position,
        list(page.gaps),
        list(page.gaps.values()),
        lease_time,
        msgspec.json.encode(marks or {}).decode(),
    )
    if horizons is None:
        raise LeaseLost("the relay was taken over by another replica")
    return dict(zip(page.gaps, horizons, strict=True))


def subject_of(row: Any) -> str:
    """The subject an outbox row is published on: its literal and its key."""
    return f"{row['type']}.{subject_token(row['key'])}"


def headers_of(row: Any, service: str, salt: str = "") -> bytes:
    """CloudEvents 1.0 in binary mode with what JetStream and traces need, as it goes on the wire.

    Built in one piece: header by header it cost more than the rest of a publish. With a `salt` the
    stream takes what it remembers to have had, and has lost; for consumers it is the same event.
    """
    event_id, causation, state = row["event_id"], row["causation_id"], row["tracestate"]
    text = (
        f"NATS/1.0\r\nNats-Msg-Id: {event_id}{salt}\r\nce-specversion: 1.0\r\nce-id: {event_id}\r\n"
        f"ce-type: {row['type']}\r\nce-source: {service}\r\n"
        f"ce-time: {row['occurred_at'].isoformat()}\r\nce-subject: {encoded(row['key'])}\r\n"
        f"content-type: application/json\r\ncorrelation_id: {row['correlation_id']}\r\n"
        f"traceparent: {row['traceparent']}\r\n"
    )
    if causation is not None:
        text += f"causation_id: {causation}\r\n"
    if state:
        text += f"tracestate: {one_line(state)}\r\n"
    return f"{text}\r\n".encode()


def encoded(value: str) -> str:
    """An attribute as CloudEvents has it in a header: all but plain, visible ASCII as %XX."""
    return value if PLAIN.fullmatch(value) else quote(value, safe=VISIBLE)


def one_line(value: str) -> str:
    """A header's value: whatever would end its line becomes a space."""
    return value if value.isprintable() else " ".join(value.splitlines())
