"""Making the calls that are due: several at a time, one per key, those of a kind together."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from datetime import timedelta
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import httpx
import structlog

from . import parked
from .database import session, transaction
from .errands import SQL, Errand, finish
from .errors import LeaseLost, Outage, Reject, RetryLater
from .telemetry import Trace
from .tx import Tx

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from .runtime import Runtime

CLAIM = timedelta(seconds=30)
AGAIN = 1.0
# Commits here and calls that end wake the runner, and it knows when the next call is due. A look
# without reason finds what a replica that died has left.
POLL = 5.0
# Errands of one kind that go into one call, where its function takes many.
TOGETHER = 200
PASSING = (RetryLater, httpx.TransportError)
log = structlog.get_logger()


Call = Callable[[list["Errand[Any]"]], Awaitable[None]]


class ErrandRunner:
    """Takes due errands and runs them, several at a time, one per key.

    Kinds whose function takes many have one call at a time, with all that is due.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._slots = runtime.settings.errand_slots
        self._running: set[asyncio.Task[None]] = set()
        self._stopping = False
        self._kinds = {str(cls.__struct_config__.tag): cls for cls in runtime.handlers.errands}
        self._many = {str(cls.__struct_config__.tag) for cls in runtime.handlers.together}
        self._busy: set[str] = set()

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
                await asyncio.sleep(AGAIN)
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
        # What only another release knows how to call is left to it.
        wanted = self._kinds.keys() - self._paused()
        if await self._start_singles(wanted) | await self._start_many(wanted):
            return
        wait = POLL
        if len(self._running) - len(self._busy) < self._slots:
            async with session(self._runtime.pool) as connection:
                due = await connection.fetchval(SQL.next_due, list(wanted - self._busy))
            wait = POLL if due is None else max(0.005, min(due, POLL))
        try:
            async with asyncio.timeout(wait):
                await self._runtime.errand_added.wait()
        except TimeoutError:
            return

    async def _start_singles(self, wanted: set[str]) -> bool:
        """Start calls that are made one by one; whether there may be more."""
        free = self._slots - len(self._running) + len(self._busy)
        if free <= 0 or not wanted - self._many:
            return False
        rows = await self._claim(free, wanted - self._many)
        for row in rows:
            self._start(self._run(row["kind"], [row]))
        return len(rows) == free

    async def _start_many(self, wanted: set[str]) -> bool:
        """Start calls for all that is due, one of a kind at a time; whether there may be more."""
        idle = wanted & self._many - self._busy
        if not idle:
            return False
        rows = await self._claim(TOGETHER, idle)
        for kind, group in groupby(sorted(rows, key=itemgetter("kind")), itemgetter("kind")):
            self._busy.add(kind)
            self._start(self._run(kind, list(group)))
        return len(rows) == TOGETHER

    async def _claim(self, limit: int, kinds: set[str]) -> list[Any]:
        async with session(self._runtime.pool) as connection:
            rows = await connection.fetch(SQL.claim, self._runtime.owner, limit, CLAIM, list(kinds))
        return sorted(rows, key=itemgetter("sequence"))

    def _paused(self) -> set[str]:
        """The kinds of call that are not to be made now."""
        pauses = self._runtime.pauses
        return {
            kind
            for kind, payload in self._kinds.items()
            if pauses.service or self._runtime.handlers.errand_name(payload) in pauses.handlers
        }

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._runtime.errand_added.set()
        if not task.cancelled() and task.exception() is not None:
            log.error("errand left its claim behind", error=repr(task.exception()))

    async def _run(self, kind: str, rows: list[Any]) -> None:
        payload = self._kinds[kind]
        function = self._runtime.handlers.errands[payload]
        try:
            with ExitStack() as steps:
                errands = []
                for row in rows:
                    parent = Trace.read(row["traceparent"], row["tracestate"])
                    step = self._runtime.tracer.step(kind, parent, "client", key=row["key"])
                    trace = steps.enter_context(step)
                    errands.append(Errand(row, payload, trace, self._runtime))
                if kind in self._many:
                    await self._make(function, errands)
                else:
                    await self._make(lambda e: function(e[0].payload, e[0]), errands)
        finally:
            self._busy.discard(kind)

    async def _make(self, call: Call, errands: list[Errand[Any]]) -> None:
        """One call; if it fails for many, and not only for a time, each of them is tried alone."""
        try:
            await self._call(call, errands)
        except Outage as error:
            log.warning("errands not settled", kind=errands[0].row["kind"], why=str(error))
        except Exception as error:
            left = [errand for errand in errands if not errand.settled]
            if len(errands) > 1 and not isinstance(error, PASSING):
                for errand in left:
                    await self._make(call, [errand])
                return
            for errand in left:
                errand.error = errand.error or error
        for errand in errands:
            await self._conclude(errand)

    async def _call(self, call: Call, errands: list[Errand[Any]]) -> None:
        async with asyncio.timeout(CLAIM.total_seconds() * 0.8):
            await call(errands)
        done = [errand for errand in errands if not errand.settled and errand.error is None]
        if done:
            async with transaction(self._runtime.pool) as connection:
                await finish(connection, done)
            for errand in done:
                errand.settled = True

    async def _conclude(self, errand: Errand[Any]) -> None:
        """Count it, and say when it is tried again where it failed."""
        row, fate = errand.row, "done" if errand.settled else "unsettled"
        if isinstance(errand.error, LeaseLost):
            log.warning("errand not settled", kind=row["kind"], why=str(errand.error))
        elif errand.error is not None:
            fate = await self._postpone(row, errand, errand.error)
        self._runtime.metrics.errands.labels(row["kind"], fate).inc()

    async def _postpone(self, row: Any, errand: Errand[Any], error: Exception) -> str:
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


def _tell(tx: Tx, row: Any, errand: Errand[Any], error: Exception) -> None:
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
