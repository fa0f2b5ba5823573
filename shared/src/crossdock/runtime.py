"""A service while it runs: its connections, its owner's name, and the signals between its parts."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

import httpx
import msgspec
import structlog
from nats.aio.client import Client

from .broker import OUTAGES, JetStream, new_broker
from .convoy import Convoy
from .database import open_pool, transaction
from .deployed import record
from .errand_runner import ErrandRunner
from .errors import NotReady, Outage
from .ids import new_id
from .lanes import Lane, subjects_of
from .leases import SQL as LEASES
from .leases import Lease, LeaseKeeper, Work, alarm, shape_lanes
from .message import Message
from .metrics import Metrics
from .migrate import pending
from .pauses import Pauses, bell, read_pauses
from .periodic import Idle, Periodic, lease_name
from .permissions import needed
from .reach import package_version
from .relay import NAME as RELAY
from .relay import Relay
from .telemetry import Trace, Tracer
from .together import Together
from .topology import missing_streams, streams
from .tx import Tx
from .wire import Wire

if TYPE_CHECKING:
    from .service import Service
    from .settings import Settings

log = structlog.get_logger()
HOUSEKEEPING = 3600.0
NEW_LEADER = "$JS.EVENT.ADVISORY.STREAM.LEADER_ELECTED.*"


class Runtime:
    """Everything a running service holds. One per start; a service can be started again."""

    def __init__(self, service: Service, settings: Settings, port: int) -> None:
        self.service = service
        self.service_name = service.name
        self.settings = settings
        self.handlers = service.handlers
        self.owner = f"{socket.gethostname()}-{os.getpid()}-{new_id().hex[-6:]}"
        self.pid = os.getpid()
        self.url = f"http://{settings.http_host}:{port}"
        self.version = package_version(service.name)
        self.metrics = Metrics(service.name)
        self.tracer = Tracer(service.name)
        self.outbox_filled = asyncio.Event()
        self.published = asyncio.Event()
        self.errand_added = asyncio.Event()
        self.signals = {lease_name(name): asyncio.Event() for name in self.handlers.woken}
        self.signals[RELAY] = self.outbox_filled
        self.pauses = Pauses()
        self.together = Together(self)
        self.observers: list[Callable[[Message], None]] = []
        self.ready = False  # transactions may begin
        self.started = False  # and this replica has looked at its leases
        self._tasks: list[asyncio.Task[None]] = []
        self._convoys: dict[str, Convoy] = {}
        self._owns = frozenset(service.owns)

    @cached_property
    def http_client(self) -> httpx.AsyncClient:
        """For calls to the outside; made when first wanted, since its certificates take 3 MB."""
        return httpx.AsyncClient(timeout=httpx.Timeout(10, connect=3))

    # Start and stop

    async def start(self) -> None:
        """Connect, check the ground, then begin to work. NotReady names what is missing."""
        given, name = self.settings, self.service_name
        opened = partial(open_pool, given.database_url, given.pool_size, name)
        self.pool = await self._patiently(opened)
        self.broker = new_broker(given, name, self._reconnected)
        self.service.answer_on(self.broker)
        await self._patiently(self.broker.start)
        self.client: Client = self.broker.config.broker_config.connection_state.connection
        self.jetstream = JetStream(self.client)
        await self._check_ground()
        await self._prepare()
        await self.client.subscribe(alarm(self.service_name), cb=self._on_wake)
        await self.client.subscribe(bell(self.service_name), cb=self._on_bell)
        await self.client.subscribe(NEW_LEADER, cb=self._on_new_leader)
        (await Wire.on(self.client)).on_servers_changed(self._distrust_lanes)
        self.ready = True
        self.keeper = LeaseKeeper(self, self._work_for)
        self.errand_runner = ErrandRunner(self)
        for work in (self.keeper.run(), self.errand_runner.run(), self._every_hour(), record(self)):
            self._tasks.append(asyncio.create_task(work))
        await self.keeper.settled.wait()
        self.started = True

    async def stop(self) -> None:
        """Finish what is at hand, publish what was said, give the leases back."""
        self.ready = self.started = False
        if hasattr(self, "keeper"):
            self.errand_runner.stop()
            self._tasks[0].cancel()
            await self.keeper.stop()
            await asyncio.wait({self._tasks[1]}, timeout=6)
        await self.together.finish()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if hasattr(self, "broker"):
            await self._leave_broker()
        if hasattr(self, "pool"):
            await self.pool.close()
        if "http_client" in self.__dict__:
            await self.http_client.aclose()

    async def _leave_broker(self) -> None:
        try:
            await self.broker.stop()
        except OUTAGES as error:
            log.warning("left without the broker", error=f"{type(error).__name__}: {error}")
            if hasattr(self, "client"):
                with contextlib.suppress(*OUTAGES):
                    await self.client.close()

    async def _patiently(self, attempt: Callable[[], Any]) -> Any:
        """Servers may come up after us; say what is waited for, once in a while."""
        tries = 0
        while True:
            try:
                return await attempt()
            except (*OUTAGES, Outage) as error:
                if tries % 20 == 0:
                    log.warning("waiting for a server", error=f"{type(error).__name__}: {error}")
                tries += 1
                await asyncio.sleep(min(0.05 * tries, 0.5))

    async def _check_ground(self) -> None:
        async with self.pool.acquire() as connection:
            todo = await pending(connection, self.service)
        if todo:
            raise NotReady(
                f"{self.service_name}: migrations not applied: {', '.join(todo)}. "
                f"Run `crossdock migrate {self.service_name}`"
            )
        lacking = await missing_streams(self.jetstream, needed(self.service))
        if lacking:
            raise NotReady(
                f"{self.service_name}: streams missing: {', '.join(lacking)}. "
                "Run `crossdock topology`"
            )

    async def _prepare(self) -> None:
        """The leases that replicas of this service share."""
        heard = self.handlers.heard()
        everything = heard.get("*", set())
        wanted = {
            stream: heard.get(stream.lower(), set()) | everything
            for stream in streams()
            if everything or stream.lower() in heard
        }
        self.hears = msgspec.json.encode({s: sorted(verbs) for s, verbs in wanted.items()}).decode()
        async with transaction(self.pool) as connection:
            # Before a lane hears what is new: a replica that does not must not take it again.
            await connection.execute(
                LEASES.arrive, self.owner, self.url, self.pid, self.version, self.hears
            )
        await shape_lanes(self.pool, self.service_name, wanted, self.settings.lanes)
        async with transaction(self.pool) as connection:
            self.obey(await read_pauses(connection))
            await connection.execute(LEASES.add_lease, RELAY, "relay")
            for _, function in self.handlers.periodic:
                await connection.execute(
                    LEASES.add_lease, lease_name(function.__name__), "periodic"
                )

    def _work_for(self, lease: Lease) -> Work:
        if lease.kind == "relay":
            return Relay(lease, self)
        if lease.kind == "lane":
            heard = self.handlers.heard()
            return Lane(
                lease, self, subjects_of(heard, lease.stream.lower(), list(lease.partitions))
            )
        for seconds, function in self.handlers.periodic:
            if lease_name(function.__name__) == lease.name:
                return Periodic(self, seconds, function, self.signals.get(lease.name))
        return Idle()

    async def _every_hour(self) -> None:
        while True:
            await self.keep_house()
            await asyncio.sleep(HOUSEKEEPING)

    async def keep_house(self) -> None:
        """Make the coming days' partitions and drop the old ones; next hour what cannot be now."""
        for statement, args in (
            (LEASES.make_partitions, ()),
            (LEASES.drop_partitions, (self.settings.keep_days,)),
        ):
            try:
                async with transaction(self.pool) as connection:
                    await connection.execute(LEASES.give_way)
                    await connection.execute(statement, *args)
            except Exception as error:
                log.warning("housekeeping failed", error=f"{type(error).__name__}: {error}")

    # Signals

    def convoy(self, lane: str) -> Convoy:
        """Whom a lane goes with: those of the other streams that have its number."""
        return self._convoys.setdefault(lane.rpartition("-")[2], Convoy(self))

    async def _on_wake(self, message: Any) -> None:
        if signal := self.signals.get(message.data.decode()):
            signal.set()

    async def _on_bell(self, _message: Any) -> None:
        if hasattr(self, "keeper"):
            self.keeper.hurry()
        self.errand_added.set()
        for lane in self._lanes():
            lane.nudge()

    async def _on_new_leader(self, message: Any) -> None:
        """A stream's server died: what lanes had open there sends no heartbeat any more."""
        self._distrust_lanes(message.subject.rpartition(".")[2])

    def _distrust_lanes(self, stream: str = "") -> None:
        """What lanes have open may have been on a server that is gone; all streams without one."""
        for lane in (lane for lane in self._lanes() if stream in ("", lane.lease.stream)):
            lane.distrust()

    def _lanes(self) -> list[Lane]:
        work = self.keeper.work if hasattr(self, "keeper") else ()
        return [each for each in work if isinstance(each, Lane)]

    def obey(self, pauses: Pauses) -> None:
        """What is paused as the store says; whoever waited for a change looks again."""
        if pauses == self.pauses:
            return
        log.info("pauses changed", paused=sorted(pauses.scopes))
        self.pauses = pauses
        self.metrics.paused.set(len(pauses.scopes))
        self.errand_added.set()
        for lane in self._lanes():
            lane.nudge()

    def _reconnected(self) -> None:
        if hasattr(self, "keeper"):
            self.jetstream.lost()
            for work in (w for w in self.keeper.work if isinstance(w, (Lane, Relay))):
                work.distrust()

    def handled(self, message: Message) -> None:
        """A message left the lane: handled, parked or dead."""
        for observer in self.observers:
            observer(message)

    async def _after_commit(self, tx: Tx) -> None:
        if tx.asked:
            self.errand_added.set()
        woken = {lease_name(name) for name in tx.woken} | ({RELAY} if tx.emitted else set())
        for lease in woken:
            self.signals[lease].set()
            if not self.keeper.holds(lease):
                try:
                    await self.client.publish(alarm(self.service_name), lease.encode())
                except OUTAGES:
                    log.debug("its replica is not told; it will look by itself", lease=lease)

    # Transactions

    @asynccontextmanager
    async def transaction(
        self, trace: Trace, correlation_id: UUID | None = None, causation_id: UUID | None = None
    ) -> AsyncIterator[tuple[Tx, Any]]:
        """A transaction with its connection; what waits in it is sent before the commit."""
        async with transaction(self.pool) as connection:
            tx = Tx(connection, self.service_name, self._owns, trace, correlation_id, causation_id)
            yield tx, connection
            await tx.flush()
            if unknown := tx.woken - self.handlers.woken:
                raise TypeError(f"no periodic work is woken by these names: {sorted(unknown)}")
        await self._after_commit(tx)
