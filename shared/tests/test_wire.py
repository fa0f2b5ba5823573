"""Frames: whatever the pieces in which they arrive, each message comes whole, once, in order."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st
from sample.tools import AT

from crossdock.ids import new_id
from crossdock.message import read_message
from crossdock.outbox import headers_of
from crossdock.wire import Frames, read_headers

BODIES = st.binary(max_size=60) | st.sampled_from([b"\r\n", b"MSG a 7 3\r\nabc\r\n", b"PING\r\n"])
HEADERS = st.sampled_from(
    [b"", b"NATS/1.0\r\n\r\n", b"NATS/1.0 100 Idle Heartbeat\r\nNats-Last-Stream: 7\r\n\r\n"]
)


class Client:
    """What nats-py's parser knows of its client: it notes what comes its way."""

    def __init__(self):
        self.taken = []

    async def _process_msg(self, sid, subject, reply, data, headers):
        self.taken.append((sid, bytes(subject), bytes(reply), bytes(headers or b""), bytes(data)))

    async def _process_ping(self):
        self.taken.append("ping")

    async def _process_pong(self):
        self.taken.append("pong")


def frame(sid: int, reply: bytes, headers: bytes, body: bytes) -> bytes:
    """A message as a server sends it."""
    words = [b"orders.placed.v1.3", b"%d" % sid, *([reply] if reply else [])]
    if headers:
        sizes = b"%d %d" % (len(headers), len(headers) + len(body))
        return b"HMSG " + b" ".join(words) + b" " + sizes + b"\r\n" + headers + body + b"\r\n"
    return b"MSG " + b" ".join(words) + b" %d\r\n" % len(body) + body + b"\r\n"


@given(
    st.lists(
        st.tuples(st.sampled_from([7, 8]), st.sampled_from([b"", b"_INBOX.x.1"]), HEADERS, BODIES)
        | st.sampled_from(["ping", "pong"]),
        max_size=12,
    ),
    st.lists(st.integers(1, 400), max_size=40),
)
def test_frames_come_whole_whatever_the_pieces(sent, cuts):
    """A subscription with a receiver and one without, cut anywhere, also within their lines."""
    wire = b"".join(
        item.upper().encode() + b"\r\n" if isinstance(item, str) else frame(*item) for item in sent
    )
    client = Client()
    frames = Frames(client, b"")
    direct = []
    frames.receivers[b"7"] = lambda *parts: direct.append(tuple(map(bytes, parts)))

    async def feed() -> None:
        at = 0
        for cut in [*cuts, len(wire)]:
            await frames.parse(wire[at : at + cut])
            at += cut

    asyncio.run(feed())
    subject = b"orders.placed.v1.3"
    messages = [item for item in sent if not isinstance(item, str)]
    assert direct == [(subject, r, h, b) for sid, r, h, b in messages if sid == 7]
    assert client.taken == [
        item if isinstance(item, str) else (8, subject, *item[1:])
        for item in sent
        if isinstance(item, str) or item[0] == 8
    ]


def test_a_receiver_that_fails_does_not_end_the_reading():
    """One message that cannot be received is logged; the next one comes."""
    frames, taken = Frames(Client(), b""), []

    def receive(_subject, _reply, _headers, body):
        taken.append(bytes(body))
        if body == b"bad":
            raise ZeroDivisionError

    frames.receivers[b"7"] = receive
    asyncio.run(frames.parse(frame(7, b"", b"", b"bad") + frame(7, b"", b"", b"good")))
    assert taken == [b"bad", b"good"]


def test_a_new_connection_forgets_what_was_begun_on_the_old_one():
    """Half a frame of a lost connection is not the beginning of the next one's."""
    frames, taken = Frames(Client(), b""), []
    frames.receivers[b"7"] = lambda *parts: taken.append(bytes(parts[-1]))
    asyncio.run(frames.parse(frame(7, b"", b"", b"lost")[:-4]))
    frames.reset()
    asyncio.run(frames.parse(frame(7, b"", b"", b"new")))
    assert taken == [b"new"]


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)


@given(TEXT, st.text(max_size=30).filter(lambda text: text.isprintable()), st.booleans())
def test_headers_are_read_as_they_were_written(key, state, caused):
    """Ids, time, trace and key survive the broker; no key can add or end a header."""
    row = {
        "event_id": new_id(),
        "type": "orders.placed.v1",
        "occurred_at": AT,
        "key": key,
        "correlation_id": new_id(),
        "causation_id": new_id() if caused else None,
        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "tracestate": state.strip(),
    }
    raw = headers_of(row, "sample")
    assert raw.count(b"\r\n\r\n") == 1
    assert raw.endswith(b"\r\n\r\n")
    found = read_message("ORDERS", 1, "orders.placed.v1.3", read_headers(raw), b"")
    assert (found.id, found.occurred_at) == (row["event_id"], AT)
    assert (found.correlation_id, found.causation_id) == (
        row["correlation_id"],
        row["causation_id"],
    )
    assert (found.source, found.type) == ("sample", "orders.placed.v1")
    assert (found.traceparent, found.tracestate) == (row["traceparent"], state.strip())
    if key.isprintable() and key == key.strip():
        assert found.key == key
