"""Trying again: the parked messages of one lane, in the order of their keys."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import structlog

from . import parked
from .database import transaction
from .dispatch import Dispatcher
from .errors import LeaseLost, Outage
from .inbox import hold
from .leases import Lease
from .message import Message
from .telemetry import Trace
from .tx import Tx

if TYPE_CHECKING:
    from .database import Connection
    from .runtime import Runtime

log = structlog.get_logger()
HEADS = 100
LOOK = 5.0


class Retries:
    """What is parked in one lane, and when some of it is due."""

    def __init__(self, lease: Lease, runtime: Runtime, dispatch: Dispatcher) -> None:
        self._lease = lease
        self._runtime = runtime
        self._dispatch = dispatch
        self._lease_time = timedelta(seconds=runtime.settings.lease_seconds)
        self._at = 0.0

    @property
    def wait(self) -> float:
        """Seconds until some message may be tried; 0 when it may be now."""
        return max(0.0, self._at - time.monotonic())

    def hurry(self, after: float = 0.0) -> None:
        """Look again after so many seconds at the latest."""
        self._at = min(self._at, time.monotonic() + after)

    async def keys(self, connection: Connection) -> set[str]:
        """The keys of which something is parked here."""
        rows = await connection.fetch(parked.SQL.keys_of, *self._place())
        return {row["key"] for row in rows}

    async def run(self) -> set[str]:
        """Try the first message of each key that is due; the keys of what is parked then.

        The next message of a key follows in the next run, which is due at once.
        """
        async with transaction(self._runtime.pool) as connection:
            paused = await self._paused(connection)
            heads = await connection.fetch(parked.SQL.due_heads, *self._place(), paused, HEADS)
        await self._try_fresh([row for row in heads if row["attempts"] == 0])
        for row in heads:
            if row["attempts"]:
                await self._try(row)
        async with transaction(self._runtime.pool) as connection:
            keys = await self.keys(connection)
            wait = await connection.fetchval(parked.SQL.next_due, *self._place(), paused)
        # Only dead heads left: a person who frees one rings the bell; the look is a safety net.
        self._at = time.monotonic() + (LOOK if wait is None else max(0.0, min(wait, LOOK)))
        return keys

    def _place(self) -> tuple[str, list[int]]:
        return self._lease.stream, list(self._lease.partitions)

    async def _paused(self, connection: Connection) -> list[str]:
        """The types parked here whose handlers are paused."""
        if not self._runtime.pauses.handlers:
            return []
        rows = await connection.fetch(parked.SQL.types_of, *self._place())
        return [row["type"] for row in rows if self._dispatch.is_paused(row["type"])]

    async def _try_fresh(self, rows: list[Any]) -> None:
        """Messages never tried before go together; where one fails, each goes alone."""
        if len(rows) > 1:
            try:
                await self._handle(rows)
            except (LeaseLost, Outage):
                raise
            except Exception as error:
                log.info("one by one", error=f"{type(error).__name__}: {error}", size=len(rows))
            else:
                return
        for row in rows:
            await self._try(row)

    async def _try(self, row: Any) -> None:
        try:
            await self._handle([row])
        except (LeaseLost, Outage):
            raise
        except Exception as error:
            await self._postpone(row, error)

    async def _handle(self, rows: list[Any]) -> None:
        """Take rows out and handle them, in one transaction."""
        async with self._runtime.transaction(Trace.new()) as (tx, connection):
            await hold(connection, self._lease.name, self._lease.epoch, self._lease_time)
            found = await connection.fetch(parked.SQL.unpark, [row["nth"] for row in rows])
            messages = [parked.message_of(row) for row in sorted(found, key=lambda r: r["nth"])]
            await self._dispatch.all(messages, tx)
        self._runtime.metrics.handled.labels(self._lease.name, "retried").inc(len(messages))
        for message in messages:
            self._runtime.handled(message)

    async def _postpone(self, row: Any, error: Exception) -> None:
        message, attempts = parked.message_of(row), row["attempts"] + 1
        fate = parked.decide(error, attempts, self._runtime.settings.max_attempts)
        changed = [row["nth"], row["edition"], fate.state, fate.reason, fate.error, fate.after]
        async with self._runtime.transaction(Trace.new()) as (tx, connection):
            await hold(connection, self._lease.name, self._lease.epoch, self._lease_time)
            if await connection.fetchval(parked.SQL.postpone, *changed) is not None:
                announce(tx, message, fate, error, attempts, self._dispatch.handler_name(message))


def announce(
    tx: Tx, message: Message, fate: parked.Fate, error: Exception, attempts: int, handler: str
) -> None:
    """Log that a message is parked or dead; what is dead is put before a team."""
    log.warning(
        "message parked" if fate.state == "waiting" else "message dead",
        type=message.type,
        key=message.key,
        trace_id=Trace.read(message.traceparent).trace_id,
        reason=fate.reason,
        error=fate.error,
        attempts=attempts,
    )
    if fate.state == "dead":
        tx.turn_to(message, Trace.read(message.traceparent).child())
        parked.tell(tx, message, fate, error, attempts, handler)
