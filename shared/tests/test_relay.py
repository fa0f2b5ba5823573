"""The relay: each row reaches its stream once, in order per key, whatever the broker does."""

import asyncio

import pytest
from sample.app import replica
from sample.tools import cancelled, heard, query, until
from test_outbox import assert_ordered, milestone, stored

from crossdock import publisher
from crossdock.errors import Outage
from crossdock.publisher import Publisher
from crossdock.testing import at_desk, lay_streams_at


async def say(desk, first: int, count: int, keys: int = 10, of: str = "ORD") -> None:
    """Events numbered within their keys, many to a transaction."""
    for start in range(first, first + count, 25):
        async with desk.begin() as tx:
            for number in range(start, min(start + 25, first + count)):
                tx.emit(milestone(f"{of}-{number % keys}", number // keys))


async def test_a_broker_that_is_killed_in_between_costs_nothing(desk, nats_server):
    """SIGKILL and a new start while events are said: each is in the stream once, in order."""
    await say(desk, 0, 200)
    speaking = asyncio.create_task(say(desk, 200, 300))
    await asyncio.to_thread(nats_server.kill)
    await speaking
    async with desk.begin() as tx:  # said while the broker is away
        tx.emit(milestone("ORD-AWAY", 0))
    assert "NATS is away" in await desk.service.trouble()
    await asyncio.to_thread(nats_server.start)
    found = await stored(desk, 501)
    assert_ordered(found, {**{f"ORD-{n}": 50 for n in range(10)}, "ORD-AWAY": 1})
    await desk.deliver(cancelled(1, "after"))  # and the lanes read on
    assert await heard(desk) == [("ORD-1", "after")]
    assert await desk.service.trouble() == []


async def test_two_replicas_publish_each_row_once(desk):
    """One of them is the relay; rows that the other wrote go out at once all the same."""
    settings = desk.runtime.settings
    async with at_desk(replica(), settings.nats_url, settings.database_url) as second:
        await asyncio.gather(say(desk, 0, 250, of="ORD-A"), say(second, 0, 250, of="ORD-B"))
        found = await stored(desk, 500)
        assert_ordered(found, {f"ORD-{x}-{n}": 25 for n in range(10) for x in "AB"})
        sql = "select owner from crossdock.leases where kind = 'relay' and owner is not null"
        # The lease may just be going over from one to the other.
        [row] = await until(lambda: query(desk, sql))
        assert row["owner"] in {desk.runtime.owner, second.runtime.owner}


async def test_two_relays_that_fight_for_the_lease_turn_no_key_round(desk, monkeypatch):
    """Whoever lost the lease publishes its page all the same, while the other publishes it too."""
    settings, real, sent = desk.runtime.settings, Publisher.publish, []
    async with at_desk(replica(), settings.nats_url, settings.database_url) as second:
        owners = [desk.runtime.owner, second.runtime.owner]

        async def contested(self, rows):
            sent.append(len(rows))
            if (turn := len(sent)) % 2 and turn < 30:
                await query(desk, STEAL, *owners)
                for each in (desk, second):
                    each.runtime.keeper.hurry()
                await until(lambda: _more_than(sent, turn), 60)
            await real(self, rows)

        monkeypatch.setattr(Publisher, "publish", contested)
        await asyncio.gather(say(desk, 0, 1000, of="ORD-A"), say(second, 0, 1000, of="ORD-B"))
        found = await stored(desk, 2000)
        assert_ordered(found, {f"ORD-{x}-{n}": 100 for n in range(10) for x in "AB"})
        assert sum(sent) > 2000, "both published the same rows"


STEAL = """update crossdock.leases set epoch = epoch + 1, expires_at = now() + interval '5 s',
    owner = case owner when $1 then $2 else $1 end where name = 'relay'"""


async def _more_than(things, count) -> bool:
    return len(things) > count


async def test_a_row_whose_ack_was_lost_is_sent_again_under_the_same_id(desk, monkeypatch):
    """The stream drops the second copy, and what comes behind in its key waits for the ack."""
    real, lost = Publisher._on_ack, set()

    def lossy(self, subject, reply, headers, body):
        token = subject.rpartition(b".")[2]
        if int(token.rpartition(b"-")[2]) % 7 == 0 and token not in lost:
            lost.add(token)
            return
        real(self, subject, reply, headers, body)

    monkeypatch.setattr(publisher, "DEADLINE", 0.3)
    monkeypatch.setattr(Publisher, "_on_ack", lossy)
    await say(desk, 0, 100)
    # A publisher that is open already has the real method as its callback.
    desk.runtime.keeper.work[0].stop()
    found = await stored(desk, 100)
    await say(desk, 100, 100)
    found = await stored(desk, 200)
    assert_ordered(found, {f"ORD-{n}": 20 for n in range(10)})


async def test_a_publisher_sends_again_only_what_was_not_acked(desk, monkeypatch):
    """Rows of a page: the lost acks' rows go twice, all others once."""
    real, lost = Publisher._on_ack, []

    def lossy(self, subject, reply, headers, body):
        row = int(subject.rpartition(b"-")[2])
        if row % 10 == 0 and row not in lost:
            lost.append(row)
            return
        real(self, subject, reply, headers, body)

    monkeypatch.setattr(publisher, "DEADLINE", 0.3)
    monkeypatch.setattr(Publisher, "_on_ack", lossy)
    sender = Publisher(desk.runtime.client, "sample")
    await sender.open()
    rows = [_row(number, f"ORD-{number % 5}") for number in range(1, 41)]
    async with asyncio.timeout(60):
        await sender.publish(rows)
    await sender.close()
    info = await desk.runtime.jetstream.stream("SHIPMENTS")
    assert info["state"]["messages"] == 40
    assert (sender.resent, len(lost)) == (4, 4)


async def test_what_was_published_before_is_marked_as_well(desk):
    """A successor that hears only of duplicates knows all the same what the stream has to hold."""
    rows, marks = [_row(number, "ORD-1") for number in range(1, 6)], []
    for _ in range(2):
        sender = Publisher(desk.runtime.client, "sample")
        await sender.open()
        await sender.publish(rows)
        marks.append(sender.take_marks())
        await sender.close()
    assert marks[0] == marks[1] == {"SHIPMENTS": publisher.Mark(5, str(rows[-1]["event_id"]))}


def _row(number: int, key: str) -> dict:
    """A row as the relay reads it."""
    from uuid import uuid4

    from sample.tools import AT

    return {
        "id": number,
        "event_id": uuid4(),
        "type": "shipments.delivered.v1",
        "key": key,
        "occurred_at": AT,
        "correlation_id": uuid4(),
        "causation_id": None,
        "traceparent": "",
        "tracestate": "",
        "body": b"{}",
    }


async def test_a_refused_row_waits_until_its_stream_is_laid_again(desk):
    """Without a stream nothing is lost or skipped; `crossdock topology` lets it go on."""
    js = desk.runtime.jetstream
    await js.api("STREAM.DELETE.SHIPMENTS")
    await say(desk, 0, 50)

    [trouble] = await until(desk.service.trouble)
    assert "no stream takes shipments." in trouble
    assert "crossdock topology" in trouble
    [row] = await query(desk, "select position from crossdock.leases where kind = 'relay'")
    assert row["position"] == 0
    await lay_streams_at(desk.runtime.settings.nats_url)
    assert_ordered(await stored(desk, 50), {f"ORD-{n}": 5 for n in range(10)})
    assert await desk.service.trouble() == []


async def _away(desk) -> bool:
    return not desk.runtime.client.is_connected


async def test_a_graceful_stop_publishes_what_was_said(service, service_urls):
    """What the last transaction said is in the stream when the service has stopped."""
    nats_url, database_url = await service_urls(service)
    async with at_desk(service, nats_url, database_url) as desk:
        await say(desk, 0, 300)
    async with at_desk(replica(), nats_url, database_url) as desk:
        info = await desk.runtime.jetstream.stream("SHIPMENTS")
        assert info["state"]["messages"] == 300


async def test_without_broker_the_store_is_free_and_a_stop_takes_a_lease_at_most(
    service, service_urls, nats_server
):
    """However many lanes wait for the broker, requests are served, and all lanes end at once."""
    nats_url, database_url = await service_urls(service)
    clock = asyncio.get_running_loop().time
    async with at_desk(service, nats_url, database_url, lanes=8, lease_seconds=2) as desk:
        await asyncio.to_thread(nats_server.kill)
        await until(lambda: _away(desk))
        started = clock()
        async with desk.begin() as tx:
            tx.emit(milestone("ORD-1", 0))
        assert clock() - started < 1
        started = clock()
    assert clock() - started < 4
    with pytest.raises(Outage, match="sample is not running"):
        _ = service.settings


async def test_a_stream_that_loses_events_under_a_page_is_mended(desk, monkeypatch):
    """A broker that comes back with less than it had is not trusted because new rows went well."""
    await say(desk, 0, 10, keys=1)
    await stored(desk, 10)
    js = desk.runtime.jetstream
    real = Publisher.publish

    async def publish(self, rows):
        monkeypatch.setattr(Publisher, "publish", real)
        await js.api("STREAM.DELETE.SHIPMENTS")
        await lay_streams_at(desk.runtime.settings.nats_url)
        desk.runtime._reconnected()
        await real(self, rows)

    await until(_marked(desk, 10))
    monkeypatch.setattr(Publisher, "publish", publish)
    await say(desk, 0, 20, keys=1, of="ORD-LATER")
    await until(_marked(desk, 30))  # only now is there a stream to ask for sure
    assert_ordered(await stored(desk, 30), {"ORD-0": 10, "ORD-LATER-0": 20})


def _marked(desk, sequence):
    async def marked() -> bool:
        [row] = await query(desk, "select marks from crossdock.leases where kind = 'relay'")
        return f"[{sequence}, " in row["marks"]

    return marked
