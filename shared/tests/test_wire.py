"""The short way through nats-py's connection: the same messages, however the bytes arrive."""

import asyncio
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nats.aio.client import Client

from crossdock.wire import Frames, TooLarge, Wire, read_headers

HEADERS = b"NATS/1.0\r\nce-id: 7\r\nce-subject: ORD-1\r\n\r\n"
STREAM = b"".join(
    (
        b"PING\r\n",
        b"MSG orders.placed 3 5\r\nhello\r\n",
        b"HMSG orders.placed 3 $JS.ACK.1 %d %d\r\n%b{}\r\n"
        % (len(HEADERS), len(HEADERS) + 2, HEADERS),
        b"+OK\r\n",
        b"MSG _INBOX.x 9 4\r\nMSG \r\n",
        b"MSG orders.placed 3 reply.to 2\r\n\r\n\r\n",
        b"PONG\r\n",
        b"MSG orders.placed 3 0\r\n\r\n",
    )
)
HEARD = [
    (b"orders.placed", b"", b"", b"hello"),
    (b"orders.placed", b"$JS.ACK.1", HEADERS, b"{}"),
    (b"orders.placed", b"reply.to", b"", b"\r\n"),
    (b"orders.placed", b"", b"", b""),
]


class Nats:
    """What nats-py does with the frames that are left to it."""

    def __init__(self) -> None:
        self.did: list[Any] = []

    async def _process_ping(self) -> None:
        self.did.append("ping")

    async def _process_pong(self) -> None:
        self.did.append("pong")

    async def _process_info(self, info: dict[str, Any]) -> None:
        self.did.append(info)

    async def _process_msg(self, sid: int, subject: bytes, *rest: bytes) -> None:
        self.did.append((sid, subject, *rest))


async def test_half_a_frame_of_an_old_connection_does_not_swallow_the_new_one() -> None:
    """Its reader may wake once more after the parser was told of the end; each has its own task."""
    nats = Nats()
    frames = Frames(nats, b"")  # type: ignore[arg-type]
    frames.reset()
    await asyncio.create_task(frames.parse(b"MSG orders.placed 3 5000\r\nhel"))
    await asyncio.create_task(frames.parse(b"PONG\r\n"))
    assert nats.did == ["pong"]


async def test_who_asked_hears_that_servers_left_the_cluster_or_joined_it() -> None:
    """The server says so at once; consumers on a server that died would be silent for long."""
    nats, told = Nats(), []
    frames = Frames(nats, b"")  # type: ignore[arg-type]
    info = b'INFO {"connect_urls": ["10.0.0.1:4222"]}\r\n'
    await frames.parse(info)
    frames.servers_changed = lambda: told.append(list(nats.did))
    await frames.parse(b"PONG\r\n" + info)
    assert told == [nats.did]
    assert nats.did[-1] == {"connect_urls": ["10.0.0.1:4222"]}


@given(st.lists(st.integers(0, len(STREAM)), max_size=12))
def test_frames_are_the_same_wherever_reads_cut_them(cuts: list[int]) -> None:
    """Any cutting of the bytes gives the same messages, in order, and the rest to nats-py."""
    nats, heard = Nats(), []
    frames = Frames(nats, b"")  # type: ignore[arg-type]
    frames.receivers[b"3"] = lambda *message: heard.append(message)
    edges = [0, *sorted(cuts), len(STREAM)]

    async def read() -> None:
        for start, end in pairwise(edges):
            await frames.parse(STREAM[start:end])

    asyncio.run(read())
    assert heard == HEARD
    assert nats.did == ["ping", (9, b"_INBOX.x", b"", b"MSG ", b""), "pong"]


async def test_a_new_connection_forgets_what_was_begun():
    """Half a message of the old connection is no beginning of one on the new."""
    heard = []
    frames = Frames(Nats(), b"")  # type: ignore[arg-type]
    frames.receivers[b"3"] = lambda *message: heard.append(message)
    await frames.parse(b"MSG orders.placed 3 5\r\nhel")
    frames.reset()
    await frames.parse(b"MSG orders.placed 3 5\r\nworld\r\n")
    assert [body for *_, body in heard] == [b"world"]


async def test_a_receiver_that_fails_ends_no_connection():
    """The next message comes all the same."""
    heard = []

    def receive(*message: bytes) -> None:
        heard.append(message[3])
        raise ZeroDivisionError

    frames = Frames(Nats(), b"")  # type: ignore[arg-type]
    frames.receivers[b"3"] = receive
    await frames.parse(b"MSG a 3 1\r\nx\r\nMSG a 3 1\r\ny\r\n")
    assert heard == [b"x", b"y"]


async def test_messages_come_and_go_on_a_real_connection(nats_url):
    """What one wire publishes another hears, with headers, and nats-py's own calls work beside."""
    client = Client()
    await client.connect(nats_url)
    wire, again = await Wire.on(client), await Wire.on(client)
    heard: asyncio.Queue[tuple[bytes, ...]] = asyncio.Queue()
    subscription = await wire.subscribe("wire.*", lambda *message: heard.put_nowait(message))
    again.publish("wire.one", "reply.here", b"body", HEADERS)
    assert await heard.get() == (b"wire.one", b"reply.here", HEADERS, b"body")
    with pytest.raises(TooLarge):
        wire.publish("wire.one", "r", b"x" * (client.max_payload + 1))
    assert await client.request("$JS.API.INFO")
    await wire.unsubscribe(subscription)
    await client.close()
    with pytest.raises(ConnectionError):
        wire.publish("wire.one", "r", b"body")


def test_headers_are_read_as_sent():
    """Values keep their colons; a status stands beside what the server adds to it."""
    assert read_headers(HEADERS) == {"ce-id": "7", "ce-subject": "ORD-1"}
    assert read_headers(b"NATS/1.0\r\nce-time:10:00\r\nbroken\r\n\r\n") == {"ce-time": "10:00"}
    status = read_headers(b"NATS/1.0 100 Idle Heartbeat\r\nNats-Last-Consumer: 5\r\n\r\n")
    assert status == {
        "Status": "100",
        "Description": "Idle Heartbeat",
        "Nats-Last-Consumer": "5",
    }
    assert read_headers(b"") == {}
