"""Replicas share lanes and take over from each other; whoever was too late commits nothing."""

import asyncio
import os
import sys
from pathlib import Path

import msgspec
import pytest
from nats import connect as connect_nats
from sample.app import BROKEN, replica
from sample.tools import cancelled, heard, query, until

from crossdock.database import connect
from crossdock.lanes import Lane
from crossdock.leases import divide
from crossdock.testing import Desk, at_desk
from crossdock_contracts import name_of, subject_token

QUICK = {"lease_seconds": 1.0, "lanes": 4}
OWNERS = "select name, owner from crossdock.leases where kind = 'lane' order by name"


@pytest.fixture
def desk_settings():
    """Leases that a test can wait for."""
    return QUICK


def beside(desk: Desk, **settings):
    """Another replica of a desk's service."""
    mine = desk.runtime.settings
    return at_desk(replica(), mine.nats_url, mine.database_url, **{**QUICK, **settings})


async def owners(desk) -> dict[str, str | None]:
    """Who owns each lane."""
    return {row["name"]: row["owner"] for row in await query(desk, OWNERS)}


def in_order(rows: list[tuple[str, str]], each: int) -> None:
    """Every key has its events 0 to `each` - 1, once, in order."""
    keys = {key for key, _ in rows}
    for key in keys:
        assert [int(text) for k, text in rows if k == key] == list(range(each)), key


def burst(first: int, count: int, keys: int = 8) -> list:
    """Events numbered within their keys."""
    return [cancelled(n % keys, str(n // keys)) for n in range(first, first + count)]


async def deliver(desk, events) -> None:
    """Publish; whichever replica handles it."""
    for event in events:
        await desk.publish(event)


async def count_heard(desk, count: int) -> bool:
    """Whether so many were handled."""
    [row] = await query(desk, "select count(*) as n from heard")
    return row["n"] >= count


async def test_replicas_share_lanes_and_none_is_in_two_hands(desk):
    """The second replica gets its share, and everything is handled once, in order per key."""
    await desk.deliver(*burst(0, 80))
    async with beside(desk) as other:

        async def shared() -> bool:
            return set((await owners(desk)).values()) == {
                desk.runtime.owner,
                other.runtime.owner,
            }

        await until(shared)
        await deliver(desk, burst(80, 160))
        await until(lambda: count_heard(desk, 240))
    rows = await heard(desk)
    assert len(rows) == 240
    in_order(rows, 30)


async def test_a_graceful_stop_gives_lanes_back_at_once(desk):
    """When a replica has stopped, nobody waits for its leases to expire."""
    async with beside(desk) as other:

        async def shared() -> bool:
            return other.runtime.owner in (await owners(desk)).values()

        await until(shared)
    assert other.runtime.owner not in (await owners(desk)).values()
    [row] = await query(desk, "select count(*) as n from crossdock.replicas")
    assert row["n"] == 1


async def test_a_replica_whose_tasks_die_without_goodbye_is_replaced(desk):
    """Its leases run out, another takes them with a higher epoch, and nothing is lost."""
    async with beside(desk) as other:

        async def shared() -> bool:
            return other.runtime.owner in (await owners(desk)).values()

        await until(shared)
        keeper = other.runtime.keeper
        for task in [*other.runtime._tasks, *(task for _, _, task in keeper._running.values())]:
            task.cancel()
        await deliver(desk, burst(0, 80))
        await until(lambda: count_heard(desk, 80))
        assert set((await owners(desk)).values()) == {desk.runtime.owner}
        keeper._running.clear()
    in_order(await heard(desk), 10)


async def test_a_process_that_is_killed_in_the_middle_of_its_work_is_replaced(
    service, service_urls
):
    """kill -9 between the statements of a batch: the successor handles all of it, once."""
    nats_url, database_url = await service_urls(service)
    environment = {
        **os.environ,
        "SAMPLE_DATABASE_URL": database_url,
        "CROSSDOCK_NATS_URL": nats_url,
        "SAMPLE_HTTP_PORT": "0",
        "SAMPLE_LEASE_SECONDS": "1",
        "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path]),
        "STALL": "1",
    }
    async with at_desk(service, nats_url, database_url):
        pass  # streams and tables are there
    program = [sys.executable, "-c", "from sample.app import service; service.run()"]
    process = await asyncio.create_subprocess_exec(
        *program, env=environment, stdout=asyncio.subprocess.DEVNULL
    )
    watch = await connect(database_url)
    try:

        async def serving() -> bool:
            rows = await watch.fetch(OWNERS)
            return all(row["owner"] for row in rows)

        await until(serving)
        client = await connect_nats(nats_url)
        for number, event in enumerate(burst(0, 80)):
            headers = {"ce-subject": event.key, "ce-type": str(name_of(type(event)))}
            headers["Nats-Msg-Id"] = headers["ce-id"] = f"01890000-0000-7000-8000-{number:012}"
            subject = f"{headers['ce-type']}.{subject_token(event.key)}"
            await client.publish(subject, msgspec.json.encode(event), headers=headers)
        await client.flush()

        async def stalled() -> bool:
            rows = await watch.fetch(
                "select 1 from pg_stat_activity where datname = current_database() "
                "and state = 'idle in transaction'"
            )
            return bool(rows)

        await until(stalled)
        await client.close()
    finally:
        process.kill()
        await process.wait()
        await watch.close()
    async with at_desk(replica(), nats_url, database_url, **QUICK) as desk:
        await until(lambda: count_heard(desk, 80))
        rows = await heard(desk)
        assert len(rows) == 80
        in_order(rows, 10)


async def test_a_zombie_whose_lane_was_taken_commits_nothing(desk):
    """Its session ended in the middle of a batch, another took the lane: the batch is undone."""
    gate = BROKEN["gate"] = asyncio.Event()
    await desk.publish(cancelled(1, "gated"))
    await BROKEN["entered"].wait()
    # While the batch is open its lane cannot be taken: the row is locked.
    taken = (
        "update crossdock.leases set owner = 'other', epoch = epoch + 1, "
        "expires_at = now() + '1 hour' where kind = 'lane'"
    )
    async with desk.runtime.pool.acquire() as connection:
        with pytest.raises(Exception, match="lock timeout"):
            await connection.execute(f"set lock_timeout = 100; {taken}")
        await connection.execute("reset lock_timeout")
    await query(
        desk,
        "select pg_terminate_backend(pid) from pg_stat_activity "
        "where datname = current_database() and state like 'idle in transaction%'",
    )
    await query(desk, taken)
    gate.set()

    async def given_up() -> bool:
        return not any(isinstance(work, Lane) for work in desk.runtime.keeper.work)

    await until(given_up)
    assert await heard(desk) == []
    assert await query(desk, "select 1 from crossdock.inbox") == []
    # When the other is gone, its lanes are taken back and the message is handled.
    await query(desk, "update crossdock.leases set expires_at = now() where owner = 'other'")
    await until(lambda: count_heard(desk, 1))


async def test_another_number_of_lanes_loses_and_repeats_nothing(service, service_urls):
    """2, then 4, then 3 lanes, with events waiting each time: all handled once, in order."""
    nats_url, database_url = await service_urls(service)
    total = 0
    for lanes in (2, 4, 3):
        async with at_desk(replica(), nats_url, database_url, **{**QUICK, "lanes": lanes}) as desk:
            await deliver(desk, burst(total, 80))
            total += 80
            assert len(await owners(desk)) == lanes
            if lanes != 4:  # stopped in the middle, the others go on
                await until(lambda total=total, desk=desk: count_heard(desk, total))
    async with at_desk(replica(), nats_url, database_url, **{**QUICK, "lanes": 3}) as desk:
        await until(lambda: count_heard(desk, 240))
        rows = await heard(desk)
        assert len(rows) == 240
        in_order(rows, 30)


async def test_replicas_of_unlike_settings_take_over_the_new_division(desk):
    """A rolling deploy with another number of lanes: the old replica gives up its old ones."""
    await desk.deliver(*burst(0, 40))
    async with beside(desk, lanes=5):
        await deliver(desk, burst(40, 120))
        await until(lambda: count_heard(desk, 160))
        found = await owners(desk)
        assert len(found) == 5
    rows = await heard(desk)
    assert len(rows) == 160
    in_order(rows, 20)


def test_lanes_divide_all_partitions_among_them():
    """Each of the sixteen partitions is in one lane, whatever their number."""
    for count in range(1, 17):
        lanes = divide("sample", "ORDERS", count)
        assert sorted(p for _, partitions in lanes for p in partitions) == list(range(16))
        sizes = [len(partitions) for _, partitions in lanes]
        assert max(sizes) - min(sizes) <= 1
        assert lanes[0][0] == "sample-on-orders-0"
