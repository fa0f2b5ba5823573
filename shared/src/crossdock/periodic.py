"""Periodic work, done by one replica at a time under a lease of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import structlog

if TYPE_CHECKING:
    from .runtime import Runtime

log = structlog.get_logger()
# A signal between replicas can be lost; then woken work is late by so many seconds.
SAFETY_NET = 10.0


class Periodic:
    """Calls a function every so many seconds; a failure is logged, and the next time comes.

    With a signal, it is called so many seconds after the last call at the earliest, and only when
    the signal was given since.
    """

    def __init__(
        self,
        runtime: Runtime,
        seconds: float,
        function: Callable[..., Awaitable[Any]],
        signal: asyncio.Event | None = None,
    ) -> None:
        self._runtime = runtime
        self._seconds = seconds
        self._function = function
        self._signal = signal or asyncio.Event()
        self._is_woken = signal is not None
        self._stop = asyncio.Event()

    def stop(self) -> None:
        """No further call."""
        self._stop.set()
        self._signal.set()

    async def run(self) -> None:
        """Call until stopped."""
        while not self._stop.is_set():
            await self._call()
            await _wait(self._stop, self._seconds)
            if self._is_woken:
                await _wait(self._signal, SAFETY_NET)

    async def _call(self) -> None:
        name = self._function.__name__
        if name in self._runtime.pauses.handlers:
            return
        self._signal.clear()
        try:
            # No trace is set: each transaction begun in there starts one of its own, such as one
            # for each document of a folder.
            await self._function(self._runtime.service)
        except Exception as error:
            self._signal.set()
            log.warning("periodic work failed", work=name, error=f"{type(error).__name__}: {error}")


async def _wait(signal: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await signal.wait()
    except TimeoutError:
        return


def lease_name(function: str) -> str:
    """The lease under which a function of this name is called."""
    return f"every-{function}"


class Idle:
    """A lease for work that this version does not know: held, and nothing done."""

    def __init__(self) -> None:
        self._stopped = asyncio.Event()

    def stop(self) -> None:
        """End."""
        self._stopped.set()

    async def run(self) -> None:
        """Wait for the end."""
        await self._stopped.wait()
