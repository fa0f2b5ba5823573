"""Periodic work: begins at once, one replica at a time, and goes on after a failure."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from sample.tools import query, until

from crossdock import Handlers, Service
from crossdock.errors import NotReady
from crossdock.periodic import SAFETY_NET
from crossdock.testing import at_desk

RUNS: list[str] = []


def sweeping(seconds: float = 0.02, woken: bool = False) -> Service:
    """A service that sweeps; what it does is noted with the replica that did it."""
    handles = Handlers()

    @handles.every(seconds, woken=woken)
    async def sweep(service: Service) -> None:
        """Note who swept."""
        async with service.begin() as tx:
            tx.write("insert into heard (order_id, text) values ($1, 'sweep')", tx.service)
        RUNS.append(service.runtime.owner)
        if len(RUNS) == 2:
            raise ZeroDivisionError("told to")

    return Service("sample", handlers=handles, package="sample")


@pytest.fixture(autouse=True)
def nothing_swept():
    """Each test begins with an empty note."""
    RUNS.clear()


async def test_it_begins_with_the_service_and_goes_on_after_a_failure(service_urls):
    """The second run fails and rolls nothing else back; the third comes in time."""
    service = sweeping()
    nats_url, database_url = await service_urls(service)
    async with at_desk(service, nats_url, database_url) as desk:
        await until(lambda: _swept(3))
        assert len(await query(desk, "select 1 from heard")) >= 3


async def test_rare_work_is_done_at_the_start(service_urls):
    """A service that is started every day does what is due every week, and at once."""
    service = sweeping(7 * 86_400)
    nats_url, database_url = await service_urls(service)
    async with at_desk(service, nats_url, database_url):
        await until(lambda: _swept(1))


async def test_woken_work_rests_until_a_transaction_wakes_it_and_is_never_called_too_often(
    service_urls,
):
    """Once at the start, then once for many; who wakes nobody is told before the commit."""
    service = sweeping(0.1, woken=True)
    nats_url, database_url = await service_urls(service)
    async with at_desk(service, nats_url, database_url) as desk:
        await until(lambda: _swept(1))
        for _ in range(20):
            async with desk.begin() as tx:
                tx.wake("sweep")
        await until(lambda: _swept(3))  # the second one failed, and is called again
        await until(lambda: _rested(desk))
        before = len(RUNS)
        await asyncio.sleep(0.3)
        assert len(RUNS) == before
        with pytest.raises(TypeError, match="sweeep"):
            async with desk.begin() as tx:
                tx.wake("sweeep")


async def test_woken_work_of_another_replica_is_woken_too(service_urls):
    """The transaction commits here, the work is done there, long before it would look by itself."""
    here, there = sweeping(0.05, woken=True), sweeping(0.05, woken=True)
    nats_url, database_url = await service_urls(here)
    async with at_desk(there, nats_url, database_url) as one:
        await until(lambda: _swept(1))
        async with at_desk(here, nats_url, database_url) as other:
            idle = next(d for d in (one, other) if not d.runtime.keeper.holds("every-sweep"))
            count = len(RUNS)
            async with idle.begin() as tx:
                tx.wake("sweep")
            await until(lambda: _swept(count + 1), SAFETY_NET / 2)


async def test_one_replica_at_a_time_does_it_and_another_goes_on(service_urls):
    """With two replicas only one sweeps; when it stops, the other does."""
    first, second = sweeping(), sweeping()
    nats_url, database_url = await service_urls(first)
    async with at_desk(second, nats_url, database_url, lease_seconds=1) as other:
        async with at_desk(first, nats_url, database_url, lease_seconds=1):
            await until(lambda: _swept(5))
            sweepers = RUNS[-4:]
            assert len(set(sweepers)) == 1
        RUNS.clear()
        await until(lambda: _swept(3))
        assert set(RUNS) == {other.runtime.owner}


async def _rested(desk) -> bool:
    """Nobody has woken it since its last call."""
    return not desk.runtime.signals["every-sweep"].is_set()


async def _swept(times: int) -> bool:
    await asyncio.sleep(0)
    return len(RUNS) >= times


async def test_what_is_beside_is_open_while_transactions_can_begin(service_urls):
    """Opened after the start, closed before the end; nothing of it when it cannot be opened."""
    handles, seen = Handlers(), []

    @handles.beside
    @asynccontextmanager
    async def port(service):
        """Note when it opens and closes."""
        async with service.begin() as tx:
            seen.append(await tx.fetchval("select 'opened'"))
        try:
            yield
        finally:
            async with service.begin() as tx:
                seen.append(await tx.fetchval("select 'closed'"))

    service = Service("sample", handlers=handles, package="sample")
    nats_url, database_url = await service_urls(service)
    async with at_desk(service, nats_url, database_url):
        assert seen == ["opened"]
    assert seen == ["opened", "closed"]

    @handles.beside
    @asynccontextmanager
    async def taken(service):
        """It is taken."""
        raise NotReady("port 22 is taken")
        yield

    with pytest.raises(NotReady, match="port 22 is taken"):
        async with at_desk(service, nats_url, database_url):
            pass
    assert seen == ["opened", "closed"] * 2
