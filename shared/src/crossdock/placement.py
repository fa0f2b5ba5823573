"""Where a lane reads on: its position, checked against the stream as it is now."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from .errors import CrossdockError, LeaseLost
from .sql import queries

if TYPE_CHECKING:
    from .database import Connection
    from .leases import Lease
    from .runtime import Runtime

SQL = queries("leases")
log = structlog.get_logger()


class StreamMoved(CrossdockError):
    """The stream no longer holds what this lane has to read next; skipping it is refused."""


async def place(
    runtime: Runtime, connection: Connection, lease: Lease, position: int, known: str | None
) -> int:
    """The position to read behind. `known` is the identity of the stream that it was taken in."""
    info = await runtime.jetstream.stream(lease.stream)
    if info is None:
        raise StreamMoved(f"stream {lease.stream} does not exist: run `crossdock topology`")
    created, state = str(info["created"]), info["state"]
    first, last = int(state["first_seq"]), int(state["last_seq"])
    if known == created and position <= last:
        if first > position + 1:
            raise StreamMoved(
                f"stream {lease.stream} begins at {first}, but this lane has only seen up "
                f"to {position}: what lies between is gone from the stream. Have its owner "
                "publish it again from its outbox; nothing is skipped meanwhile."
            )
        return position
    start = await _start(runtime, lease, known, created, first)
    if await connection.fetchval(SQL.rewind, lease.name, lease.epoch, start, created) is None:
        raise LeaseLost(f"lane {lease.name} was taken over")
    return start


async def _start(
    runtime: Runtime, lease: Lease, known: str | None, created: str, first: int
) -> int:
    """Where to begin a stream that is new here, was remade, or has lost its latest messages."""
    if known is None:
        return max(first - 1, 0)
    if known != created:
        log.warning("stream was remade; starting it over", lane=lease.name)
        return 0
    # What it lost is published again, perhaps already. What is older than that was handled, and
    # the inbox does not remember it for ever: so back no further than the inbox reaches.
    since = datetime.now(UTC) - timedelta(days=runtime.settings.keep_days) / 2
    start = await runtime.jetstream.last_before(lease.stream, since)
    log.warning("stream was rolled back; reading again", lane=lease.name, after=start)
    return start
