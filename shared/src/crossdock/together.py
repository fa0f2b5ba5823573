"""Requests of one kind, worked off together: one transaction for all that wait.

While some are worked off the next ones gather, and all of them are taken when a place is free. So
a lone request waits for nobody, and under load a commit and every round trip is shared by many.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Sequence
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeAlias, TypeVar

import structlog

from .errors import Outage
from .ids import new_id
from .telemetry import Trace, current
from .tx import Origin, Tx

if TYPE_CHECKING:
    from .runtime import Runtime

T = TypeVar("T")
A = TypeVar("A")

# More in one transaction would save little, and let the first wait for the last.
AT_MOST = 64
PATIENCE = 6.0
# One transaction commits while the next one reads.
AT_ONCE = 2

log = structlog.get_logger()


class Asked(NamedTuple, Generic[T]):
    """One request among others: what is asked, and the origin of what is said for it."""

    what: T
    origin: Origin


Work: TypeAlias = Callable[[Tx, Sequence[Asked[T]]], Awaitable[Sequence[A]]]


class _Waiting(NamedTuple):
    asked: Asked[Any]
    answer: asyncio.Future[Any]


class Together:
    """What requests wait for in one running service, by the function that does the work."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        # Work for many must not run as the step of whoever happened to come first.
        self._context = copy_context()
        self._waiting: defaultdict[Any, deque[_Waiting]] = defaultdict(deque)
        self._running: defaultdict[Any, set[asyncio.Task[None]]] = defaultdict(set)

    async def do(self, work: Work[T, A], what: T) -> A:
        """The answer to one request; Outage when the store is away.

        A caller that gives up while it waits is left out; what is being done for it is finished.
        """
        origin = Origin(current.get() or Trace.new(), new_id())
        answer: asyncio.Future[A] = asyncio.get_running_loop().create_future()
        self._waiting[work].append(_Waiting(Asked(what, origin), answer))
        running = self._running[work]
        if len(running) < AT_ONCE:
            task = asyncio.create_task(self._run(work), context=self._context.copy())
            running.add(task)
            task.add_done_callback(running.discard)
        return await answer

    async def finish(self) -> None:
        """Return when nothing is being worked off any more, or when that takes too long."""
        if tasks := [task for running in self._running.values() for task in running]:
            await asyncio.wait(tasks, timeout=PATIENCE)

    async def _run(self, work: Work[Any, Any]) -> None:
        waiting = self._waiting[work]
        while waiting:
            batch = [waiting.popleft() for _ in range(min(len(waiting), AT_MOST))]
            try:
                await self._work_off(work, batch)
            finally:
                _fail(batch, Outage("the service stopped before this was done"))

    async def _work_off(self, work: Work[Any, Any], batch: list[_Waiting]) -> None:
        """All together; after a failure one by one, so that a bad request fails alone."""
        batch = [one for one in batch if not one.answer.done()]
        if not batch:
            return
        try:
            answers = await self._in_one_transaction(work, batch)
        except Exception as error:
            if len(batch) == 1 or isinstance(error, Outage):
                _fail(batch, error)
                return
            text = f"{type(error).__name__}: {error}"
            log.info("requests one by one", error=text, size=len(batch))
            for one in batch:
                await self._work_off(work, [one])
            return
        for one, answer in zip(batch, answers, strict=True):
            if not one.answer.done():
                one.answer.set_result(answer)

    async def _in_one_transaction(
        self, work: Work[Any, Any], batch: list[_Waiting]
    ) -> Sequence[Any]:
        """In the trace of the request where it is alone, else in a trace of its own."""
        asked = [one.asked for one in batch]
        parent = asked[0].origin.trace if len(asked) == 1 else None
        with self._runtime.tracer.step(work.__name__, parent) as trace:
            async with self._runtime.transaction(trace) as (tx, _):
                tx.speak_for(asked[0].origin)
                answers = await work(tx, asked)
                if len(answers) != len(asked):
                    raise TypeError(f"{len(answers)} answers to {len(asked)} requests")
        return answers


def _fail(batch: list[_Waiting], error: Exception) -> None:
    for one in batch:
        if not one.answer.done():
            one.answer.set_exception(Outage(*error.args) if isinstance(error, Outage) else error)
