"""Where a lane reads on: its position, checked against the stream as it is now.

A position is a number, and a stream that was made anew or rolled back to an older copy uses numbers
again. So the lane also knows the stream's identity, and when the stream stored the last message that
the lane handled: the `mark`. Another message there, or none, and the two have parted ways.
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
log = structlog.get_logger()


class StreamMoved(CrossdockError):
    """The stream no longer holds what this lane has to read next; skipping it is refused."""


async def place(runtime: Runtime, lease: Lease, row: Any) -> int:
    """The position to read behind; `row` is the lane as the store has it.

    StreamMoved when what comes next is gone from the stream.
    """
    info = await runtime.jetstream.stream(lease.stream)
    if info is None:
        raise StreamMoved(f"stream {lease.stream} does not exist: run `crossdock topology`")
    known = Place(row["position"], row["stream_created"], row["mark"], row["mark_time"])
    found = await _find(runtime, lease, known, info)
    if found.created != known.created or found.position < known.mark:
        await _rewind(runtime, lease, found)
    first = int(info["state"]["first_seq"])
    if first > max(found.position, found.mark) + 1:
        raise StreamMoved(
            f"stream {lease.stream} begins at {first}, but this lane has only seen up to "
            f"{found.position}: what lies between is gone from the stream, and nothing is skipped. "
            "Have it made up from its owner's outbox: "
            f"`crossdock redrive --for {runtime.service_name}`"
        )
    # What lies between mark and position was passed by; reading it again finds nothing.
    return max(found.mark, first - 1)


async def _find(runtime: Runtime, lease: Lease, known: Place, info: dict[str, Any]) -> Place:
    """The last place on which this lane and the stream agree."""
    created, first = str(info["created"]), int(info["state"]["first_seq"])
    if known.created is None:
        before = max(first - 1, 0)
        return Place(before, created, before, _first_time(info))
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


def _first_time(info: dict[str, Any]) -> int:
    """When the first message was stored, in nanoseconds; now, where there is none."""
    if not info["state"]["messages"]:
        return time.time_ns()
    return nanoseconds(info["state"]["first_ts"])


async def _rewind(runtime: Runtime, lease: Lease, to: Place) -> None:
    async with transaction(runtime.pool) as connection:
        name, epoch = lease.name, lease.epoch
        if await connection.fetchval(SQL.rewind, name, epoch, *to) is None:
            raise LeaseLost(f"lane {name} was taken over")
