"""A projection's store is made anew beside the one at work, and switched over to without a gap."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sample import app as sample
from sample.tools import cancelled, until

from crossdock import Handlers, Service, Tx
from crossdock.acts import By
from crossdock.database import Connection, connect
from crossdock.errors import NotReady
from crossdock.rebuild import drop_kept, reasons_against, rebuild
from crossdock.rehearsal import database_of
from crossdock.testing import Desk
from crossdock_contracts.orders import OrderCancelled

ME = By(who="tester", reason="a column more")
BEFORE, MEANWHILE = 300, 200
EACH = "select order_id, count(*) as n from heard group by order_id"


def projection() -> Service:
    """The sample, hearing and saying nothing."""
    handles = Handlers()

    @handles
    async def keep(event: OrderCancelled, tx: Tx) -> None:
        """Write down what was heard."""
        tx.write("insert into heard (order_id, text) values ($1, 'kept')", event.order_id)

    settings = sample.SampleSettings
    return Service("sample", handlers=handles, settings=settings, package="sample")


@pytest.fixture
def service() -> Service:
    """At work while it is rebuilt."""
    return projection()


@asynccontextmanager
async def looking(desk: Desk) -> AsyncIterator[Connection]:
    """A connection of one's own to whatever store is in place."""
    connection = await connect(desk.runtime.settings.database_url)
    try:
        yield connection
    finally:
        await connection.close()


async def test_a_store_is_rebuilt_while_it_is_at_work(
    desk: Desk, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was wrong in it is right, what comes meanwhile is there once, the old one is kept."""
    monkeypatch.setenv("CROSSDOCK_POSTGRES_URL", postgres_url)
    url = desk.runtime.settings.database_url
    await desk.deliver(*(cancelled(n) for n in range(BEFORE)))
    async with looking(desk) as store:
        await store.execute("delete from heard where order_id < 'ORD-2'")

    async def publish() -> None:
        for n in range(BEFORE, BEFORE + MEANWHILE):
            await desk.publish(cancelled(n))

    async def published() -> None:
        publishing.set()
        await asyncio.sleep(0)

    publishing = asyncio.Event()

    async def meanwhile() -> None:
        await publishing.wait()
        await publish()

    others = asyncio.create_task(meanwhile())
    given = {"CROSSDOCK_NATS_URL": desk.runtime.settings.nats_url}
    done = await rebuild(projection(), url, ME, before_switch=published, **given)
    await others
    try:

        async def all_there() -> bool:
            async with looking(desk) as store:
                return await store.fetchval("select count(*) from heard") >= BEFORE + MEANWHILE

        await until(all_there)
        async with looking(desk) as store:
            counts = {row["order_id"]: row["n"] for row in await store.fetch(EACH)}
            act = await store.fetchrow("select who, action, about, reason from crossdock.acts")
            lanes = await store.fetch("select stream, hears from crossdock.leases")
        assert set(counts.values()) == {1}
        assert len(counts) == BEFORE + MEANWHILE
        assert tuple(act) == ("tester", "rebuild", database_of(url), "a column more")
        assert len(lanes) == 3, "two lanes and the relay"
        await desk.deliver(cancelled(9999))
        old = await connect(postgres_url.rpartition("/")[0] + f"/{done.before}")
        assert 0 < await old.fetchval("select count(*) from heard") < BEFORE + MEANWHILE
        await old.close()
    finally:
        await drop_kept(done.before)


async def test_what_fails_at_the_switch_leaves_the_old_store_in_place(
    desk: Desk, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It goes on as if nothing had been tried."""
    monkeypatch.setenv("CROSSDOCK_POSTGRES_URL", postgres_url)
    await desk.deliver(cancelled(1))

    async def broken(*_: object) -> None:
        raise NotReady("the disk is full")

    monkeypatch.setattr("crossdock.rebuild._carry", broken)
    settings = desk.runtime.settings
    with pytest.raises(NotReady, match="the disk is full"):
        await rebuild(projection(), settings.database_url, ME, CROSSDOCK_NATS_URL=settings.nats_url)
    await desk.deliver(cancelled(2))
    async with looking(desk) as store:
        assert await store.fetchval("select count(*) from heard") == 2
        others = await store.fetchval(
            "select count(*) from pg_database where datname like $1",
            f"{database_of(settings.database_url)}!_%".replace("!", "\\"),
        )
    assert others == 0, "neither a half-built store nor a kept one"


async def test_what_speaks_is_not_rebuilt(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each reason is told: events, calls, and what people change."""
    url = desk.runtime.settings.database_url
    with pytest.raises(NotReady, match="count says events") as told:
        await rebuild(sample.replica(), url, ME)
    assert "make_call calls the outside" in str(told.value)
    assert "/notes changes the store" in str(told.value)
    assert reasons_against(projection()) == []


async def test_what_spoke_without_saying_so_is_not_switched_to(
    desk: Desk, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A signature can hide an event; the second store cannot."""
    monkeypatch.setenv("CROSSDOCK_POSTGRES_URL", postgres_url)
    await desk.deliver(cancelled(1))
    speaking = projection()
    handles = Handlers()

    @handles
    async def keep(event: OrderCancelled, tx: Tx) -> None:
        """Say something on the way."""
        tx.raise_exception(code="odd", text="odd", team="it", about=event.order_id)

    speaking.handlers = handles
    settings = desk.runtime.settings
    with pytest.raises(NotReady, match=r"said or asked for 1 things.*Nothing was switched"):
        await rebuild(speaking, settings.database_url, ME, CROSSDOCK_NATS_URL=settings.nats_url)
