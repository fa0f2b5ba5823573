"""A stream that is not what it was: started over where that is harmless, never skipped."""

import asyncio
import os
import signal

import pytest
from sample.app import replica
from sample.tools import cancelled, heard, query, until

from crossdock import lanes, reader
from crossdock.testing import at_desk, lay_streams_at

LANES = "select name, position from crossdock.leases where kind = 'lane'"


@pytest.fixture
def desk_settings(monkeypatch):
    """Lanes that look again soon."""
    monkeypatch.setattr(lanes, "IDLE", 0.2)
    monkeypatch.setattr(reader, "HEARTBEAT", 0.2)
    return {"lease_seconds": 1.0}


async def positions(desk) -> dict[str, int]:
    """Where each lane stands."""
    return {row["name"]: row["position"] for row in await query(desk, LANES)}


async def test_a_stream_that_was_remade_is_started_over_and_the_inbox_makes_it_harmless(desk):
    """Deleted and laid again: new events are handled, published-again ones change nothing."""
    ids = [f"01890000-0000-7000-8000-{n:012}" for n in range(6)]
    for n, id_ in enumerate(ids):
        await (await desk.publish(cancelled(n, "first"), id=id_)).wait()
    await desk.runtime.jetstream.api("STREAM.DELETE.ORDERS")
    [*troubles] = await until(desk.service.trouble)
    assert all("stream ORDERS does not exist: run `crossdock topology`" in t for t in troubles)
    await lay_streams_at(desk.runtime.settings.nats_url)
    for n, id_ in enumerate(ids):
        await desk.publish(cancelled(n, "again"), id=id_)
    await desk.deliver(*(cancelled(n, "new") for n in range(6)))
    rows = await heard(desk)
    assert sorted(rows) == sorted((f"ORD-{n}", t) for n in range(6) for t in ("first", "new"))

    async def well() -> bool:
        return await desk.service.trouble() == []

    await until(well)


async def test_a_stream_that_retention_took_past_a_lane_is_not_skipped(service, service_urls):
    """What was never seen is gone: the lane stands still and says so, until a person helps."""
    nats_url, database_url = await service_urls(service)
    async with at_desk(service, nats_url, database_url) as desk:
        await desk.deliver(*(cancelled(n) for n in range(8)))
        js = desk.runtime.jetstream
    async with at_desk(replica(), nats_url, database_url) as desk:
        before = await positions(desk)
        await desk.deliver(*(cancelled(n, "seen") for n in range(8)))
    # While nobody reads, events come and go.
    from crossdock.reach import jetstream

    async with jetstream(nats_url) as js:
        for n in range(8):
            await js.client.request(f"orders.cancelled.v1.ORD-{n}", b"{}", timeout=5)
        info = await js.stream("ORDERS")
        last = info["state"]["last_seq"]
        await js.api("STREAM.UPDATE.ORDERS", {**info["config"], "deny_purge": False})
        await js.api("STREAM.PURGE.ORDERS", {"seq": last + 1})
    async with at_desk(replica(), nats_url, database_url) as desk:
        troubles = await until(desk.service.trouble)
        assert f"begins at {last + 1}, but this lane has only seen up to" in troubles[0]
        answer = await desk.http.get("/readyz")
        assert answer.status_code == 503
        assert troubles[0] in answer.json()["trouble"]
        await desk.publish(cancelled(1, "later"))
        assert ("ORD-1", "later") not in await heard(desk)
        assert before


async def test_a_lane_that_hears_little_is_not_overtaken_by_retention(desk):
    """What others' events took away was never this lane's: it passed them by and is well."""
    js = desk.runtime.jetstream
    await desk.deliver(*(cancelled(n) for n in range(8)))
    for n in range(40):  # a verb that nobody hears here
        await js.client.request(f"orders.released.v1.ORD-{n}", b"{}", timeout=5)
    last = (await js.stream("ORDERS"))["state"]["last_seq"]

    async def passed() -> bool:
        return all(position == last for position in (await positions(desk)).values())

    await until(passed)
    await js.api("STREAM.PURGE.ORDERS", {"seq": last})
    for work in desk.runtime.keeper.work:
        if hasattr(work, "distrust"):
            work.distrust()
    await desk.deliver(*(cancelled(n, "after") for n in range(8)))
    assert await desk.service.trouble() == []


async def test_a_new_lane_on_an_old_stream_starts_at_its_first_message(desk, make_database):
    """A consumer that is deployed later handles everything that the stream still holds."""
    await desk.deliver(*(cancelled(n, str(n)) for n in range(20)))
    js = desk.runtime.jetstream
    await js.api("STREAM.PURGE.ORDERS", {"seq": 6})  # five are gone for newcomers
    later = replica()
    url = await make_database(later)
    async with at_desk(later, desk.runtime.settings.nats_url, url) as second:

        async def caught_up() -> bool:
            return len(await heard(second)) >= 15

        await until(caught_up)
        assert sorted(int(text) for _, text in await heard(second)) == list(range(5, 20))
        assert await second.service.trouble() == []


async def test_a_stream_that_lost_its_latest_messages_is_read_again(desk):
    """Rolled back under the same identity: what is stored in their place is not skipped."""
    await desk.deliver(*(cancelled(n, "old") for n in range(8)))
    # As if the server had lost a tail that the lanes had handled: they stand further than it.
    await query(
        desk,
        "update crossdock.leases set position = position + 100, mark = mark + 100 "
        "where kind = 'lane'",
    )
    for work in desk.runtime.keeper.work:
        if hasattr(work, "distrust"):
            work.distrust()
    async with asyncio.timeout(60):
        await desk.deliver(*(cancelled(n, "new") for n in range(8)))
    rows = await heard(desk)
    assert sorted(rows) == sorted((f"ORD-{n}", t) for n in range(8) for t in ("old", "new"))


async def test_lanes_read_on_at_once_after_a_broker_that_died_while_they_asked_it(
    service, service_urls, nats_server
):
    """It hangs, lanes ask it for a consumer, it is killed and starts again: no answer will come."""
    nats_url, database_url = await service_urls(service)
    async with at_desk(service, nats_url, database_url) as desk:
        await desk.deliver(*(cancelled(n, "before") for n in range(8)))
        os.kill(nats_server.process.pid, signal.SIGSTOP)
        desk.runtime._reconnected()
        asked = desk.runtime.jetstream._asked
        await until(lambda: _at_least(asked, 2))
        await asyncio.to_thread(nats_server.kill)
        await asyncio.to_thread(nats_server.start)
        async with asyncio.timeout(4):
            while not desk.runtime.client.is_connected:
                await asyncio.sleep(0.01)
            await desk.deliver(*(cancelled(n, "after") for n in range(8)))


async def _at_least(some: set[asyncio.Task[None]], count: int) -> bool:
    return len(some) >= count
