"""Waiting until nothing is on its way any more, and looking how much still is."""

from __future__ import annotations

import asyncio
import time
from asyncio.subprocess import PIPE, STDOUT
from typing import Any

import msgspec

from crossdock import audit
from crossdock.broker import OUTAGES
from crossdock.errors import CrossdockError
from crossdock.outbox import SQL as OUTBOX
from crossdock.reach import store
from crossdock_local.programs import crossdock

from . import broker
from .book import Book
from .plan import SERVICES

PAUSE = 0.5
BUSY_ROWS = """select message_id from crossdock.parked"""
CALLS = "select count(*) as calls from crossdock.errands"
ASKED = "select trouble from crossdock.leases where trouble like '%crossdock redrive --for%'"
STATES = "select status, count(*) as orders from orders group by status"


class Backlog(msgspec.Struct):
    """What waits, over all services."""

    outbox: int = 0
    parked: int = 0
    errands: int = 0
    states: dict[str, int] = msgspec.field(default_factory=dict)
    sequences: dict[str, int] = msgspec.field(default_factory=dict)
    # Found only where nothing else is known to wait: what the chassis has on its way.
    in_flight: list[str] = msgspec.field(default_factory=list)

    @property
    def waiting(self) -> int:
        """How much is known to wait; what lanes have not read yet is not in it."""
        return self.outbox + self.parked + self.errands


async def look(nats_url: str, book: Book) -> Backlog | None:
    """How much waits now; None where a server does not answer."""
    found = Backlog()
    try:
        async with asyncio.timeout(20):
            for service in SERVICES:
                await _add(found, service, book)
            found.sequences = await broker.last_sequences(nats_url)
    except (CrossdockError, *OUTAGES):
        return None
    except Exception as error:
        # A server that is killed while it answers says so in many ways.
        if type(error).__module__.startswith("asyncpg"):
            return None
        raise
    return found


async def _add(found: Backlog, service: str, book: Book) -> None:
    async with store(service) as db:
        [row] = await db.fetch(OUTBOX.backlog)
        found.outbox += row["rows"]
        rows = await db.fetch(BUSY_ROWS)
        found.parked += sum(str(row["message_id"]) not in book.poison for row in rows)
        [row] = await db.fetch(CALLS)
        found.errands += row["calls"]
        if service == "order_intake":
            found.states = {r["status"]: r["orders"] for r in await db.fetch(STATES)}


async def settle(nats_url: str, book: Book, deadline: float, tell: Any) -> float | None:
    """The moment from which nothing was on its way; None when the deadline passed before.

    Reading all streams is dear, so it is done only when the stores know of nothing that waits
    and the streams have stopped growing.
    """
    before: Backlog | None = None
    since = time.monotonic()
    while time.monotonic() < deadline:
        now = await look(nats_url, book)
        tell(now)
        if now is None or now.waiting or before is None or now.sequences != before.sequences:
            since = time.monotonic()
        else:
            now.in_flight = await in_flight(book)
            if not now.in_flight:
                return since
            tell(now)
            await make_up(book)
        before = now
        await asyncio.sleep(PAUSE)
    return None


async def make_up(book: Book) -> None:
    """Do what a lane asks its operator for, where it refuses to skip what its stream has not.

    A write to a full disk may cost an empty stream a number: the broker counts what it has not
    stored, and says later that it was there. Only the owner's outbox tells that nothing is missing.
    """
    for service in SERVICES:
        async with store(service) as db:
            asked = {row["trouble"] for row in await db.fetch(ASKED)}
        if asked:
            done = await asyncio.create_subprocess_exec(
                *crossdock(),
                "redrive",
                "--for",
                service,
                "--by",
                "chaos",
                stdout=PIPE,
                stderr=STDOUT,
            )
            said = (await done.communicate())[0].decode().strip().splitlines()
            book.made_up += [f"{service}: {text}" for text in sorted(asked)] + said[-1:]


async def in_flight(book: Book) -> list[str]:
    """What the chassis knows to be on its way, apart from what was put there to stay."""
    expected = set(book.poison) | {poisoned.key for poisoned in book.poison.values()}
    async with audit.open_stores(SERVICES) as stores:
        found = await audit.in_flight(stores)
    return [text for name, texts in found.items() if name not in expected for text in texts]
