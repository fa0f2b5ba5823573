"""Who does what among the replicas of a service: leases with an epoch, kept in its own database.

A lease that is not renewed in time is free for all; taking it raises its epoch, and every
transaction under a lease checks the epoch, so two owners can never both commit.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import msgspec
import structlog

from .database import session, transaction
from .errors import Outage
from .pauses import Pauses
from .sql import queries

if TYPE_CHECKING:
    from .database import Connection
    from .runtime import Runtime

SQL = queries("leases")
PARTITIONS = 16
log = structlog.get_logger()


class Lease(msgspec.Struct, frozen=True, kw_only=True):
    """A lease as this replica took it."""

    name: str
    kind: str
    stream: str
    partitions: tuple[int, ...]
    position: int
    gaps: dict[int, int]
    epoch: int
    marks: dict[str, Any] = {}


class Work(Protocol):
    """What is done under a lease."""

    def run(self) -> Coroutine[Any, Any, None]:
        """Work until stopped."""
        ...

    def stop(self) -> None:
        """Finish what is at hand, then end `run`."""
        ...


def alarm(service: str) -> str:
    """The subject on which the replica that holds a lease hears that there is work under it."""
    return f"_crossdock.{service}.wake"


def divide(service: str, stream: str, count: int) -> list[tuple[str, list[int]]]:
    """Divide a stream's partitions into lanes: their names and partitions, evenly."""
    return [
        (f"{service}-on-{stream.lower()}-{n}", list(range(n, PARTITIONS, count)))
        for n in range(count)
    ]


async def shape_lanes(pool: Any, service: str, streams: dict[str, set[str]], count: int) -> None:
    """Make the lanes of the streams heard here (verbs by stream); another number divides them anew.

    A new lane starts at the lowest position of the old ones whose partitions it takes over, so
    nothing is skipped, and the inbox drops what comes twice. Epochs rise: old owners stop.
    """
    for stream, verbs in streams.items():
        async with transaction(pool) as connection:
            await connection.execute(SQL.lock_shape)
            old = await connection.fetch(SQL.lanes_of, stream)
            wanted = divide(service, stream, count)
            if {row["name"]: sorted(row["partitions"]) for row in old} != dict(wanted):
                await _divide_anew(connection, stream, old, wanted)
            await connection.execute(SQL.hear, stream, sorted(verbs))


async def _divide_anew(
    connection: Connection, stream: str, old: Sequence[Any], wanted: list[tuple[str, list[int]]]
) -> None:
    epoch = max((row["epoch"] for row in old), default=0) + 1
    await connection.execute(SQL.drop_lanes, stream)
    for name, partitions in wanted:
        before = [row for row in old if set(row["partitions"]) & set(partitions)]
        place = _lowest(before)
        hears = msgspec.json.encode(_heard_since(before)).decode()
        await connection.execute(
            SQL.add_lane,
            name,
            stream,
            partitions,
            place.position,
            place.created,
            epoch,
            hears,
            place.mark,
            place.mark_time,
        )


class Place(NamedTuple):
    """A position in a stream, with the identity of the stream and of a message handled there."""

    position: int = 0
    created: str | None = None
    mark: int = 0
    mark_time: int = 0


def _lowest(lanes: Sequence[Any]) -> Place:
    """The place behind which nothing was left out by any of some lanes."""
    places = [
        Place(row["position"], row["stream_created"], row["mark"], row["mark_time"])
        for row in lanes
    ]
    lowest = min(places, default=Place(), key=lambda place: place.position)
    if len({place.created for place in places}) > 1:
        # Some lanes have seen that the stream was remade, and others have not.
        return lowest._replace(position=0, mark=0, mark_time=0)
    return lowest


def _heard_since(lanes: Sequence[Any]) -> dict[str, int]:
    """Since when all of some lanes have heard each verb."""
    since: dict[str, int] = {}
    for lane in lanes:
        for verb, position in msgspec.json.decode(lane["hears"]).items():
            since[verb] = max(position, since.get(verb, 0))
    return since


class LeaseKeeper:
    """Renews this replica's leases, takes free ones, gives back what is more than its share."""

    def __init__(self, runtime: Runtime, start: Callable[[Lease], Work]) -> None:
        self._runtime = runtime
        self._start = start
        self._time = timedelta(seconds=runtime.settings.lease_seconds)
        self._running: dict[str, tuple[Lease, Work, asyncio.Task[None]]] = {}
        self.settled = asyncio.Event()
        self._hurried = asyncio.Event()

    @property
    def work(self) -> list[Work]:
        """What runs under this replica's leases now."""
        return [work for _, work, _ in self._running.values()]

    def holds(self, name: str) -> bool:
        """Whether the work of this lease is done here."""
        return name in self._running

    async def run(self) -> None:
        """Keep going until cancelled; an outage of the store is waited out."""
        while True:
            try:
                await self._tick()
                self.settled.set()
            except Exception as error:
                # Whatever it is, a replica that lives goes on saying so.
                log.warning("leases wait", error=f"{type(error).__name__}: {error}")
            await self._rest()

    def hurry(self) -> None:
        """A person has changed something: look at once."""
        self._hurried.set()

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(self._runtime.settings.lease_seconds / 4):
                await self._hurried.wait()
        except TimeoutError:
            return
        finally:
            self._hurried.clear()

    async def stop(self) -> None:
        """Let all work finish what it holds, then give every lease back."""
        # The relay goes last: it publishes what the lanes' last batches said.
        relays = [name for name, (lease, _, _) in self._running.items() if lease.kind == "relay"]
        await self._end([name for name in self._running if name not in relays])
        await self._end(relays)
        try:
            async with transaction(self._runtime.pool) as connection:
                await connection.execute(SQL.give_back_all, self._runtime.owner)
                await connection.execute(SQL.forget_replica, self._runtime.owner)
        except Outage as error:
            log.warning("store is away; the leases will expire", error=str(error))

    async def _tick(self) -> None:
        runtime = self._runtime
        me = runtime.owner, self._time, runtime.url, runtime.pid, runtime.version, runtime.hears
        async with session(runtime.pool) as connection:
            rows = await connection.fetch(SQL.look, *me)
        runtime.obey(Pauses.of(rows[0]["paused"]))
        await self._follow({row["name"]: row for row in rows if row["name"]})

    async def _follow(self, mine: dict[str, Any]) -> None:
        """Make what runs here equal to what is held here."""
        lost = [
            name
            for name, (lease, _, task) in self._running.items()
            if task.done() or name not in mine or mine[name]["epoch"] != lease.epoch
        ]
        surplus = max(0, next((row["surplus"] for row in mine.values()), 0))
        given = [name for name in self._running if name not in lost][:surplus]
        await self._end([*lost, *given])
        for name, row in mine.items():
            if name in given:
                continue
            if name not in self._running:
                lease = _lease(row)
                work = self._start(lease)
                task = asyncio.create_task(work.run(), name=name)
                self._running[name] = (lease, work, task)

    async def _end(self, names: list[str]) -> None:
        """Stop some work, all of it at the same time, and free its leases."""
        for name in names:
            self._running[name][1].stop()
        await asyncio.gather(*(self._end_one(name) for name in names))

    async def _end_one(self, name: str) -> None:
        """Wait for one work's end and free its lease, if it is still ours."""
        lease, _, task = self._running.pop(name)
        await asyncio.wait({task}, timeout=self._runtime.settings.lease_seconds / 2)
        task.cancel()
        result = (await asyncio.gather(task, return_exceptions=True))[0]
        if isinstance(result, BaseException) and not isinstance(result, asyncio.CancelledError):
            log.error("work under a lease ended", lease=name, error=repr(result))
        try:
            async with transaction(self._runtime.pool) as connection:
                await connection.execute(SQL.give_back, name, self._runtime.owner, lease.epoch)
        except Outage as error:
            log.warning("store is away; the lease will expire", lease=name, error=str(error))


def _lease(row: Any) -> Lease:
    return Lease(
        name=row["name"],
        kind=row["kind"],
        stream=row["stream"] or "",
        partitions=tuple(row["partitions"]),
        position=row["position"],
        gaps=dict(zip(row["gap_ids"], row["gap_horizons"], strict=True)),
        epoch=row["epoch"],
        marks=msgspec.json.decode(row["marks"]),
    )
