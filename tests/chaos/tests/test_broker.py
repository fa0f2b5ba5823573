"""What a run does to the broker's streams can be undone, and is noted."""

import random

import pytest
from crossdock_chaos import broker
from crossdock_chaos.book import Book

from crossdock.reach import jetstream
from crossdock.streams import read_streams
from crossdock.topology import lay_streams

EVENT = {
    "ce-id": "01890a5d-ac96-774b-bcce-b302099a8057",
    "Nats-Msg-Id": "01890a5d-ac96-774b-bcce-b302099a8057",
    "ce-type": "orders.accepted.v1",
    "ce-subject": "ORD-1",
    "ce-source": "order_intake",
}


@pytest.fixture
async def laid(nats_url):
    """A broker with all streams and one event."""
    async with jetstream(nats_url) as js:
        await lay_streams(js)
        await broker._send(js, {"data": b"{}"}, EVENT)
    return nats_url


async def test_full_streams_refuse_and_take_again_what_comes(laid):
    """Without room a publisher is refused; with room the streams are what they were."""
    before = await broker.read_room(laid)
    await broker.take_room(laid, before)
    async with jetstream(laid) as js:
        with pytest.raises(ConnectionError, match="maximum bytes"):
            await broker._send(js, {"data": b"{}"}, {**EVENT, "Nats-Msg-Id": "another"})
    await broker.give_room(laid, before)
    assert await broker.read_room(laid) == before
    async with jetstream(laid) as js:
        assert await broker._send(js, {"data": b"{}"}, {**EVENT, "Nats-Msg-Id": "another"}) == 2


async def test_copies_are_stored_again_and_counted(laid):
    """A copy passes the broker's own deduplication, and the book knows of each."""
    book = Book()
    assert await broker.publish_copies(laid, book, random.Random(1), 3) == 3
    async with jetstream(laid) as js:
        stored = (await read_streams(js))["ORDERS"]
    assert [str(message.id) for message in stored] == [EVENT["ce-id"]] * 4
    assert book.copies == {EVENT["ce-id"]: 3}


async def test_what_is_behind_has_the_key_of_the_unreadable(laid):
    """Each key gets a dead message first and a good one after it, all of them noted."""
    book = Book()
    followed = await broker.publish_unreadable(laid, book, random.Random(2), 8)
    await broker.publish_behind(laid, book, followed)
    async with jetstream(laid) as js:
        stored = (await read_streams(js))["ORDERS"][1:]
    by_key: dict[str, list[str]] = {}
    for message in stored:
        by_key.setdefault(message.key, []).append(book.poison[str(message.id)].state)
    assert by_key
    assert set(map(tuple, by_key.values())) == {("dead", "behind")}
