"""A service: its name, what it owns, what it handles, and how it runs."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
import structlog

from crossdock_contracts import Question, name_of

from .broker import OUTAGES
from .database import transaction
from .errors import Outage
from .handlers import Handlers
from .ids import new_id
from .memory import settle_memory
from .questions import answer_type_of, answering, raw
from .reach import package_version
from .runtime import Runtime
from .settings import Settings
from .sql import queries
from .telemetry import Trace, Tracer, current, record_spans, write_logs
from .together import Work
from .tx import Origin, Tx

if TYPE_CHECKING:
    from faststream.nats import NatsBroker

T = TypeVar("T")
W = TypeVar("W")
A = TypeVar("A")
ANSWERS_AT_ONCE = 4
log = structlog.get_logger()
LOOK = queries("look")


class Service:
    """One deployable service. `owns` are the nouns it alone may publish.

    `projection` says that its store follows from the streams alone, and can be rebuilt from them.
    """

    def __init__(
        self,
        name: str,
        *,
        owns: Sequence[str] = (),
        handlers: Handlers | None = None,
        settings: type[Settings] = Settings,
        routes: Sequence[Any] = (),
        package: str | None = None,
        projection: bool = False,
    ) -> None:
        self.name = name
        self.projection = projection
        self.package = package or name
        self.owns = tuple(owns)
        self.handlers = handlers or Handlers()
        self.settings_type = settings
        self.routes = tuple(routes)
        self.tracer = Tracer(name)
        self._runtime: Runtime | None = None

    @property
    def runtime(self) -> Runtime:
        """What runs; Outage before the start and after the stop."""
        if self._runtime is None:
            raise Outage(f"{self.name} is not running")
        return self._runtime

    @property
    def settings(self) -> Any:
        """The settings this service was started with."""
        return self.runtime.settings

    # For handlers, routes and periodic work

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Tx]:
        """One transaction, in the trace of the request, or as the start of a trace of its own."""
        runtime = self.runtime
        if not runtime.ready:
            raise Outage(f"{self.name} is not ready")
        here = current.get()
        with nullcontext(here) if here else self.tracer.step("transaction", None) as trace:
            async with runtime.transaction(trace) as (tx, _):
                yield tx

    @contextmanager
    def part(self, tx: Tx, name: str, traceparent: str = "") -> Iterator[None]:
        """One of many things that a request brought: what `tx` says meanwhile is of its trace."""
        parent = Trace.read(traceparent) if traceparent else current.get()
        with self.tracer.step(name, parent, "server") as trace:
            tx.speak_for(Origin(trace, new_id(), None))
            yield

    async def together(self, work: Work[W, A], what: W) -> A:
        """Have a request worked off with all that are there, in one transaction.

        `work(tx, asked)` answers each of them, in their order, and says who an event is for by
        `tx.speak_for`. Where it fails for several it is done again for each alone.
        """
        runtime = self.runtime
        if not runtime.ready:
            raise Outage(f"{self.name} is not ready")
        return await runtime.together.do(work, what)

    async def ask(self, question: Question[T], *, deadline: float) -> T | None:
        """Ask while a caller waits; None when nobody answered within `deadline` seconds."""
        answer_type = answer_type_of(type(question))
        subject = f"ask.{name_of(type(question))}"
        try:
            reply = await self.runtime.client.request(
                subject, msgspec.json.encode(question), timeout=deadline
            )
            answer: T = msgspec.json.decode(reply.data, type=answer_type)
            return answer
        except (*OUTAGES, msgspec.DecodeError) as error:
            log.info("no answer", question=subject, error=type(error).__name__)
            return None

    def answer_on(self, broker: NatsBroker) -> None:
        """Subscribe the answers of this service, one replica of it for each question."""
        for question, function in self.handlers.questions.items():
            subject = f"ask.{name_of(question)}"
            subscriber = broker.subscriber(
                subject, queue=self.name, decoder=raw, max_workers=ANSWERS_AT_ONCE
            )
            subscriber(answering(self, question, function))

    # Health

    async def trouble(self) -> list[str]:
        """Why this service cannot do its work just now; empty when it can."""
        if self._runtime is None or not self._runtime.started:
            return ["starting"]
        runtime, found = self._runtime, []
        if not runtime.client.is_connected:
            found.append("NATS is away")
        try:
            async with asyncio.timeout(2), transaction(runtime.pool) as connection:
                rows = await connection.fetch(LOOK.troubles)
                found += [f"{row['name']}: {row['trouble']}" for row in rows]
        except (Outage, TimeoutError) as error:
            found.append(f"PostgreSQL is away: {type(error).__name__}")
        return found

    def paused(self) -> list[str]:
        """What people have paused here; that is no trouble."""
        return sorted(self._runtime.pauses.scopes) if self._runtime else []

    async def measure(self) -> None:
        """Refresh the gauges that come from the store."""
        from . import errands, outbox, parked

        runtime = self.runtime
        async with transaction(runtime.pool) as connection:
            [counts] = await connection.fetch(parked.SQL.counts)
            [backlog] = await connection.fetch(outbox.SQL.backlog)
            [calls] = await connection.fetch(errands.SQL.counts)
        runtime.metrics.parked.set(counts["parked"])
        runtime.metrics.too_new.set(counts["too_new"])
        runtime.metrics.dead.set(counts["dead"] + calls["dead"])
        runtime.metrics.backlog.set(backlog["rows"])

    # Running

    @asynccontextmanager
    async def running(self, **settings: Any) -> AsyncIterator[Runtime]:
        """Run the service in this event loop; HTTP answers before it is ready."""
        # A command that only looks at what a service is made of does without what serves HTTP.
        from .http import build_app
        from .serving import listen, server_of

        loaded = self.settings_type.load(**settings)
        listener = listen(loaded.http_host, loaded.http_port, self.name)
        port = listener.getsockname()[1]
        try:
            app = build_app(self, loaded, self.routes)
        except BaseException:
            listener.close()
            raise
        self._runtime = runtime = Runtime(self, loaded, port)
        server = server_of(app)
        serving = asyncio.create_task(server.serve([listener]))
        try:
            await runtime.start()
            async with AsyncExitStack() as beside:
                for context in self.handlers.contexts:
                    await beside.enter_async_context(context(self))
                yield runtime
        finally:
            server.leave()
            await asyncio.gather(serving, return_exceptions=True)
            await runtime.stop()
            self._runtime = None

    async def serve(self) -> None:
        """Run until SIGTERM or SIGINT, then stop gracefully."""
        loaded = self.settings_type.load()
        record_spans(self.name, package_version(self.name))
        write_logs(self.name, loaded.log_level)
        self.tracer = Tracer(self.name)
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        main = asyncio.create_task(self._until(stop))
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait({main, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if not main.done() and (self._runtime is None or not self._runtime.started):
            main.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await main
        stopped.cancel()

    async def _until(self, stop: asyncio.Event) -> None:
        async with self.running() as runtime:
            settle_memory()
            log.info("ready", url=runtime.url, owner=runtime.owner)
            await stop.wait()
            log.info("stopping")

    def run(self) -> None:
        """The process: `crossdock run <name>`."""
        try:
            import uvloop
        except ImportError:
            asyncio.run(self.serve())
        else:
            uvloop.run(self.serve())
