"""A service runs over history in a store of its own, beside the one that is at work.

It is the service as it is installed, with its handlers and its lanes, and it says nothing to
anybody: the relay and its errands are paused in that store, and it answers no questions.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from . import parked
from .broker import JetStream
from .database import Connection, connect, with_database
from .errors import NotReady
from .handlers import Handlers
from .lanes import subjects_of
from .migrate import SQL as MIGRATE
from .migrate import make_database, migrate
from .relay import NAME as RELAY
from .service import Service
from .sql import queries

if TYPE_CHECKING:
    from .runtime import Runtime

SQL = queries("rehearsal")
SECONDS = 1_000_000_000
LOOK = 0.2
Tell = Callable[[int, int], None]


def admin_url() -> str:
    """Where databases are made; NotReady when nobody may make one."""
    url = os.environ.get("CROSSDOCK_POSTGRES_URL")
    if not url:
        raise NotReady(
            "CROSSDOCK_POSTGRES_URL is not set: it takes an administrator to make a second store"
        )
    return url


def database_of(url: str) -> str:
    """The name of the database that a URL leads to."""
    return urlsplit(url).path.lstrip("/")


async def change_database(admin: Connection, statement: str, *names: str) -> None:
    """Run a statement about databases, their names quoted by PostgreSQL itself."""
    await admin.execute(await admin.fetchval(MIGRATE.statement, statement, list(names)))


@asynccontextmanager
async def second_store(
    service: Service, url: str, name: str, *, keep: bool = False
) -> AsyncIterator[str]:
    """An empty store `name` of the service's role beside that at `url`; dropped in the end."""
    made, admin = with_database(url, name), admin_url()
    await drop_database(admin, name)
    await make_database(admin, made)
    try:
        await migrate(service, made)
        await _hush(service, made)
        yield made
    except BaseException:
        await drop_database(admin, name)
        raise
    if not keep:
        await drop_database(admin, name)


async def drop_database(admin: str, name: str) -> None:
    """Drop a database, if it is there."""
    connection = await connect(admin)
    try:
        await change_database(connection, SQL.drop_database, name)
    finally:
        await connection.close()


async def _hush(service: Service, url: str) -> None:
    # In the store itself: whoever opened it by mistake would be silent as well.
    calls = [function.__name__ for function in service.handlers.errands.values()]
    scopes = [f"lane:{RELAY}", *(f"handler:{name}" for name in calls)]
    connection = await connect(url)
    try:
        await connection.execute(SQL.hush, scopes, "crossdock", "a store beside the one at work")
    finally:
        await connection.close()


def _silent(service: Service) -> Service:
    """The service without what it does for others: answers, periodic work, its HTTP."""
    handlers = Handlers()
    handlers.events = service.handlers.events
    handlers.errands = service.handlers.errands
    return Service(
        service.name,
        owns=service.owns,
        handlers=handlers,
        settings=service.settings_type,
        package=service.package,
    )


async def rehearse(
    service: Service,
    url: str,
    tell: Tell = lambda done, total: None,
    *,
    patience: float = 10.0,
    **settings: Any,
) -> int:
    """Run the service in the store at `url` until it has heard all that there is now.

    `tell(done, total)` hears of the progress. What is parked may take `patience` seconds more;
    the number of messages that still wait then is returned.
    """
    given = {"database_url": url, "http_host": "127.0.0.1", "http_port": 0, **settings}
    async with _silent(service).running(**given) as runtime:
        await _until_there(runtime, tell)
        return await _until_settled(runtime, patience)


async def _until_there(runtime: Runtime, tell: Tell) -> None:
    heard = runtime.handlers.heard()
    ends = {stream: await _last(runtime.jetstream, stream) for stream in await _streams(runtime)}
    # The lanes run already: all of history is the whole, not what is left when somebody looks.
    total = await _waiting(runtime, heard, ends, from_the_first=True)
    left = await _waiting(runtime, heard, ends)
    moved = asyncio.Event()
    runtime.observers.append(lambda message: moved.set())
    while left:
        tell(max(total - left, 0), total)
        moved.clear()
        try:
            async with asyncio.timeout(LOOK):
                await moved.wait()
            await asyncio.sleep(LOOK / 4)  # a batch moves at once; no need to count each message
        except TimeoutError:
            await _no_trouble(runtime)
        left = await _waiting(runtime, heard, ends)
    tell(total, total)


async def _until_settled(runtime: Runtime, patience: float) -> int:
    end = time.monotonic() + patience
    while True:
        async with runtime.pool.acquire() as connection:
            [counts] = await connection.fetch(parked.SQL.counts)
        if not counts["parked"] or time.monotonic() > end:
            return int(counts["parked"])
        await asyncio.sleep(LOOK / 4)


async def _no_trouble(runtime: Runtime) -> None:
    found = await runtime.service.trouble()
    if found:
        raise NotReady(f"{runtime.service_name} does not move: {'; '.join(found)}")


async def _streams(runtime: Runtime) -> set[str]:
    async with runtime.pool.acquire() as connection:
        return {row["stream"] for row in await connection.fetch(SQL.lanes)}


async def _last(js: JetStream, stream: str) -> int:
    info = await js.stream(stream)
    return int(info["state"]["last_seq"]) if info else 0


async def _waiting(
    runtime: Runtime,
    heard: dict[str, set[str]],
    ends: dict[str, int],
    *,
    from_the_first: bool = False,
) -> int:
    """How many messages lie before the lanes, or from the first; none past a stream's end."""
    async with runtime.pool.acquire() as connection:
        lanes = await connection.fetch(SQL.lanes)
    counts = await asyncio.gather(
        *(
            pending(
                runtime.jetstream,
                lane["stream"],
                subjects_of(heard, lane["stream"].lower(), list(lane["partitions"])),
                after,
            )
            for lane in lanes
            if (after := 0 if from_the_first else lane["position"]) < ends[lane["stream"]]
        )
    )
    return sum(counts)


async def pending(js: JetStream, stream: str, subjects: list[str], after: int) -> int:
    """How many messages of some subjects a stream holds behind a sequence, as the server counts."""
    config = {
        "deliver_policy": "by_start_sequence",
        "opt_start_seq": after + 1,
        "filter_subjects": subjects,
        "ack_policy": "none",
        "mem_storage": True,
        "num_replicas": 1,
        "inactive_threshold": SECONDS,
    }
    made = await js.api(f"CONSUMER.CREATE.{stream}", {"stream_name": stream, "config": config})
    return int(made.get("num_pending", 0))
