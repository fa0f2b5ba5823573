"""The hand that strikes: what it reaches, what it knows to do, and how it makes things whole."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable

import psutil

from crossdock_local.environment import NATS_URL
from crossdock_local.waiting import answers

from . import broker
from .book import Book
from .mesh import ChaosMesh
from .outside import Outside
from .plan import SERVICES, Strike
from .proxy import Proxy

READY_SECONDS = 40.0
Deed = Callable[["Hand", Strike], Awaitable[str]]
DEEDS: dict[str, Deed] = {}


def deed(function: Deed) -> Deed:
    """Register what a kind of fault does; it returns a sentence about what it did."""
    DEEDS[function.__name__] = function
    return function


class Hand:
    """What strikes: it reaches processes, proxies, the broker, the store and the stand-ins."""

    def __init__(self, mesh: ChaosMesh, outside: Outside, book: Book, seed: int) -> None:
        self.mesh = mesh
        self.outside = outside
        self.book = book
        self.environment = mesh.environment()
        self.dice = random.Random(f"strikes {seed}")
        self.leaving: set[asyncio.Task[None]] = set()
        # A fault that needs the broker or the store whole waits for one that has it down.
        self.broker_busy = asyncio.Lock()
        # What streams were like before they were made full; kept until they are so again.
        self.roomy: list[broker.Roomy] = []

    @property
    def nats_url(self) -> str:
        """The broker itself, past the proxies."""
        return self.environment[NATS_URL]

    async def heal(self) -> None:
        """Make everything whole again."""
        self.mesh.proxies.tell((), Proxy.heal)
        await asyncio.to_thread(self.mesh.thaw)
        self.mesh.limit_logs(psutil.RLIM_INFINITY)
        if self.roomy:
            await broker.give_room(self.nats_url, self.roomy)
        for task in self.leaving:
            task.cancel()
        await asyncio.gather(*self.leaving, return_exceptions=True)
        for name in SERVICES:
            await asyncio.to_thread(self.mesh.dismiss, name)

    async def restarted(self, name: str, old: int | None) -> None:
        """Wait until a service runs as another process and is ready; give up after a while."""
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            pid = await asyncio.to_thread(self.mesh.pid, name)
            if pid not in (None, old) and await self._ready(name):
                return
            await asyncio.sleep(0.25)

    async def _ready(self, name: str) -> bool:
        url = self.environment[f"{name.upper()}_URL"]
        return await asyncio.to_thread(answers, f"{url}/readyz")
