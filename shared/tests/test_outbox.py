"""The outbox: append-only, nothing skipped whatever the order of commits, days dropped whole."""

import asyncio
import random

import msgspec
import pytest
from sample.tools import AT, placed, query, until

from crossdock import outbox
from crossdock.audit import read_streams
from crossdock.reach import jetstream
from crossdock.testing import at_desk
from crossdock_contracts.shipments import MilestoneRecorded


def milestone(key: str, number: int) -> MilestoneRecorded:
    """An event of the sample's own, numbered within its key."""
    return MilestoneRecorded(
        order_id=key,
        shipment_id="SHP-1",
        milestone_id=str(number),
        code="X1",
        recorded_at=AT,
        text=str(number),
    )


async def stored(desk, count: int) -> list[tuple[str, str]]:
    """Key and number of what the stream holds, once it holds `count` messages."""
    async with jetstream(desk.runtime.settings.nats_url) as js:

        async def filled() -> bool:
            info = await js.stream("SHIPMENTS")
            return info is not None and info["state"]["messages"] >= count

        await until(filled, 60)
        found = (await read_streams(js))["SHIPMENTS"]
    rows = await query(desk, "select event_id, body from crossdock.outbox")
    bodies = {row["event_id"]: row["body"] for row in rows}
    events = [msgspec.json.decode(bodies[m.id], type=MilestoneRecorded) for m in found]
    return [(event.order_id, event.text) for event in events]


def assert_ordered(found: list[tuple[str, str]], expected: dict[str, int]) -> None:
    """Every key's events are there, once, in order."""
    for key, count in expected.items():
        assert [int(text) for k, text in found if k == key] == list(range(count)), key
    assert len(found) == sum(expected.values())


WRITERS = 200
# The chassis' sessions end after ten idle seconds in a transaction; here some are meant to idle.
UNHURRIED = "set local idle_in_transaction_session_timeout = 0"


async def test_nothing_is_skipped_among_hundreds_of_transactions_at_a_time(service, service_urls):
    """200 connections write at once, one stays open throughout, a third is rolled back."""
    urls = await service_urls(service)
    async with at_desk(service, *urls, pool_size=WRITERS + 20) as desk:
        writers, held = Writers(desk, random.Random(4)), desk.begin()
        tx = await held.__aenter__()
        await tx.execute(UNHURRIED)
        tx.emit(milestone("ORD-HELD", 0))
        await tx.flush()
        await asyncio.gather(*(writers.write(f"ORD-{n}") for n in range(WRITERS)))
        assert writers.most == WRITERS
        assert writers.failed > WRITERS / 2
        # The open transaction stalled nobody.
        total = sum(writers.said.values())
        assert_ordered(await stored(desk, total), writers.said)
        await held.__aexit__(None, None, None)
        assert_ordered(await stored(desk, total + 1), {**writers.said, "ORD-HELD": 1})

        async def no_gaps_left() -> bool:
            [row] = await query(desk, "select gap_ids from crossdock.leases where kind = 'relay'")
            return row["gap_ids"] == []

        await until(no_gaps_left)


class Writers:
    """Transactions of any length, of which some fail after they drew row numbers."""

    def __init__(self, desk, chance: random.Random) -> None:
        self.desk, self.chance = desk, chance
        self.said: dict[str, int] = {}
        self.open = self.most = self.failed = 0
        self.all_open = asyncio.Event()

    async def write(self, key: str) -> None:
        """Transactions of one key, one after the other."""
        count = 0
        for turn in range(4):
            size = self.chance.randint(1, 4)
            try:
                async with self.desk.begin() as tx:
                    await tx.execute(UNHURRIED)
                    for n in range(size):
                        tx.emit(milestone(key, count + n))
                    await tx.flush()
                    await self._hold(turn)
            except ZeroDivisionError:
                self.failed += 1
                continue
            count += size
        self.said[key] = count

    async def _hold(self, turn: int) -> None:
        """Stay open for a while; in the first turn until everybody is."""
        self.open += 1
        self.most = max(self.most, self.open)
        try:
            if self.open == WRITERS:
                self.all_open.set()
            if turn == 0:
                await self.all_open.wait()
            await asyncio.sleep(self.chance.random() * 0.03)
            if self.chance.random() < 0.35:
                raise ZeroDivisionError
        finally:
            self.open -= 1


async def test_an_older_transaction_that_spoke_later_hides_nobody(desk):
    """Its end says nothing of a younger one that drew its row number before, and is still open."""
    for nth in range(5):
        older, younger = desk.begin(), desk.begin()
        old = await older.__aenter__()
        await old.fetchval("select pg_current_xact_id()::text")
        young = await younger.__aenter__()
        young.emit(milestone("ORD-YOUNG", nth))
        await young.flush()
        old.emit(milestone("ORD-OLD", nth))
        await older.__aexit__(None, None, None)
        await stored(desk, 2 * nth + 1)
        for _ in range(3):  # the relay looks again, and again
            desk.runtime.published.clear()
            desk.runtime.outbox_filled.set()
            await desk.runtime.published.wait()
        await younger.__aexit__(None, None, None)
        assert_ordered(await stored(desk, 2 * nth + 2), {"ORD-YOUNG": nth + 1, "ORD-OLD": nth + 1})


async def test_more_gaps_than_are_remembered_hold_the_relay_back_but_lose_nothing(
    desk, monkeypatch
):
    """Past a limit the relay waits for the open transaction instead of forgetting its rows."""
    monkeypatch.setattr(outbox, "GAPS_AT_MOST", 10)
    large = desk.begin()
    tx = await large.__aenter__()
    for number in range(25):
        tx.emit(milestone("ORD-LARGE", number))
    await tx.flush()
    async with desk.begin() as other:
        other.emit(milestone("ORD-OTHER", 0))
    await desk.deliver(placed(1))  # something else goes on meanwhile
    [row] = await query(desk, "select gap_ids from crossdock.leases where kind = 'relay'")
    assert len(row["gap_ids"]) <= 10
    await large.__aexit__(None, None, None)
    assert_ordered(await stored(desk, 26), {"ORD-LARGE": 25, "ORD-OTHER": 1})


async def test_a_large_hole_that_was_rolled_back_is_passed(desk, monkeypatch):
    """Numbers of a transaction that failed are given up, however many there are."""
    monkeypatch.setattr(outbox, "GAPS_AT_MOST", 10)

    async def fail() -> None:
        """Draw many numbers, then fail."""
        async with desk.begin() as tx:
            for number in range(60):
                tx.emit(milestone("ORD-LARGE", number))
            await tx.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    async with desk.begin() as tx:
        tx.emit(milestone("ORD-1", 0))
    assert_ordered(await stored(desk, 1), {"ORD-1": 1})


async def test_the_outbox_is_only_ever_added_to(desk):
    """After 2,000 published events no row was changed or deleted: nothing for vacuum to do."""
    for start in range(0, 2000, 500):
        async with desk.begin() as tx:
            for number in range(start, start + 500):
                tx.emit(milestone(f"ORD-{number % 50}", number // 50))
    found = await stored(desk, 2000)
    assert_ordered(found, {f"ORD-{n}": 40 for n in range(50)})

    async def counted() -> bool:
        await query(desk, "select pg_stat_force_next_flush()")
        [row] = await query(
            desk,
            "select sum(n_tup_ins) as ins, sum(n_tup_upd + n_tup_del + n_dead_tup) as dead "
            "from pg_stat_all_tables where schemaname = 'crossdock' and relname like 'outbox%'",
        )
        assert row["dead"] == 0
        return row["ins"] == 2000

    await until(counted)


async def test_days_are_made_ahead_and_dropped_whole_when_published(desk):
    """An old day goes with its table, but not while a row of it is unpublished."""
    parts = """
        select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
        where c.relname in ('outbox_20200101', 'inbox_20200101') order by 1"""
    for table in ("inbox", "outbox"):
        await query(
            desk,
            f"create table crossdock.{table}_20200101 partition of crossdock.{table} "
            "for values from ('2020-01-01') to ('2020-01-02')",
        )
    [row] = await query(desk, "select position from crossdock.leases where kind = 'relay'")
    await query(
        desk,
        "insert into crossdock.outbox overriding system value values "
        "($1, '2020-01-01 12:00+00', gen_random_uuid(), 'shipments.delivered.v1', 'ORD-1', "
        "'2020-01-01 12:00+00', gen_random_uuid(), null, '', '', '{}')",
        row["position"] + 1_000_000,
    )
    left = []
    # The relay must not publish it while we look: its lease is held by nobody that lives.
    async with desk.runtime.pool.acquire() as connection, connection.transaction():
        await connection.execute("select * from crossdock.leases where kind = 'relay' for update")
        await connection.execute("select crossdock.drop_partitions(7)")
        left = [row["relname"] for row in await connection.fetch(parts)]
        await connection.execute("delete from crossdock.outbox_20200101")
        await connection.execute("select crossdock.drop_partitions(7)")
        gone = await connection.fetch(parts)
    assert left == ["outbox_20200101"]
    assert gone == []
    await query(desk, "select crossdock.make_partitions(5)")
    [row] = await query(
        desk,
        "select to_regclass('crossdock.outbox_' || to_char(current_date + 5, 'YYYYMMDD')) as made",
    )
    assert row["made"] is not None


async def test_a_day_whose_rows_are_in_the_default_partition_stays_there(desk):
    """Housekeeping that comes late neither fails nor loses: the day cannot be made any more."""
    await query(
        desk,
        "insert into crossdock.inbox values (gen_random_uuid(), current_date + 5)",
    )
    await query(desk, "select crossdock.make_partitions(6)")
    [row] = await query(desk, "select count(*) as n from crossdock.inbox_other")
    assert row["n"] == 1


async def test_housekeeping_gives_way_to_whoever_holds_the_tables(desk):
    """A long transaction makes it give up soon, so that nobody queues behind it for long."""
    await query(
        desk,
        "create table crossdock.inbox_20200101 partition of crossdock.inbox "
        "for values from ('2020-01-01') to ('2020-01-02')",
    )
    async with desk.begin() as tx:
        await tx.execute("insert into crossdock.inbox values (gen_random_uuid(), now())")
        async with asyncio.timeout(8):
            await desk.runtime.keep_house()
