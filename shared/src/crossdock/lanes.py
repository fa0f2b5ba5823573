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
from .inbox import enter
from .leases import Lease
from .message import Message
from .placement import Guard, StreamMoved, place
from .reader import Broken, Reader
from .retries import Retries, announce
from .sql import queries
from .telemetry import Trace
from .tx import Tx

if TYPE_CHECKING:
    from .database import Connection
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
        self.dispatch = Dispatcher(runtime)
        self._subjects = subjects
        self._lease_time = timedelta(seconds=runtime.settings.lease_seconds)
        self._reader = Reader(runtime.jetstream, lease.stream, subjects)
        self._retries = Retries(lease, runtime, self.dispatch)
        self._guard = Guard(runtime, lease)
        self._convoy = runtime.convoy(lease.name)
        self._parked_keys: set[str] = set()
        self._nudged = asyncio.Event()
        self._failures = 0
        self._troubled = False
        self._stopping = False
        self._log = log.bind(lane=lease.name)

    def distrust(self) -> None:
        """The connection was new: what the reader had open is gone, and what failed may go now."""
        self._reader.distrust("reconnected")
        self._failures = 0
        self._nudged.set()

    def nudge(self) -> None:
        """A person has changed something here: look at once."""
        self._retries.hurry()
        self._nudged.set()
        self._reader.wake()

    def stop(self) -> None:
        """Finish the batch at hand, then end."""
        self._stopping = True
        self._nudged.set()
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
        await self._rest(min(parked.back_off(self._failures), 2.0))

    async def _rest(self, seconds: float) -> None:
        """Sleep, unless a person or the end comes."""
        try:
            async with asyncio.timeout(0 if self._stopping else seconds):
                await self._nudged.wait()
        except TimeoutError:
            return
        finally:
            self._nudged.clear()

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
            self._parked_keys = await self._retries.keys(connection)
        mine = next((row for row in rows if row["name"] == self.lease.name), None)
        if mine is None or mine["epoch"] != self.lease.epoch:
            raise LeaseLost(f"lane {self.lease.name} is divided anew or taken over")
        self._troubled = mine["trouble"] is not None
        self._retries.hurry()
        if self._parked_keys:
            # Even where the stream does not let it read on, a lane can try what it has.
            self._parked_keys = await self._retries.run()
        # Without a connection of the pool: an absent broker must not use them up.
        found = await place(self._runtime, self.lease, mine)
        self.position = found.position
        self._guard.begin(found)
        await self._reader.open(found.position)

    # Handling

    async def _pump(self) -> None:
        while not self._stopping:
            batch = await self._reader.take(self._runtime.settings.batch_limit, self._patience())
            await self._guard.check()
            if batch:
                await self._handle_up_to_pause(batch)
            else:
                await self._pass()
            self._failures = 0
            self._runtime.metrics.lag.labels(self.lease.name).set(self._reader.pending)
            await self._retry()

    async def _retry(self) -> None:
        if self._parked_keys and not self._retries.wait:
            self._parked_keys = await self._retries.run()

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
        self._guard.passed(passed)
        await self._guard.look()

    def _patience(self) -> float:
        if not self._parked_keys:
            return IDLE
        return max(0.001, min(self._retries.wait, IDLE))

    async def _handle_up_to_pause(self, batch: list[Message]) -> None:
        """Stop before the first message whose handler is paused.

        Parking what it would get keeps the neighbours going, but a pause of an hour would fill the
        store with it, and every key in it would be held back; so the lane stands still.
        """
        free = None
        if self._runtime.pauses.handlers:
            free = next((n for n, m in enumerate(batch) if self.dispatch.is_paused(m.type)), None)
        if free != 0:
            await self._handle(batch[:free])
        if free is None:
            return
        self._log.info("stands before a paused handler", type=batch[free].type)
        await self._reader.close()
        while self.dispatch.is_paused(batch[free].type) and not self._stopping:
            await self._retry()
            await self._rest(self._patience())
        raise Broken("the handler is not paused any more")

    async def _handle(self, batch: list[Message]) -> None:
        """All together; after a failure one by one, so that a poison message is alone with it."""
        if await self._convoy.carry(self, batch):
            return
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
        async with self._transaction() as (tx, connection):
            await self.dispatch.all(await self.enter(connection, batch), tx)
        self.moved(batch, "handled", time.perf_counter() - started)

    async def enter(self, connection: Connection, batch: list[Message]) -> list[Message]:
        """Take a batch in, and give what is to be handled: what is new and behind nothing parked.

        LeaseLost when the lane is another replica's.
        """
        lane = self.lease
        fresh = await enter(connection, lane.name, lane.epoch, self._lease_time, batch)
        for message in fresh:
            if message.key in self._parked_keys:
                await parked.park(connection, message, parked.BEHIND, 0)
        return [message for message in fresh if message.key not in self._parked_keys]

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
                name = self.dispatch.handler_name(message)
                announce(tx, message, fate, error, 1, name)
        self._parked_keys.add(message.key)
        self._retries.hurry(fate.after.total_seconds())
        self.moved([message], fate.state)

    def moved(self, batch: list[Message], fate: str, seconds: float | None = None) -> None:
        """The batch is committed, in a transaction of so many seconds."""
        self.position = batch[-1].sequence
        self._guard.passed(self.position, batch[-1].stored)
        metrics = self._runtime.metrics
        metrics.handled.labels(self.lease.name, fate).inc(len(batch))
        if seconds is not None:
            metrics.batch.observe(len(batch))
            metrics.batch_seconds.observe(seconds)
        for message in batch:
            self._runtime.handled(message)

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[tuple[Tx, Any]]:
        """One transaction of this lane; the relay hears of its events after the commit."""
        async with self._runtime.transaction(Trace.new()) as (tx, connection):
            yield tx, connection


def subjects_of(heard: dict[str, set[str]], noun: str, partitions: list[int]) -> list[str]:
    """The stored subjects of a lane: each verb it hears, in every version, per partition."""
    verbs = sorted(heard.get(noun, set()) | heard.get("*", set()))
    return [f"{noun}.{verb}.*.{number}" for verb in verbs for number in partitions]
