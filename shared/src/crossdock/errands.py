"""Errands: calls to the outside world, recorded with the business change, made after its commit.

At least once, in order per key, by any replica; the errand's id is the idempotency key for the
other side. What came of it commits together with the errand's end.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import httpx
import msgspec
import structlog

from . import parked
from .database import transaction
from .errors import LeaseLost, Outage, Reject
from .sql import queries
from .telemetry import Trace
from .tx import Tx

if TYPE_CHECKING:
    from .runtime import Runtime
    from .service import Service

SQL = queries("errands")
CLAIM = timedelta(seconds=30)
POLL = 1.0
log = structlog.get_logger()


class Errand:
    """One call to be made: its id is the idempotency key, its headers carry the trace."""

    def __init__(self, row: Any, trace: Trace, runtime: Runtime) -> None:
        self.id: UUID = row["id"]
        self.key: str = row["key"]
        self.attempts: int = row["attempts"] + 1
        self.headers = {"Idempotency-Key": str(self.id), "traceparent": trace.parent}
        self.settled = False
        self._row = row
        self._trace = trace
        self._runtime = runtime

    @property
    def service(self) -> Service:
        """The service this errand is run for, with its settings."""
        return self._runtime.service

    @property
    def http(self) -> httpx.AsyncClient:
        """A shared HTTP client with time-outs."""
        return self._runtime.http_client

    @asynccontextmanager
    async def settle(self) -> AsyncIterator[Tx]:
        """Record what came of it, and end the errand, in one transaction."""
        row = self._row
        async with self._runtime.transaction(
            self._trace, row["correlation_id"], row["causation_id"]
        ) as (tx, connection):
            await self.finish(connection)
            yield tx
        self.settled = True

    async def finish(self, connection: Any) -> None:
        """End the errand where it is still ours; LeaseLost when another replica has it by now."""
        if await connection.fetchval(SQL.finish, self.id, self._runtime.owner) is None:
            raise LeaseLost(f"errand {self.id} is another replica's by now")


class ErrandRunner:
    """Takes due errands and runs them, several at a time, one per key."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._slots = runtime.settings.errand_slots
        self._running: set[asyncio.Task[None]] = set()
        self._stopping = False
        self._kinds = {
            str(cls.__struct_config__.tag): (msgspec.json.Decoder(cls), function)
            for cls, function in runtime.handlers.errands.items()
        }

    def stop(self) -> None:
        """Take no more; what runs may finish."""
        self._stopping = True
        self._runtime.errand_added.set()

    async def run(self) -> None:
        """Work until stopped, then give back what was not started."""
        if not self._kinds:
            return
        while not self._stopping:
            try:
                await self._round()
            except Exception as error:
                log.warning("errands wait", error=f"{type(error).__name__}: {error}")
                await asyncio.sleep(POLL)
        await asyncio.wait(self._running, timeout=5) if self._running else None
        for task in self._running:
            task.cancel()
        try:
            async with transaction(self._runtime.pool) as connection:
                await connection.execute(SQL.release, self._runtime.owner)
        except Outage as error:
            log.warning("store is away; claims will expire", error=str(error))

    async def _round(self) -> None:
        self._runtime.errand_added.clear()
        free, paused = self._slots - len(self._running), self._paused()
        wait = POLL
        if free > 0:
            async with transaction(self._runtime.pool) as connection:
                rows = await connection.fetch(SQL.claim, self._runtime.owner, free, CLAIM, paused)
                due = await connection.fetchval(SQL.next_due, paused) if not rows else None
            for row in rows:
                task = asyncio.create_task(self._one(row))
                self._running.add(task)
                task.add_done_callback(self._done)
            if len(rows) == free:
                return
            wait = POLL if due is None else max(0.005, min(due, POLL))
        try:
            async with asyncio.timeout(wait):
                await self._runtime.errand_added.wait()
        except TimeoutError:
            return

    def _paused(self) -> list[str]:
        """The kinds of call that are not to be made now."""
        pauses = self._runtime.pauses
        names = {
            kind: getattr(function, "__name__", "") for kind, (_, function) in self._kinds.items()
        }
        return [k for k, name in names.items() if pauses.service or name in pauses.handlers]

    def _done(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._runtime.errand_added.set()
        if not task.cancelled() and task.exception() is not None:
            log.error("errand left its claim behind", error=repr(task.exception()))

    async def _one(self, row: Any) -> None:
        parent = Trace.read(row["traceparent"], row["tracestate"])
        with self._runtime.tracer.step(row["kind"], parent, "client", key=row["key"]) as trace:
            errand = Errand(row, trace, self._runtime)
            fate = "done"
            try:
                await self._call(row, errand)
            except (LeaseLost, Outage) as error:
                log.warning("errand not settled", kind=row["kind"], why=str(error))
                fate = "unsettled"
            except Exception as error:
                fate = await self._postpone(row, errand, error)
            self._runtime.metrics.errands.labels(row["kind"], fate).inc()

    async def _call(self, row: Any, errand: Errand) -> None:
        decoder, function = self._kinds[row["kind"]]
        async with asyncio.timeout(CLAIM.total_seconds() * 0.8):
            await function(decoder.decode(row["payload"]), errand)
        if not errand.settled:
            async with transaction(self._runtime.pool) as connection:
                await errand.finish(connection)

    async def _postpone(self, row: Any, errand: Errand, error: Exception) -> str:
        limit = self._runtime.settings.errand_attempts
        fate = parked.decide(error, errand.attempts, limit)
        dead = fate.state == "dead"
        log.warning(
            "errand failed" if not dead else "errand dead",
            kind=row["kind"],
            key=row["key"],
            attempts=errand.attempts,
            error=fate.error,
        )
        async with self._runtime.transaction(
            Trace.read(row["traceparent"]), row["correlation_id"], row["causation_id"]
        ) as (tx, connection):
            state, after = "dead" if dead else "due", fate.after
            mine = await connection.fetchval(
                SQL.postpone, errand.id, self._runtime.owner, state, fate.error[:2000], after
            )
            if mine is None:
                return "unsettled"  # another replica has it by now, and says what becomes of it
            if dead:
                _tell(tx, row, errand, error)
        return "dead" if dead else "postponed"


def _tell(tx: Tx, row: Any, errand: Errand, error: Exception) -> None:
    """Put a call that was given up before the team that can decide."""
    rejected = isinstance(error, Reject)
    tx.raise_exception(
        code=error.code if isinstance(error, Reject) else "errand_failed",
        text=str(error)[:2000] or type(error).__name__,
        team=error.team if isinstance(error, Reject) else "it",
        about=errand.key,
        order_id=errand.key if errand.key.startswith("ORD-") else None,
        kind="business" if rejected else "technical",
        context={
            **(error.context if isinstance(error, Reject) else {}),
            "errand": row["kind"],
            "errand_id": errand.id,
            "payload": bytes(row["payload"]).decode(errors="replace")[:4000],
        },
        attempts=errand.attempts,
    )
