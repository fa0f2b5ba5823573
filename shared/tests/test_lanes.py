"""Consuming: one transaction per batch, one by one after a failure, keys in order, always once."""

import asyncio

import msgspec
import structlog
from sample.app import BROKEN, replica
from sample.tools import cancelled, heard

from crossdock.errors import RetryLater
from crossdock.reach import jetstream
from crossdock.testing import at_desk
from crossdock_contracts.exceptions import ExceptionRaised
from crossdock_contracts.shipments import MilestoneRecorded


async def test_an_event_is_handled_and_its_answer_published(desk):
    """A handler's return value reaches the outbox in the same transaction, and then the stream."""
    await desk.deliver(cancelled(1))
    assert await heard(desk) == [("ORD-1", "plain")]
    [answer] = await desk.emitted(MilestoneRecorded)
    assert answer.order_id == "ORD-1"
    async with asyncio.timeout(60):
        while (await desk.runtime.jetstream.stream("SHIPMENTS"))["state"]["messages"] != 1:
            await asyncio.sleep(0.005)


async def test_a_burst_is_handled_in_batches_and_each_key_in_order(desk):
    """Hundreds of events take few transactions; events of one key keep their order."""
    await desk.deliver(*(cancelled(n % 7, str(n)) for n in range(300)))
    rows = await heard(desk)
    assert len(rows) == 300
    for order in range(7):
        mine = [int(text) for key, text in rows if key == f"ORD-{order}"]
        assert mine == sorted(mine)
    async with desk.begin() as tx:
        assert await tx.fetchval("select n from counters") == 300


async def test_a_second_publication_changes_nothing(desk):
    """The same event id, published twice beyond the stream's own window, has one effect."""
    event = cancelled(1)
    body = msgspec.json.encode(event)
    first = "01890000-0000-7000-8000-000000000001"
    seen = await desk.publish_raw("orders.cancelled.v1", "ORD-1", body, id=first)
    await seen.wait()
    # A header of its own gets it past the stream's deduplication; ce-id stays the same.
    seen.clear()
    again = {"Nats-Msg-Id": "another", "ce-id": first}
    await desk.publish_raw("orders.cancelled.v1", "ORD-1", body, id=first, **again)
    await asyncio.wait_for(seen.wait(), 5)
    assert len(await heard(desk)) == 1
    assert len(await desk.emitted(MilestoneRecorded)) == 1


async def test_a_poison_message_fails_alone(desk):
    """One failing message neither fails its neighbours nor stops the lane."""
    events = [cancelled(n, "poison" if n == 50 else "plain") for n in range(100)]
    await desk.deliver(*events)
    assert len(await heard(desk)) == 99
    [row] = await desk.parked()
    assert (row["key"], row["state"], row["reason"]) == ("ORD-50", "waiting", "technical")
    assert "ZeroDivisionError: told to" in row["error"]


async def test_a_key_never_runs_past_a_hole(desk):
    """Later messages of a parked key wait behind it, in order; all go on when it is healed."""
    BROKEN["ORD-1"] = RetryLater("not known yet", after=0.05)
    await desk.deliver(*(cancelled(1, str(n)) for n in range(5)), cancelled(2, "other"))
    assert await heard(desk) == [("ORD-2", "other")]
    states = [row["state"] for row in await desk.parked()]
    assert states == ["waiting", "behind", "behind", "behind", "behind"]
    BROKEN.clear()
    await desk.unparked()
    assert [text for key, text in await heard(desk) if key == "ORD-1"] == list("01234")


async def test_a_rejected_message_is_dead_at_once_and_raises_an_exception(desk):
    """A business no is told to its team with its context; the key waits for a person."""
    await desk.deliver(cancelled(1, "reject"), cancelled(1, "behind"))
    [row] = await desk.dead()
    assert (row["reason"], row["behind"]) == ("reject", 1)
    [raised] = await desk.emitted(ExceptionRaised)
    assert (raised.team, raised.code, raised.kind) == ("finance", "told_to", "business")
    assert raised.context["limit"] == "5"
    assert (raised.order_id, raised.handler) == ("ORD-1", "count")
    assert await heard(desk) == []


async def test_an_undecodable_body_is_quarantined_with_its_bytes(desk):
    """Bytes that are not the event they claim to be are kept and never retried."""
    seen = await desk.publish_raw("orders.cancelled.v1", "ORD-1", b"\xff not json")
    await asyncio.wait_for(seen.wait(), 5)
    [row] = await desk.dead()
    assert (row["reason"], row["body"]) == ("undecodable", b"\xff not json")
    [raised] = await desk.emitted(ExceptionRaised)
    assert raised.kind == "contract"


async def test_a_message_without_headers_holds_back_nobody(desk):
    """A foreign publisher's bare bytes are quarantined under a key of their own."""
    reply = await desk.runtime.client.request("orders.cancelled.v1.ORD-1", b"bare", timeout=5)
    assert b"error" not in reply.data
    await desk.deliver(cancelled(1))
    async with asyncio.timeout(60):
        while not await desk.dead():
            await asyncio.sleep(0.005)
    assert await heard(desk) == [("ORD-1", "plain")]


async def test_a_newer_version_waits_for_the_upgrade(desk):
    """A version this service does not know yet is parked, not dead, and says so."""
    seen = await desk.publish_raw("orders.cancelled.v9", "ORD-1", b"{}")
    await asyncio.wait_for(seen.wait(), 5)
    [row] = await desk.parked()
    assert (row["state"], row["reason"]) == ("waiting", "too_new")
    assert "orders.cancelled.v1, the newest that this release knows: upgrade sample" in row["error"]
    await desk.service.measure()
    assert desk.runtime.metrics.registry.get_sample_value("crossdock_too_new") == 1


async def test_after_the_upgrade_it_goes_on_by_itself(service, service_urls):
    """At once when the new release takes the lane, however long it was tried in vain."""
    nats_url, database_url = await service_urls(service)
    async with at_desk(service, nats_url, database_url) as desk:
        event = cancelled(1, "newer")
        seen = await desk.publish_raw("orders.cancelled.v9", event.key, msgspec.json.encode(event))
        await asyncio.wait_for(seen.wait(), 5)
        await desk.deliver(cancelled(1, "behind"))
        async with desk.begin() as tx:
            # As it is after an hour; and the release that comes knows the version.
            await tx.execute(
                "update crossdock.parked set attempts = 120, due_at = now() + '1 hour',"
                " type = 'orders.cancelled.v1' where reason = 'too_new'"
            )
    async with at_desk(replica(), nats_url, database_url) as desk:
        await desk.unparked()
        assert await heard(desk) == [("ORD-1", "newer"), ("ORD-1", "behind")]


async def test_technical_failures_end_as_dead_letter_after_the_limit(desk):
    """Back-off has an end: then a person is asked."""
    async with desk.begin() as tx:
        await tx.execute("select 1")
    await desk.deliver(cancelled(1, "poison"))
    async with desk.begin() as tx:
        await tx.execute("update crossdock.parked set attempts = 9, due_at = now()")
    async with asyncio.timeout(60):
        while not await desk.dead():
            await asyncio.sleep(0.02)
    [raised] = await desk.emitted(ExceptionRaised)
    assert (raised.kind, raised.team, raised.attempts) == ("technical", "it", 10)


async def test_the_position_survives_a_restart(service, service_urls):
    """Stopped and started again, a service goes on behind what it had handled, and only there."""
    nats_url, database_url = await service_urls(service)
    async with at_desk(service, nats_url, database_url) as desk:
        await desk.deliver(*(cancelled(n, "before") for n in range(8)))
        BROKEN["ORD-0"] = RetryLater("not known yet", after=0.05)
        await desk.deliver(cancelled(0, "parked"))
    async with jetstream(nats_url) as js:
        for n in range(8):  # while nobody runs
            event = cancelled(n, "between")
            headers = {"ce-subject": event.key}
            subject = f"orders.cancelled.v1.{event.key}"
            await js.client.request(subject, msgspec.json.encode(event), headers=headers)
    BROKEN.pop("ORD-0")
    with structlog.testing.capture_logs() as logs:
        async with at_desk(replica(), nats_url, database_url) as desk:
            await desk.unparked()
            await desk.deliver(*(cancelled(n, "after") for n in range(8)))
            rows = await heard(desk)
            handled = desk.runtime.metrics.registry.get_sample_value
            taken = sum(
                handled("crossdock_handled_total", {"lane": f"sample-on-orders-{n}", "fate": fate})
                or 0
                for n in range(2)
                for fate in ("handled", "retried")
            )
    for n in range(1, 8):
        assert [t for key, t in rows if key == f"ORD-{n}"] == ["before", "between", "after"]
    assert [t for key, t in rows if key == "ORD-0"] == ["before", "parked", "between", "after"]
    assert taken <= 8 * 2 + 4, "what was handled before was read again"
    assert [line for line in logs if line["event"] == "lane waits"] == []
