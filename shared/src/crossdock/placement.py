"""Where a lane reads on: its position, checked against the stream as it is now.

A position is a number, and a stream that was made anew or rolled back to an older copy uses
numbers again. So the lane also knows the stream's identity, and when the stream stored the last
message that the lane handled: the `mark`. Another message there, or none, and the two have parted.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import structlog

from .broker import nanoseconds
from .database import transaction
from .errors import CrossdockError, LeaseLost
from .leases import Place
from .sql import queries

if TYPE_CHECKING:
    from .leases import Lease
    from .runtime import Runtime

SQL = queries("leases")
# How far clocks of servers may be apart; what is read twice for it, the inbox knows.
CLOCKS = timedelta(hours=1)
LOOK = 5.0
log = structlog.get_logger()


class StreamMoved(CrossdockError):
    """The stream no longer holds what this lane has to read next; skipping it is refused."""


async def place(runtime: Runtime, lease: Lease, row: Any) -> Place:
    """The place to read behind; `row` is the lane as the store has it.

    StreamMoved when what comes next is gone from the stream.
    """
    info = await runtime.jetstream.stream(lease.stream)
    if info is None:
        raise StreamMoved(f"stream {lease.stream} does not exist: run `crossdock topology`")
    known = Place(row["position"], row["stream_created"], row["mark"], row["mark_time"])
    found = await _find(runtime, lease, known, info)
    if found.created != known.created or found.position < known.mark:
        await _rewind(runtime, lease, found, begins=known.created is None)
    first = int(info["state"]["first_seq"])
    if first > found.position + 1:
        raise _gone(runtime, lease, first, found.position)
    # What lies between mark and position was passed by; reading it again finds nothing.
    start = max(found.mark, first - 1)
    return found._replace(position=start, mark=start)


def _gone(runtime: Runtime, lease: Lease, first: int, seen: int) -> StreamMoved:
    return StreamMoved(
        f"stream {lease.stream} begins at {first}, but this lane has only seen up to {seen}: what "
        "lies between is gone from the stream, and nothing is skipped. Have it made up from its "
        f"owner's outbox: `crossdock redrive --for {runtime.service_name}`"
    )


async def _find(runtime: Runtime, lease: Lease, known: Place, info: dict[str, Any]) -> Place:
    """The last place on which this lane and the stream agree."""
    created, first = str(info["created"]), int(info["state"]["first_seq"])
    if known.created is None:
        return await _begin(runtime, lease, info)
    if known.created != created:
        log.warning("stream was remade; starting it over", lane=lease.name)
        return Place(0, created, 0, known.mark_time)
    if known.mark_time == 0 or known.mark < max(first, 1):
        return known
    there = await runtime.jetstream.message(lease.stream, known.mark)
    if there is not None and there.stored == known.mark_time:
        return known
    # What the stream holds from before the mark was stored was handled; the rest is new.
    moment = datetime.fromtimestamp(known.mark_time / 1e9, UTC) - CLOCKS
    start = await runtime.jetstream.last_before(lease.stream, moment)
    log.warning("stream was rolled back; reading again", lane=lease.name, after=start)
    there = await runtime.jetstream.message(lease.stream, start) if start else None
    return Place(start, created, start, there.stored if there else known.mark_time)


async def _begin(runtime: Runtime, lease: Lease, info: dict[str, Any]) -> Place:
    """Where a lane that never ran begins: with the first event, or where it is told to."""
    created, first = str(info["created"]), int(info["state"]["first_seq"])
    before, wish = max(first - 1, 0), runtime.settings.begin_at
    if wish is not None:
        before = max(before, await runtime.jetstream.last_before(lease.stream, wish))
    there = (
        await runtime.jetstream.message(lease.stream, before) if before >= max(first, 1) else None
    )
    return Place(before, created, before, there.stored if there else _first_time(info))


def _first_time(info: dict[str, Any]) -> int:
    """When the first message was stored, in nanoseconds; now, where there is none."""
    if not info["state"]["messages"]:
        return time.time_ns()
    return nanoseconds(info["state"]["first_ts"])


async def _rewind(runtime: Runtime, lease: Lease, to: Place, *, begins: bool = False) -> None:
    async with transaction(runtime.pool) as connection:
        name, epoch = lease.name, lease.epoch
        if await connection.fetchval(SQL.rewind, name, epoch, *to) is None:
            raise LeaseLost(f"lane {name} was taken over")
        if begins:
            await connection.execute(SQL.hear_from, name, epoch, to.position)


class Guard:
    """Sees when retention or a purge overtakes a lane that lags.

    The consumer would go on with what is left, as if nothing had been there. But whatever the lane
    saw since the last look was whole if the stream still begins below where the lane stood then.
    """

    def __init__(self, runtime: Runtime, lease: Lease) -> None:
        self._runtime = runtime
        self._lease = lease
        self._sure = self._seen = Place()
        self._next = 0.0

    def begin(self, at: Place) -> None:
        """The stream was looked at just now, and is whole behind `at`."""
        self._sure = self._seen = at
        self._next = time.monotonic() + LOOK

    def passed(self, position: int, stored: int = 0) -> None:
        """The lane has come further; `stored` is when the message there was stored."""
        mark_time = stored or self._seen.mark_time
        self._seen = self._seen._replace(position=position, mark=position, mark_time=mark_time)

    async def check(self) -> None:
        """Look once in a while, as long as the lane moves; StreamMoved when a piece is gone."""
        if self._seen is not self._sure and time.monotonic() >= self._next:
            await self.look()

    async def look(self) -> None:
        """Look now."""
        info = await self._runtime.jetstream.stream(self._lease.stream)
        first = int(info["state"]["first_seq"]) if info else 0
        if first > self._sure.position + 1:
            await _rewind(self._runtime, self._lease, self._sure)
            raise _gone(self._runtime, self._lease, first, self._sure.position)
        self.begin(self._seen)
