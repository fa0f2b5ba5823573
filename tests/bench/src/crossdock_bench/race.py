"""One peer drains one backlog: how fast, and what each message cost in processor time."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg
import nats
import psutil

from crossdock.broker import ApiError, JetStream

from .bodies import HEARD_STREAM, SAID_STREAM
from .ground import Ground
from .profile import VARIABLE

POLL = 0.02
WARM = 0.15
PATIENCE = 180.0
LANES_AT = "select min(position) from crossdock.leases where kind = 'lane'"
OUTBOX_AT = "select coalesce(last_value, 0) from pg_sequences where sequencename = 'outbox_id_seq'"
Progress = Callable[[JetStream, Any], Awaitable[int]]
Look = Callable[[Any], Awaitable[None]]


class RaceFailed(Exception):
    """A peer died or did not get on."""


class Peer(NamedTuple):
    """Who runs, on which database, how many messages, and how its progress is seen."""

    name: str
    module: str
    progress: Progress
    messages: int
    work: str = "full"
    database: str = "path"
    history: int = 0
    held: bool = False


class Lap(NamedTuple):
    """Messages per second, and microseconds of processor time per message by who spent them."""

    rate: float
    peer_us: float
    postgres_us: float
    nats_us: float


async def said(jetstream: JetStream, _connection: Any) -> int:
    """Messages in the stream that peers publish to."""
    info = await jetstream.stream(SAID_STREAM)
    return int(info["state"]["messages"]) if info else 0


async def in_outbox(_jetstream: JetStream, connection: Any) -> int:
    """Rows given to the outbox."""
    return int(await connection.fetchval(OUTBOX_AT) or 0)


async def passed(_jetstream: JetStream, connection: Any) -> int:
    """The stream sequence that every lane has behind it."""
    return int(await connection.fetchval(LANES_AT) or 0)


async def acked(jetstream: JetStream, _connection: Any) -> int:
    """The stream sequence up to which a durable consumer acknowledged everything."""
    try:
        info = await jetstream.api(f"CONSUMER.INFO.{HEARD_STREAM}.pull")
    except ApiError:
        return 0
    return int(info["ack_floor"]["stream_seq"])


async def race(
    ground: Ground,
    peer: Peer,
    lanes: int,
    log: Path,
    *,
    look: Look | None = None,
    profile: Path | None = None,
) -> Lap:
    """Run a peer on a fresh database until it has done its messages; `look` at that afterwards."""
    backlog = peer.messages + 2000 if peer.database in ("relay", "foreign") else 0
    url = await ground.database(peer.database, history=peer.history, backlog=backlog)
    async with AsyncExitStack() as stack:
        stack.callback(ground.drop, url)
        client = await nats.connect(ground.nats.url)
        stack.push_async_callback(client.close)
        jetstream = JetStream(client)
        await _forget(ground, jetstream)
        connection = await asyncpg.connect(url)
        stack.push_async_callback(connection.close)
        if peer.held:
            await stack.enter_async_context(ground.held_transaction(url))
        process = start(ground, peer, url, lanes, log, profile)
        stack.callback(end, process)
        base = await peer.progress(jetstream, connection)
        lap = await _watch(ground, peer, process, jetstream, connection, base)
        if look:
            await look(connection)
        return lap


async def _forget(ground: Ground, jetstream: JetStream) -> None:
    await ground.forget_said(jetstream)
    for consumer in ("naive", "pull"):
        try:
            await jetstream.api(f"CONSUMER.DELETE.{HEARD_STREAM}.{consumer}")
        except ApiError:
            continue


def start(
    ground: Ground, peer: Peer, url: str, lanes: int, log: Path, profile: Path | None = None
) -> subprocess.Popen[bytes]:
    """Run a peer as a process of its own, which may be asked to say where its time goes."""
    environment = {
        **os.environ,
        "BENCH_DATABASE_URL": url,
        "BENCH_LANES": str(lanes),
        "BENCH_WORK": peer.work,
        "BENCH_HTTP_PORT": "0",
        "CROSSDOCK_NATS_URL": ground.nats.url,
        "CROSSDOCK_LOG_LEVEL": "warning",
        **({VARIABLE: str(profile)} if profile else {}),
    }
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "crossdock_bench.peers", peer.module],
            env=environment,
            stdout=output,
            stderr=output,
        )


def end(process: subprocess.Popen[bytes]) -> None:
    """Kill a peer; its database is thrown away."""
    process.kill()
    process.wait()


async def _watch(
    ground: Ground,
    peer: Peer,
    process: subprocess.Popen[bytes],
    js: Any,
    connection: Any,
    base: int,
) -> Lap:
    """Rate and costs between the warm-up and the last message."""
    deadline = time.monotonic() + PATIENCE + peer.messages / 500
    first: tuple[float, int, Costs] | None = None
    while True:
        done = await peer.progress(js, connection) - base
        now = time.perf_counter()
        if first is None and done >= peer.messages * WARM:
            first = (now, done, _costs(ground, process))
        if first is not None and done >= peer.messages:
            count = done - first[1]
            spent = [
                (b - a) * 1e6 / count
                for a, b in zip(first[2], _costs(ground, process), strict=True)
            ]
            return Lap(count / (now - first[0]), *spent)
        if process.poll() is not None:
            raise RaceFailed(f"{peer.name} ended with {process.returncode}: see its log")
        if time.monotonic() > deadline:
            raise RaceFailed(f"{peer.name} stands at {done} of {peer.messages}: see its log")
        await asyncio.sleep(POLL)


Costs = tuple[float, float, float]


def _costs(ground: Ground, process: subprocess.Popen[bytes]) -> Costs:
    """Processor seconds so far: the peer's, PostgreSQL's, NATS's."""
    pids = (process.pid, ground.postgres.process.pid, ground.nats.process.pid)
    first, second, third = (_processor(psutil.Process(pid)) for pid in pids if pid)
    return first, second, third


def _processor(process: psutil.Process) -> float:
    total = 0.0
    for one in (process, *process.children(recursive=True)):
        try:
            times = one.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
    return total
