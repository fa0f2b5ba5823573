"""The transport's audit: what nothing explains is found and named, the rest is in flight."""

import asyncio
from datetime import UTC, datetime

import pytest
from sample.app import BROKEN
from sample.tools import cancelled, query, until
from test_outbox import milestone, stored

from crossdock.audit import in_flight, open_stores, transport_facts
from crossdock.errors import RetryLater
from crossdock.topology import configuration


@pytest.fixture
def audited(desk, monkeypatch):
    """The desk's servers as the audit finds them."""
    monkeypatch.setenv("SAMPLE_DATABASE_URL", desk.runtime.settings.database_url)
    monkeypatch.setenv("CROSSDOCK_NATS_URL", desk.runtime.settings.nats_url)
    return desk


async def facts():
    """What the audit says now."""
    async with open_stores(["sample"]) as stores:
        assert stores.missing == {}
        return await transport_facts(stores)


async def flying() -> dict[str, list[str]]:
    """What is still on its way, by key and id."""
    async with open_stores(["sample"]) as stores:
        return await in_flight(stores)


def now() -> str:
    """The time as a header has it: the audit remembers some days only."""
    return datetime.now(UTC).isoformat()


async def erasable(js, stream: str) -> None:
    """Lay a stream again from which messages may be deleted, which ours never allow."""
    await js.api(f"STREAM.DELETE.{stream}")
    config = {**configuration(stream), "deny_delete": False}
    await js.api(f"STREAM.CREATE.{stream}", config)


async def test_a_quiet_mesh_is_clean(audited):
    """Nothing in flight, nothing violated, and something was compared."""
    desk = audited
    await desk.deliver(*(cancelled(n) for n in range(20)))
    await stored(desk, 20)

    async def quiet() -> bool:
        return not (await facts()).in_flight

    await until(quiet)
    found = await facts()
    assert found.violations == []
    assert found.checked >= 40
    assert await flying() == {}


async def test_an_audit_of_a_busy_mesh_finds_nothing_wrong(audited):
    """At any moment: what is under way is no violation."""
    desk, going = audited, True

    async def work() -> None:
        number = 0
        while going:
            await desk.publish(cancelled(number % 20), **{"ce-time": now()})
            number += 1

    working = asyncio.create_task(work())
    for _ in range(8):
        assert (await facts()).violations == []
        await flying()
    going = False
    await working


async def test_a_published_row_that_its_stream_lost_is_found(audited):
    """Deleted from the stream behind everybody's back."""
    desk = audited
    js = desk.runtime.jetstream
    await erasable(js, "SHIPMENTS")
    async with desk.begin() as tx:
        for number in range(3):
            tx.emit(milestone(f"ORD-{number}", 0))
    await stored(desk, 3)

    async def saved() -> bool:
        return not (await facts()).in_flight

    await until(saved)
    await js.api("STREAM.MSG.DELETE.SHIPMENTS", {"seq": 2})
    [(subject, text)] = (await facts()).violations
    assert "is published but not in SHIPMENTS" in text
    assert "of sample" in text
    [row] = await query(desk, "select 1 from crossdock.outbox where event_id::text = $1", subject)
    assert row


async def test_a_message_that_is_in_its_stream_twice_is_found(audited):
    """The same event id, past the stream's own deduplication."""
    desk = audited
    async with desk.begin() as tx:
        tx.emit(milestone("ORD-1", 0))
    await stored(desk, 1)
    [row] = await query(desk, "select event_id::text as id from crossdock.outbox")
    again = {"Nats-Msg-Id": "another", "ce-source": "sample", "ce-time": now()}
    await desk.publish_raw("shipments.milestone_recorded.v1", "ORD-1", b"{}", id=row["id"], **again)
    [(subject, text)] = (await facts()).violations
    assert subject == row["id"]
    assert "is 2 times in SHIPMENTS" in text


async def test_a_message_below_a_lane_that_was_never_taken_is_found(audited):
    """The position moved past it, and the inbox does not know it."""
    desk = audited
    for n in range(3):
        seen = await desk.publish(cancelled(n), **{"ce-time": now()})
        await asyncio.wait_for(seen.wait(), 10)
    [gone] = await query(
        desk,
        "delete from crossdock.inbox where message_id = "
        "(select message_id from crossdock.inbox limit 1) returning message_id::text as id",
    )
    [(subject, text)] = (await facts()).violations
    assert subject == gone["id"]
    assert "lies below lane sample-on-orders-" in text
    assert "but sample never took it" in text


async def test_a_message_that_nobody_committed_is_found(audited):
    """It says whose it is, and the outbox there does not have it."""
    desk = audited
    await desk.publish_raw(
        "shipments.delivered.v1", "ORD-9", b"{}", **{"ce-source": "sample", "ce-time": now()}
    )
    [(_, text)] = (await facts()).violations
    assert "SHIPMENTS 1 (delivered ORD-9) says it is from sample, which never said it" in text


async def test_what_is_parked_or_not_published_is_in_flight(audited, nats_server):
    """Named by key and by id; no violation."""
    desk = audited
    BROKEN["ORD-1"] = RetryLater("not known yet", after=60)
    await desk.deliver(cancelled(1))
    await desk.runtime.jetstream.api("STREAM.DELETE.SHIPMENTS")
    async with desk.begin() as tx:
        tx.emit(milestone("ORD-2", 0))
    found = await facts()
    assert found.violations == []
    assert sorted(found.in_flight) == [
        "orders.cancelled.v1 ORD-1 waiting in sample",
        "shipments.milestone_recorded.v1 ORD-2 in the outbox of sample",
    ]
    ways = await flying()
    assert ways["ORD-1"] == ["orders.cancelled.v1 waiting in sample"]
    assert ways["ORD-2"] == ["shipments.milestone_recorded.v1 in the outbox of sample"]


async def test_a_store_that_cannot_be_opened_is_named(audited, monkeypatch):
    """The audit of the others goes on."""
    monkeypatch.setenv("AWAY_DATABASE_URL", "postgresql://away@127.0.0.1:1/away")
    async with open_stores(["sample", "away"]) as stores:
        assert list(stores.opened) == ["sample"]
        assert "PostgreSQL at postgresql://away@127.0.0.1:1/away" in stores.missing["away"]


async def test_what_a_service_will_say_soon_is_in_flight(audited):
    """Marks that periodic work turns into events are named, by type and key."""
    desk = audited
    await query(desk, "create schema if not exists audit")
    await query(
        desk, "create view audit.unsaid as select 'shipments.delivered.v1' as type, 'ORD-9' as key"
    )
    assert await flying() == {"ORD-9": ["shipments.delivered.v1 not yet said by sample"]}
    assert (await facts()).in_flight == ["shipments.delivered.v1 ORD-9 not yet said"]
