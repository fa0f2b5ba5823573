"""Whatever a message holds, its lane goes on: the worst it can do is to be kept for a person."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import msgspec
from sample.app import BROKEN
from sample.tools import cancelled, heard, query, until

from crossdock.errors import Reject
from crossdock.message import read_message
from crossdock.parked import decide

BODY = msgspec.json.encode(cancelled(1))


async def bare(desk, headers: bytes, body: bytes = BODY) -> None:
    """Publish with header bytes that a client library would not let pass."""
    client, reply = desk.runtime.client, desk.runtime.client.new_inbox()
    answers = await client.subscribe(reply, max_msgs=1)
    head = b"NATS/1.0\r\n" + headers + b"\r\n\r\n"
    sizes = f"{len(head)} {len(head) + len(body)}".encode()
    line = b"HPUB orders.cancelled.v1.ORD-1 " + reply.encode() + b" " + sizes
    await client._send_command(line + b"\r\n" + head + body + b"\r\n")
    await client.flush()
    assert b"error" not in (await answers.next_msg(timeout=5)).data


async def test_headers_that_no_store_takes_do_not_stop_the_lane(desk):
    """A foreign publisher's odd bytes are kept or handled, and the next message is handled."""
    for number, headers in enumerate(
        [
            b"ce-subject: ORD\x001",
            b"ce-subject: ORD-\xff\xfe",
            b"ce-type: orders.cancelled.v1\r\nce-time: 9999-12-31T23:59:59-23:00",
            b"ce-type: orders.cancelled.v1\r\nce-time: 0001-01-01T00:00:00+05:00",
            b"ce-type: \xc3\x28\r\ntracestate: a\x00b",
            b"ce-id: not-an-id\r\ncorrelation_id: nor this\r\ncausation_id: \x00",
        ],
        1,
    ):
        await bare(desk, headers)
        await bare(desk, headers, b"broken")
        await desk.deliver(cancelled(1, f"after {number}"))
        assert ("ORD-1", f"after {number}") in await heard(desk)
        assert len(await desk.dead()) >= number


async def test_an_error_text_that_no_store_takes_does_not_stop_the_lane(desk):
    """What a handler says of a message may hold what the message held."""
    BROKEN["ORD-1"] = Reject("no item A\x00\ud800", context={"item": "A\x00"})
    BROKEN["ORD-2"] = ValueError("no item B\x00\ud800")
    await desk.deliver(cancelled(1), cancelled(2), cancelled(3))
    assert await heard(desk) == [("ORD-3", "plain")]
    [dead] = await desk.dead()
    assert dead["error"].startswith("no item A")


async def test_a_statement_that_takes_too_long_is_the_messages_own_failure(desk):
    """PostgreSQL ended the statement, not the service: the message is parked, others go on."""
    await desk.deliver(cancelled(1, "endless"), cancelled(2))
    assert await heard(desk) == [("ORD-2", "plain")]
    [row] = await desk.parked()
    assert (row["key"], row["reason"]) == ("ORD-1", "technical")
    assert "statement timeout" in row["error"]


async def test_a_handler_that_loses_its_session_does_not_lose_the_message(desk):
    """A session ended by the server is an outage: the batch is done again, once."""
    release = asyncio.Event()
    BROKEN["gate"] = release
    seen = await desk.publish(cancelled(1, "gated"))
    await BROKEN["entered"].wait()

    async def ended() -> list[Any]:
        """The handler's session: others' transactions do not stand for so long."""
        return await query(
            desk,
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where datname = current_database() and state like 'idle in transaction%' "
            "and xact_start < now() - interval '0.3 seconds'",
        )

    assert len(await until(ended)) == 1
    release.set()
    await asyncio.wait_for(seen.wait(), 10)
    assert await heard(desk) == [("ORD-1", "gated")]
    assert await desk.parked() == []


def test_what_a_foreign_publisher_left_out_is_derived():
    """The same message gives the same id, key and time however often it is read."""
    one = read_message("ORDERS", 7, "orders.placed.v1.3", None, b"")
    assert one == read_message("ORDERS", 7, "orders.placed.v1.3", {}, b"")
    assert (one.type, one.key, one.partition) == ("orders.placed.v1", "?ORDERS-7", 3)
    assert one.occurred_at == datetime(1970, 1, 1, tzinfo=UTC)
    assert one.correlation_id == one.id
    other = read_message("ORDERS", 8, "orders.placed.v1.3", None, b"")
    assert one.id != other.id


def test_a_time_without_zone_is_utc():
    """The contract says UTC; a publisher that left it out is taken at its word."""
    message = read_message("ORDERS", 1, "orders.placed.v1.3", {"ce-time": "2026-01-02T03:04"}, b"")
    assert message.occurred_at == datetime(2026, 1, 2, 3, 4, tzinfo=UTC)


def test_retries_back_off_and_end_as_dead_letter():
    """Waits double up to a minute; after the limit a person is asked."""
    waits = [decide(ValueError("x"), n, 10).after.total_seconds() for n in range(1, 10)]
    for n, wait in enumerate(waits):
        assert 0.75 * 0.1 * 2**n <= wait <= 1.25 * 0.1 * 2**n
    assert decide(ValueError("x"), 1000, 2000).after.total_seconds() <= 75
    assert decide(ValueError("x"), 10, 10).state == "dead"
