"""A lane: one stream and a set of partitions, handled in order, a whole batch per transaction."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import structlog

from . import parked
from .broker import OUTAGES
from .database import CONFLICTS, transaction
from .dispatch import Dispatcher
from .errors import LeaseLost, Outage
from .inbox import enter, hold
from .leases import Lease
from .message import Message
from .placement import StreamMoved, place
from .reader import Broken, Reader
from .sql import queries
from .telemetry import Trace
from .tx import Tx

if TYPE_CHECKING:
    from .runtime import Runtime

log = structlog.get_logger()
LEASES = queries("leases")
IDLE = 5.0
REOPEN = 0.05
STUCK = 3
CONFLICT_RETRIES = 3


class Lane:
    """Reads, handles and parks the messages of one lease until the lease or the service ends."""

    def __init__(self, lease: Lease, runtime: Runtime, subjects: list[str]) -> None:
        self.lease = lease
        self.position = lease.position
        self._runtime = runtime
        self._dispatch = Dispatcher(runtime)
        self._subjects = subjects
        self._lease_time = timedelta(seconds=runtime.settings.lease_seconds)
        self._reader = Reader(runtime.jetstream, lease.stream, subjects)
        self._parked_keys: set[str] = set()
        self._retry_at = 0.0
        self._failures = 0
        self._troubled = False
        self._stopping = False
        self._log = log.bind(lane=lease.name)

    def distrust(self) -> None:
        """The connection was new: what the reader had open is gone."""
        self._reader.distrust("reconnected")

    def stop(self) -> None:
        """Finish the batch at hand, then end."""
        self._stopping = True
        self._reader.distrust("stopping")

    async def run(self) -> None:
        """Work until stopped or until the lease is lost; outages are waited out."""
        while not self._stopping:
            try:
                await self._open()
                await self._pump()
            except LeaseLost as lost:
                self._log.warning("lane lost", why=str(lost))
                break
            except Broken as broken:
                self._log.debug("reading again", why=str(broken))
                await asyncio.sleep(0 if self._stopping else REOPEN)
            except Exception as error:
                # Whatever it is, a lane does not die of it: it waits, and reads its position anew.
                await self._wait_out(error)
        await self._close()

    async def _wait_out(self, error: BaseException) -> None:
        self._failures += 1
        text = f"{type(error).__name__}: {error}"
        self._log.warning("lane waits", error=text, failures=self._failures)
        if isinstance(error, StreamMoved):
            await self._say_trouble(str(error))
        elif self._failures >= STUCK and not isinstance(error, (Outage, *OUTAGES)):
            await self._say_trouble(text)
        await asyncio.sleep(min(parked.back_off(self._failures), 2.0))

    async def _say_trouble(self, text: str | None) -> None:
        """Tell people why this lane does not move; None when it does again."""
        try:
            async with transaction(self._runtime.pool) as connection:
                name, epoch = self.lease.name, self.lease.epoch
                await connection.execute(LEASES.set_trouble, name, epoch, text)
            self._troubled = text is not None
        except Outage as outage:
            self._log.warning("trouble not noted", why=str(outage))

    async def _close(self) -> None:
        try:
            await self._reader.close()
        except OUTAGES:
            self._log.debug("closed without the broker")

    # Where to read from

    async def _open(self) -> None:
        """Take the position from the store, check the stream against it, and read."""
        async with transaction(self._runtime.pool) as connection:
            rows = await connection.fetch(LEASES.lanes_of, self.lease.stream)
            partitions = list(self.lease.partitions)
            parked_keys = await connection.fetch(parked.SQL.keys_of, self.lease.stream, partitions)
        mine = next((row for row in rows if row["name"] == self.lease.name), None)
        if mine is None or mine["epoch"] != self.lease.epoch:
            raise LeaseLost(f"lane {self.lease.name} is divided anew or taken over")
        self._troubled = mine["trouble"] is not None
        self._parked_keys = {row["key"] for row in parked_keys}
        self._retry_at = 0.0
        # Without a connection of the pool: an absent broker must not use them up.
        self.position = await place(
            self._runtime, self.lease, mine["position"], mine["stream_created"]
        )
        await self._reader.open(self.position)

    # Handling

    async def _pump(self) -> None:
        while not self._stopping:
            batch = await self._reader.take(self._runtime.settings.batch_limit, self._patience())
            if batch:
                await self._handle(batch)
            else:
                await self._pass()
            self._failures = 0
            self._runtime.metrics.lag.labels(self.lease.name).set(self._reader.pending)
            if self._parked_keys and time.monotonic() >= self._retry_at:
                await self._retry_parked()

    async def _pass(self) -> None:
        """Nothing came: what lies below is not for this lane, and retention may take it."""
        if self._troubled:
            await self._say_trouble(None)
        passed = self._reader.passed
        if passed <= self.position:
            return
        async with transaction(self._runtime.pool) as connection:
            name, epoch = self.lease.name, self.lease.epoch
            if await connection.fetchval(LEASES.pass_by, name, epoch, passed) is None:
                raise LeaseLost(f"lane {name} was taken over")
        self.position = passed

    def _patience(self) -> float:
        if not self._parked_keys:
            return IDLE
        return max(0.001, min(self._retry_at - time.monotonic(), IDLE))

    async def _handle(self, batch: list[Message]) -> None:
        """All together; after a failure one by one, so that a poison message is alone with it."""
        for _ in range(CONFLICT_RETRIES):
            try:
                await self._together(batch)
                return
            except CONFLICTS as conflict:
                self._log.info("batch met another lane's locks; again", conflict=str(conflict))
            except (LeaseLost, Outage):
                raise
            except Exception as error:
                self._log.info(
                    "one by one", error=f"{type(error).__name__}: {error}", size=len(batch)
                )
                break
        for message in batch:
            await self._alone(message)

    async def _together(self, batch: list[Message]) -> None:
        started = time.perf_counter()
        behind: set[str] = set()
        async with self._transaction() as (tx, connection):
            fresh = await enter(
                connection, self.lease.name, self.lease.epoch, self._lease_time, batch
            )
            ready = [m for m in fresh if m.key not in self._parked_keys]
            for message in fresh:
                if message.key in self._parked_keys:
                    await parked.park(connection, message, parked.BEHIND, 0)
                    behind.add(message.key)
            await self._dispatch.all(ready, tx)
        self._moved(batch, "handled")
        self._runtime.metrics.batch.observe(len(batch))
        self._runtime.metrics.batch_seconds.observe(time.perf_counter() - started)

    async def _alone(self, message: Message) -> None:
        """One message in its own transaction; if it fails, it is parked in another."""
        try:
            await self._together([message])
        except (LeaseLost, Outage):
            raise
        except Exception as error:
            await self._park(message, error)

    async def _park(self, message: Message, error: Exception) -> None:
        fate = parked.decide(error, 1, self._runtime.settings.max_attempts)
        async with self._transaction() as (tx, connection):
            lane = self.lease
            fresh = await enter(connection, lane.name, lane.epoch, self._lease_time, [message])
            if fresh:
                await parked.park(connection, message, fate, 1)
                self._announce(tx, message, fate, error, 1)
        self._parked_keys.add(message.key)
        self._retry_at = min(self._retry_at, time.monotonic() + fate.after.total_seconds())
        self._moved([message], fate.state)

    def _announce(
        self, tx: Tx, message: Message, fate: parked.Fate, error: Exception, attempts: int
    ) -> None:
        name = self._dispatch.handler_name(message)
        self._log.warning(
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
            parked.tell(tx, message, fate, error, attempts, name)

    def _moved(self, batch: list[Message], fate: str) -> None:
        self.position = batch[-1].sequence
        self._runtime.metrics.handled.labels(self.lease.name, fate).inc(len(batch))
        for message in batch:
            self._runtime.handled(message)

    # Trying again

    async def _retry_parked(self) -> None:
        """Try the first message of each key that is due; the next of a key follows at once."""
        stream, partitions = self.lease.stream, list(self.lease.partitions)
        async with transaction(self._runtime.pool) as connection:
            heads = await connection.fetch(parked.SQL.due_heads, stream, partitions, 100)
        for row in heads:
            await self._retry(parked.message_of(row), row["attempts"] + 1)
        async with transaction(self._runtime.pool) as connection:
            rows = await connection.fetch(parked.SQL.keys_of, stream, partitions)
            self._parked_keys = {row["key"] for row in rows}
            wait = await connection.fetchval(parked.SQL.next_due, stream, partitions)
        # Only dead heads left: a person may free them at any time, so look once a second.
        self._retry_at = time.monotonic() + (1.0 if wait is None else max(0.0, min(wait, 1.0)))

    async def _retry(self, message: Message, attempts: int) -> None:
        try:
            async with self._transaction() as (tx, connection):
                await hold(connection, self.lease.name, self.lease.epoch, self._lease_time)
                if await connection.fetchval(parked.SQL.unpark, message.stream, message.sequence):
                    await self._dispatch.all([message], tx)
        except (LeaseLost, Outage):
            raise
        except Exception as error:
            await self._postpone(message, error, attempts)
        else:
            self._runtime.metrics.handled.labels(self.lease.name, "retried").inc()
            self._runtime.handled(message)

    async def _postpone(self, message: Message, error: Exception, attempts: int) -> None:
        fate = parked.decide(error, attempts, self._runtime.settings.max_attempts)
        async with self._transaction() as (tx, connection):
            await hold(connection, self.lease.name, self.lease.epoch, self._lease_time)
            await connection.execute(
                parked.SQL.postpone,
                message.stream,
                message.sequence,
                fate.state,
                fate.reason,
                fate.error,
                fate.after,
            )
            self._announce(tx, message, fate, error, attempts)

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[tuple[Tx, Any]]:
        """One transaction of this lane; the relay hears of its events after the commit."""
        async with self._runtime.transaction(Trace.new()) as (tx, connection):
            yield tx, connection


def subjects_of(heard: dict[str, set[str]], noun: str, partitions: list[int]) -> list[str]:
    """The stored subjects of a lane: each verb it hears, in every version, per partition."""
    verbs = sorted(heard.get(noun, set()) | heard.get("*", set()))
    return [f"{noun}.{verb}.*.{number}" for verb in verbs for number in partitions]
