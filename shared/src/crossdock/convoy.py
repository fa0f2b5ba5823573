"""Lanes that go together: what several have at one moment is handled in one transaction.

A transaction costs its round trips and its flush to disk whatever it holds, and a service hears
many streams. Lanes of one number have the same partitions: no order is in two convoys at once.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, NamedTuple

import structlog

from .telemetry import Trace

if TYPE_CHECKING:
    from .lanes import Lane
    from .message import Message
    from .runtime import Runtime

log = structlog.get_logger()


class Load(NamedTuple):
    """The batch of one lane, and who waits for it."""

    lane: Lane
    batch: list[Message]
    carried: asyncio.Future[bool]


class Convoy:
    """Takes what lanes bring while the last transaction ran."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._loads: list[Load] = []
        self._task: asyncio.Task[None] | None = None

    async def carry(self, lane: Lane, batch: list[Message]) -> bool:
        """Handle a batch with what others bring; False when all of them have to go alone."""
        carried: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._loads.append(Load(lane, batch, carried))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())
        return await carried

    async def _run(self) -> None:
        while self._loads:
            loads, self._loads = self._loads, []
            good = False
            try:
                # A cause is handled before its effect, where they come in two streams.
                await self._together(sorted(loads, key=lambda load: load.batch[0].occurred_at))
                good = True
            except Exception as error:
                log.info("alone", error=f"{type(error).__name__}: {error}", lanes=len(loads))
            finally:
                for load in loads:
                    if not load.carried.done():
                        load.carried.set_result(good)

    async def _together(self, loads: list[Load]) -> None:
        started = time.perf_counter()
        async with self._runtime.transaction(Trace.new()) as (tx, connection):
            ready = [m for load in loads for m in await load.lane.enter(connection, load.batch)]
            await loads[0].lane.dispatch.all(ready, tx)
        seconds = time.perf_counter() - started
        for load in loads:
            load.lane.moved(load.batch, "handled", seconds)
