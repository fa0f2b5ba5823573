"""Test a service on real servers: deliver events to it, look at what it said, never sleep.

A test gives a fixture `service`; `desk` then runs it on a fresh nats-server and a database of its
own (the fixture `service_urls` says where).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

import httpx
import msgspec
import pytest

from crossdock_contracts import Event, name_of, subject_token

from . import errands, parked
from .ids import new_id
from .loopback import loopback_client
from .migrate import migrate
from .reach import jetstream
from .sql import queries
from .topology import lay_streams
from .tx import Tx

if TYPE_CHECKING:
    from .message import Message
    from .runtime import Runtime
    from .service import Service

E = TypeVar("E", bound=Event)
# A signal ends each wait; only what never happens takes so long, on however busy a machine.
PATIENCE = 60.0
LOOK = queries("look")


class Desk:
    """A running service with hands on its inbox and eyes on its outbox."""

    def __init__(self, service: Service, runtime: Runtime, http: httpx.AsyncClient) -> None:
        self.service = service
        self.runtime = runtime
        self.http = http
        self._watched: dict[UUID, asyncio.Event] = {}
        runtime.observers.append(self._see)

    def _see(self, message: Message) -> None:
        seen = self._watched.get(message.id)
        if seen is not None:
            seen.set()

    async def deliver(self, *events: Event, **headers: str) -> None:
        """Publish events in order and return when each was handled, parked or is dead."""
        waits = [await self.publish(event, **headers) for event in events]
        async with asyncio.timeout(PATIENCE):
            for seen in waits:
                await seen.wait()

    async def publish(self, event: Event, **headers: str) -> asyncio.Event:
        """Publish one event; the answer is set when it was handled, parked or is dead."""
        name = name_of(type(event))
        if self.service.handlers.find(name) is None:
            raise AssertionError(f"{self.service.name} has no handler for {name}")
        return await self.publish_raw(str(name), event.key, msgspec.json.encode(event), **headers)

    async def publish_raw(
        self, literal: str, key: str, body: bytes, **headers: str
    ) -> asyncio.Event:
        """Publish any bytes as an event of a type and key."""
        message_id = UUID(headers.pop("id", "") or str(new_id()))
        given = {
            "Nats-Msg-Id": str(message_id),
            "ce-id": str(message_id),
            "ce-type": literal,
            "ce-source": "test",
            "ce-time": "2026-01-02T03:04:05+00:00",
            "ce-subject": key,
            **headers,
        }
        seen = self._watched.setdefault(message_id, asyncio.Event())
        reply = await self.runtime.client.request(
            f"{literal}.{subject_token(key)}", body, headers=given, timeout=5
        )
        assert b'"error"' not in reply.data, reply.data
        return seen

    async def emitted(self, event: type[E]) -> list[E]:
        """Every event of a class in the outbox so far, in order."""
        rows = await self._fetch(LOOK.said, str(name_of(event)))
        return [msgspec.json.decode(row["body"], type=event) for row in rows]

    async def eventually(self, event: type[E], count: int = 1) -> list[E]:
        """The events of a class, once there are `count` of them; waits on the relay's signal."""
        async with asyncio.timeout(PATIENCE):
            while True:
                self.runtime.published.clear()
                found = await self.emitted(event)
                if len(found) >= count:
                    return found
                await self.runtime.published.wait()

    async def parked(self) -> list[Any]:
        """Messages that wait to be tried again, oldest first."""
        return await self._fetch(parked.SQL.list_parked, ["waiting", "behind"], 1000)

    async def dead(self) -> list[Any]:
        """Messages that wait for a person, oldest first."""
        return await self._fetch(parked.SQL.list_parked, ["dead"], 1000)

    async def errands_done(self) -> None:
        """Return when no errand is due any more."""
        async with asyncio.timeout(PATIENCE):
            while (await self._fetch(errands.SQL.counts))[0]["due"]:  # noqa: ASYNC110
                await asyncio.sleep(0.01)

    async def unparked(self) -> None:
        """Return when nothing is parked any more (dead messages stay)."""
        async with asyncio.timeout(PATIENCE):
            while await self.parked():  # noqa: ASYNC110 - nothing signals it, the store knows
                await asyncio.sleep(0.02)

    def begin(self) -> AbstractAsyncContextManager[Tx]:
        """A transaction in the service's database."""
        return self.service.begin()

    async def _fetch(self, sql: str, *args: Any) -> list[Any]:
        async with self.runtime.pool.acquire() as connection:
            return list(await connection.fetch(sql, *args))


@asynccontextmanager
async def at_desk(
    service: Service, nats_url: str, database_url: str, **settings: Any
) -> AsyncIterator[Desk]:
    """Run a service on given servers, its streams laid and its database migrated."""
    await migrate(service, database_url)
    await lay_streams_at(nats_url)
    given = {
        "database_url": database_url,
        "CROSSDOCK_NATS_URL": nats_url,
        "http_port": 0,
        **settings,
    }
    async with (
        service.running(**given) as runtime,
        loopback_client(base_url=runtime.url, timeout=PATIENCE) as http,
    ):
        yield Desk(service, runtime, http)


async def lay_streams_at(nats_url: str) -> None:
    """Lay all streams on a server."""
    async with jetstream(nats_url) as js:
        await lay_streams(js)


@pytest.fixture
def desk_settings() -> dict[str, Any]:
    """Settings a test's service is started with; override this fixture to give some."""
    return {}


@pytest.fixture
async def desk(
    service: Service,
    service_urls: Callable[[Service], Any],
    desk_settings: dict[str, Any],
) -> AsyncIterator[Desk]:
    """The service under test, running on servers of its own."""
    nats_url, database_url = await service_urls(service)
    async with at_desk(service, nats_url, database_url, **desk_settings) as running:
        yield running


__all__ = ["Desk", "at_desk", "desk", "desk_settings", "lay_streams_at"]
