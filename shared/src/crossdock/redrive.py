"""After a broker disaster: what the outbox says is published, and the stream does not hold.

The outbox is the record. What is missing in a stream is published again, in order and with the same
ids, before anything new; whoever had it already, knows it by its inbox.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from crossdock_contracts import EventName

from .broker import JetStream
from .errors import CrossdockError
from .publisher import Mark, Publisher
from .sql import queries
from .streams import read_stream

if TYPE_CHECKING:
    from .database import Connection

SQL = queries("redrive")
PAGE = 1000
Connect = Callable[[], AbstractAsyncContextManager["Connection"]]


class StreamGone(CrossdockError):
    """The stream itself is not there: it has to be laid before anything is published into it."""


class Row(NamedTuple):
    """A published outbox row."""

    id: int
    event_id: Any
    stream: str
    created_at: datetime


class Gap(NamedTuple):
    """What one outbox and its streams were found to be."""

    compared: int
    missing: Sequence[Row]

    def by_stream(self) -> dict[str, int]:
        """How many are missing in each stream."""
        found: dict[str, int] = {}
        for row in self.missing:
            found[row.stream] = found.get(row.stream, 0) + 1
        return found


async def moved_streams(js: JetStream, marks: dict[str, Mark]) -> list[str]:
    """The streams that do not hold any more what they acknowledged last."""

    async def moved(stream: str, mark: Mark) -> bool:
        info = await js.stream(stream)
        if info is None:
            raise StreamGone(f"stream {stream} does not exist: run `crossdock topology`")
        if mark.sequence < int(info["state"]["first_seq"]):
            return False  # expired, as far as anybody can tell
        there = await js.message(stream, mark.sequence)
        return there is None or there.id != mark.event_id

    answers = await asyncio.gather(*(moved(*item) for item in marks.items()))
    return [stream for stream, answer in zip(marks, answers, strict=True) if answer]


async def compare(connection: Connection, js: JetStream, streams: Sequence[str]) -> Gap:
    """What was published into some streams and is missing there, though it is young enough."""
    since = await connection.fetchval(SQL.since)
    found = await connection.fetch(SQL.published, since, list(streams))
    rows = [
        Row(r["id"], r["event_id"], EventName.parse(r["type"]).stream, r["created_at"])
        for r in found
    ]
    wanted = {row.stream for row in rows}
    there = {stream: await _there(js, stream) for stream in sorted(wanted)}
    missing = [
        row
        for row in rows
        if row.event_id not in there[row.stream].ids and row.created_at > there[row.stream].since
    ]
    return Gap(len(rows), missing)


class _There(NamedTuple):
    ids: set[Any]
    since: datetime


async def _there(js: JetStream, stream: str) -> _There:
    """The ids that a stream holds, and since when it has to hold everything."""
    info = await js.stream(stream)
    if info is None:
        raise StreamGone(f"stream {stream} does not exist: run `crossdock topology`")
    age = timedelta(microseconds=int(info["config"].get("max_age", 0)) / 1000)
    since = datetime.now(UTC) - age if age else datetime.fromtimestamp(0, UTC)
    return _There({message.id for message in await read_stream(js, stream)}, since)


async def republish(
    connect: Connect,
    publisher: Publisher,
    missing: Sequence[Row],
    *,
    rate: float = 0,
    hold: Callable[[], Awaitable[None]] | None = None,
    tell: Callable[[int], None] = lambda count: None,
) -> None:
    """Publish rows in order, at most `rate` a second; `hold` fails when the fence is lost.

    A stream that was purged still refuses the ids it had a moment ago: `publisher.salt` helps.
    """
    for page in _pages(missing, int(rate)):
        started = time.monotonic()
        if hold:
            await hold()
        oldest = min(row.created_at for row in page)
        async with connect() as connection:
            rows = await connection.fetch(SQL.rows, [row.id for row in page], oldest)
        await publisher.publish(list(rows))
        tell(len(page))
        if rate:
            await asyncio.sleep(max(0.0, len(page) / rate - (time.monotonic() - started)))


def _pages(rows: Sequence[Row], rate: int) -> Iterator[Sequence[Row]]:
    size = min(PAGE, max(1, rate // 4)) if rate else PAGE
    for start in range(0, len(rows), size):
        yield rows[start : start + size]
