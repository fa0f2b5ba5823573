"""Periodic work, done by one replica at a time under a lease of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import structlog

if TYPE_CHECKING:
    from .runtime import Runtime

log = structlog.get_logger()


class Periodic:
    """Calls a function every so many seconds; a failure is logged, and the next time comes."""

    def __init__(
        self, runtime: Runtime, seconds: float, function: Callable[..., Awaitable[Any]]
    ) -> None:
        self._runtime = runtime
        self._seconds = seconds
        self._function = function
        self._stop = asyncio.Event()

    def stop(self) -> None:
        """No further call."""
        self._stop.set()

    async def run(self) -> None:
        """Call until stopped."""
        name = getattr(self._function, "__name__", "periodic")
        while not self._stop.is_set():
            try:
                # No trace is set: each transaction begun in there starts one of its own, such as
                # one for each document of a folder.
                if name not in self._runtime.pauses.handlers:
                    await self._function(self._runtime.service)
            except Exception as error:
                log.warning(
                    "periodic work failed", work=name, error=f"{type(error).__name__}: {error}"
                )
            try:
                async with asyncio.timeout(self._seconds):
                    await self._stop.wait()
            except TimeoutError:
                continue


def lease_name(function: Callable[..., Any]) -> str:
    """The lease under which a function is called."""
    return f"every-{getattr(function, '__name__', 'periodic')}"
