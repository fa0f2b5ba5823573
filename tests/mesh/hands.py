"""A running mesh with hands on its processes, its stores and its streams."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import httpx

from control_tower.audit.facts import SERVICES
from control_tower.audit.report import as_json
from control_tower.audit.rounds import audit_stores
from crossdock import audit
from crossdock.broker import JetStream
from crossdock.database import Connection, connect, with_database
from crossdock.reach import jetstream
from crossdock_demo.world import World
from crossdock_local.environment import NATS_URL, POSTGRES_URL
from crossdock_local.forks import Said, run
from crossdock_local.runtime import LocalMesh

# A dead message is in flight for the audit until a person decides; for the tests it is at rest.
AT_REST = " dead in "


class Hands(World):
    """The demo's clients, and beside them what only an operator or an accident does."""

    def __init__(self, mesh: LocalMesh) -> None:
        super().__init__(mesh.environment(), list(SERVICES))
        self.mesh = mesh
        self.nats_url = self.environment[NATS_URL]

    def __getitem__(self, name: str) -> httpx.AsyncClient:
        """A service's client as it is: accidents are told by its own errors."""
        return self._clients[name]

    # As a user

    async def order(self, *lines: tuple[str, object], customer: str = "CUST-PIEDMONT") -> str:
        """Place an order over HTTP that must be accepted; its id."""
        response = await self.place(lines, customer=customer)
        assert response.status_code == 201, response.text
        return str(response.json()["order_id"])

    async def place(
        self, lines: Any, *, customer: str = "CUST-PIEDMONT", key: str = "", **fields: Any
    ) -> httpx.Response:
        """Ask for an order, whatever comes of it."""
        wanted = [{"item": item, "quantity": str(quantity)} for item, quantity in lines]
        body = {"customer_id": customer, "lines": wanted, **fields}
        headers = {"Idempotency-Key": key or f"test-{uuid4()}"}
        return await self["order_intake"].post("/orders", json=body, headers=headers)

    async def completed(self, *order_ids: str) -> None:
        """Return when these orders are completed."""
        for order_id in order_ids:

            async def done(order_id: str = order_id) -> bool:
                found = await self.get("order_intake", f"/orders/{order_id}")
                return bool(found["status"] == "completed")

            await self.until(f"{order_id} completed", done)

    async def crossdock(self, *words: str) -> Said:
        """Run a command as a user of this mesh would."""
        return await asyncio.to_thread(
            run,
            ["crossdock", *words],
            environment=os.environ | self.environment | {"COLUMNS": "200"},
            folder=self.mesh.state,
        )

    # As an operator

    async def settled(self) -> list[str]:
        """Return when nothing moves any more; what is dead by then."""
        dead: list[str] = []

        async def at_rest() -> bool:
            async with audit.open_stores(self.services) as stores:
                if stores.missing:
                    return False
                found = {
                    text for texts in (await audit.in_flight(stores)).values() for text in texts
                }
            dead[:] = sorted(text for text in found if AT_REST in text)
            return len(dead) == len(found)

        await self.until("a settled mesh", at_rest)
        return dead

    async def audited(self, rounds: int = 2) -> dict[int, list[str]]:
        """Sentences about violations by invariant, as the audit finds them; nothing where none."""
        found = as_json(await audit_stores(SERVICES, audit, rounds=rounds, pause=0.05))
        assert not found["not_audited"]
        return {
            row["number"]: [violation["text"] for violation in row["violations"]]
            for row in found["invariants"]
            if row["violations"]
        }

    def process(self, name: str) -> Any:
        """How a process of the mesh is doing, as its supervisor says."""
        return next(process for process in self.mesh.processes() if process.name == name)

    def signal(self, name: str, number: signal.Signals) -> int:
        """Send a signal to a process of the mesh; its pid."""
        pid = int(self.process(name).pid)
        os.kill(pid, number)
        return pid

    async def back(self, name: str, after: int) -> None:
        """Return when a process lives again under another pid, and a service is ready."""

        async def is_back() -> bool:
            if self.process(name).pid in (0, after):
                return False
            if name not in self.services:
                return True
            try:
                return (await self[name].get("/readyz")).status_code == 200
            except httpx.HTTPError:
                return False

        await self.until(f"{name} back", is_back)

    def stop(self, name: str) -> dict[str, Any]:
        """Stop a service as an operator would, with SIGTERM; what the supervisor says of it."""
        with self.mesh.supervisor._proxy() as proxy:
            proxy.supervisor.stopProcess(f"rank30:{name}")
            found: Any = proxy.supervisor.getProcessInfo(f"rank30:{name}")
        return dict(found)

    async def start(self, name: str) -> None:
        """Start a service that was stopped, and return when it is ready."""
        with self.mesh.supervisor._proxy() as proxy:
            proxy.supervisor.startProcess(f"rank30:{name}", False)
        await self.back(name, 0)

    # As an accident

    @asynccontextmanager
    async def store(self, service: str) -> AsyncIterator[Connection]:
        """A service's database, as the administrator."""
        url = with_database(self.environment[POSTGRES_URL], service)
        connection = await connect(url)
        try:
            yield connection
        finally:
            await connection.close()

    async def sql(self, service: str, statement: str, *args: object) -> Any:
        """One statement in a service's database; its rows."""
        async with self.store(service) as db:
            return await db.fetch(statement, *args)

    @asynccontextmanager
    async def streams(self) -> AsyncIterator[JetStream]:
        """The broker."""
        async with jetstream(self.nats_url) as js:
            yield js

    async def publish(
        self, subject: str, body: bytes, headers: dict[str, str] | None = None
    ) -> int:
        """Store any bytes under a subject, as anybody could; the stream sequence."""
        async with self.streams() as js:
            reply = await js.client.request(subject, body, headers=headers, timeout=30)
        answer = json.loads(reply.data)
        assert "error" not in answer, answer
        return int(answer["seq"])

    async def stored(self, stream: str) -> list[audit.Stored]:
        """What a stream holds, in order."""
        async with self.streams() as js:
            return (await audit.read_streams(js))[stream]

    async def cases(self, code: str) -> list[dict[str, Any]]:
        """The cases that an exception of this code opened."""
        found = await self.get("control_tower", "/cases", limit=500)
        return [case for case in found if case["exception"] and case["exception"]["code"] == code]


def envelope(literal: str, key: str, **more: str) -> dict[str, str]:
    """The headers of an event that somebody publishes by hand."""
    event_id = str(uuid4())
    return {
        "Nats-Msg-Id": event_id,
        "ce-id": event_id,
        "ce-type": literal,
        "ce-source": "somebody",
        "ce-time": "2026-01-02T03:04:05+00:00",
        "ce-subject": key,
        "traceparent": f"00-{UUID(event_id).hex}-{'b' * 16}-01",
        **more,
    }
