"""Processes are killed and stopped while orders flow: everything completes, and the books agree."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import httpx
import pytest
from hands import Hands

pytestmark = pytest.mark.mesh

SERVICES = [
    "order_intake",
    "inventory_sync",
    "shipment_tracking",
    "invoicing",
    "returns",
    "partner_edi",
    "erp_bridge",
    "control_tower",
]
SERVERS = ["nats", "postgres"]
LINES = [("SAF-GLS-CLR", 1), ("BRG-6204-2RS", 2)]


async def place_surely(hands: Hands) -> str:
    """Place an order as a careful caller: the same request again until there is an answer."""
    key = f"surely-{uuid4()}"
    async with asyncio.timeout(120):
        while True:
            try:
                response = await hands.place(LINES, key=key)
            except httpx.TransportError:
                response = None
            if response is not None and response.status_code < 300:
                return str(response.json()["order_id"])
            assert response is None or response.status_code == 503, response.text
            await asyncio.sleep(0.1)


@asynccontextmanager
async def flowing(hands: Hands) -> AsyncIterator[list[str]]:
    """Orders come in all the while; afterwards each is completed and the mesh is quiet."""
    placed: list[str] = []
    enough = asyncio.Event()

    async def customer() -> None:
        while not enough.is_set():
            placed.append(await place_surely(hands))
            await asyncio.sleep(0.2)

    task = asyncio.create_task(customer())
    try:
        yield placed
    finally:
        enough.set()
        await task
    await hands.completed(*placed)
    await hands.quiet()
    assert len(placed) == len(set(placed)) > 0
    assert await hands.audited() == {}


async def test_every_service_and_server_may_die(hands: Hands) -> None:
    """SIGKILL for one after the other: each is started again, and nothing is lost or doubled."""
    async with flowing(hands) as placed:
        for name in [*SERVICES, *SERVERS]:
            before = len(placed)
            pid = hands.signal(name, signal.SIGKILL)
            await hands.back(name, pid)
            if name in SERVERS:
                for service in SERVICES:
                    await hands.back(service, 0)

            async def went_on(before: int = before) -> bool:
                return len(placed) > before

            await hands.until(f"an order after {name} died", went_on)


async def test_all_services_may_die_at_once(hands: Hands) -> None:
    """A power cut of everything but the servers."""
    async with flowing(hands):
        pids = {name: hands.signal(name, signal.SIGKILL) for name in SERVICES}
        for name, pid in pids.items():
            await hands.back(name, pid)


async def test_a_service_that_was_away_catches_up(hands: Hands) -> None:
    """Orders go on without inventory, and are reserved and shipped when it is back."""
    hands.stop("inventory_sync")
    try:
        orders = [await place_surely(hands) for _ in range(5)]
        found = [await hands.get("order_intake", f"/orders/{order}") for order in orders]
        assert {order["status"] for order in found} == {"accepted"}
    finally:
        await hands.start("inventory_sync")
    await hands.completed(*orders)
    await hands.quiet()
    assert await hands.audited() == {}


@pytest.mark.parametrize("name", ["order_intake", "inventory_sync", "control_tower"])
async def test_sigterm_ends_a_service_cleanly(hands: Hands, name: str) -> None:
    """In the middle of work: exit 0, no lease kept, no replica and no session left behind."""
    async with flowing(hands):
        await asyncio.sleep(0.5)
        pid = hands.process(name).pid
        ended = await asyncio.to_thread(hands.stop, name)
        try:
            assert (ended["statename"], ended["exitstatus"]) == ("STOPPED", 0)
            held = await hands.sql(
                name, "select name, owner from crossdock.leases where owner is not null"
            )
            assert [dict(row) for row in held] == []
            # Those that were killed by other tests could say nothing of their end.
            known = await hands.sql(name, "select pid from crossdock.replicas")
            assert pid not in [row["pid"] for row in known]
            sessions = await hands.sql(
                name,
                """select state, query from pg_stat_activity
                   where datname = current_database() and pid <> pg_backend_pid()
                     and backend_type = 'client backend'""",
            )
            assert [dict(row) for row in sessions] == []
        finally:
            await hands.start(name)
