"""NATS frames without a detour: messages of some subscriptions go straight to a function.

nats-py wraps, queues and awaits each message and builds each header line by line, which was half of
what an event cost. Its connection stays (reconnecting, TLS, credentials, clusters); its parser is
replaced by one that knows a short way. All that is used of nats-py's insides is used here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import structlog
from nats.aio.client import Client
from nats.aio.subscription import Subscription
from nats.protocol.parser import AWAITING_CONTROL_LINE, Parser

log = structlog.get_logger()
# Subject, reply, headers as they came (empty without any), payload.
Receive = Callable[[bytes, bytes, bytes, bytes], None]


class TooLarge(ValueError):
    """A frame that the server would answer by closing the connection."""


class Frames(Parser):
    """nats-py's parser with a short way; what has no receiver here goes to nats-py."""

    def __init__(self, client: Client, begun: bytes) -> None:
        self.receivers: dict[bytes, Receive] = {}
        self.servers_changed: Callable[[], None] | None = None
        # nats-py makes a task for each connection that reads it, and only that.
        self._reading: asyncio.Task[Any] | None = None
        super().__init__(client)
        self._rest = begun

    def reset(self) -> None:
        """A new connection: what was begun on the old one will not be finished."""
        super().reset()
        self._reading, self._rest = None, b""

    async def parse(self, data: bytes = b"") -> None:
        """Take all complete frames out of what was read; keep the rest for the next read."""
        reading = asyncio.current_task()
        if self._reading not in (None, reading):
            # The old connection was read once more after its end; half a frame of it would swallow
            # the beginning of the new one.
            self._rest = b""
        self._reading = reading
        if self._rest:
            data = self._rest + data
        at, length = 0, len(data)
        while (end := data.find(b"\r\n", at)) >= 0:
            words = data[at:end].split()
            following = end + 2
            if words and words[0] in (b"HMSG", b"MSG"):
                start, stop = following, following + int(words[-1])
                if (following := stop + 2) > length:
                    break
                body = start + int(words[-2]) if words[0] == b"HMSG" else start
                receive = self.receivers.get(words[2])
                headers, payload = data[start:body], data[body:stop]
                reply = words[3] if len(words) == (6 if headers else 5) else b""
                if receive is None:
                    subject = words[1].decode(errors="replace").encode()  # any bytes may be sent
                    await self.nc._process_msg(int(words[2]), subject, reply, payload, headers)
                else:
                    _deliver(receive, words[1], reply, headers, payload)
            else:
                await super().parse(data[at:following])
                if words and words[0] == b"INFO" and self.servers_changed:
                    self.servers_changed()
            at = following
            if reading is not self._reading:
                return  # the connection was lost meanwhile
        self._rest = data[at:]


def _deliver(receive: Receive, subject: bytes, reply: bytes, headers: bytes, body: bytes) -> None:
    try:
        receive(subject, reply, headers, body)
    except Exception:
        # Raised further it would end nats-py's reading, and with it the connection.
        log.exception("a message was not received", subject=subject.decode(errors="replace"))


class Wire:
    """Raw frames on nats-py's connection."""

    def __init__(self, client: Client, frames: Frames) -> None:
        self._client = client
        self._frames = frames

    @classmethod
    async def on(cls, client: Client) -> Wire:
        """Replace the connection's parser, once, between two of its messages."""
        while client._ps.state != AWAITING_CONTROL_LINE:  # noqa: ASYNC110 - nothing signals it
            await asyncio.sleep(0)
        if not isinstance(client._ps, Frames):
            client._ps = Frames(client, bytes(client._ps.buf))
        return cls(client, client._ps)

    def on_servers_changed(self, tell: Callable[[], None]) -> None:
        """Call a function when the server says that others have left its cluster, or joined it."""
        self._frames.servers_changed = tell

    async def subscribe(self, subject: str, receive: Receive) -> Subscription:
        """Give every message of a subject to a plain function, which must not block."""
        subscription = await self._client.subscribe(subject, cb=_unused)
        self._frames.receivers[b"%d" % subscription._id] = receive
        return subscription

    async def unsubscribe(self, subscription: Subscription) -> None:
        """Stop that; what comes late is dropped."""
        self._frames.receivers.pop(b"%d" % subscription._id, None)
        if not self._client.is_closed:
            await subscription.unsubscribe()

    def publish(self, subject: str, reply: str, body: bytes, headers: bytes = b"") -> None:
        """Queue one message; `headers` are complete, with first and last line.

        ConnectionError while the connection is away, TooLarge for more than the server takes.
        """
        client, size = self._client, len(headers) + len(body)
        if not client.is_connected or client._flush_queue is None:
            raise ConnectionError("NATS is away")
        if size > client.max_payload:
            raise TooLarge(f"{size} bytes for {subject}: the server takes {client.max_payload}")
        if headers:
            line = f"HPUB {subject} {reply} {len(headers)} {size}\r\n"
        else:
            line = f"PUB {subject} {reply} {size}\r\n"
        frame = b"%b%b%b\r\n" % (line.encode(), headers, body)
        client._pending.append(frame)
        client._pending_data_size += len(frame)
        if client._flush_queue.empty():
            client._flush_queue.put_nowait(asyncio.get_running_loop().create_future())


async def _unused(_message: Any) -> None:
    """nats-py wants a callback; the parser never comes to it."""


def read_headers(raw: bytes) -> dict[str, str]:
    """Headers by name, and `Status` and `Description` where the server speaks for itself."""
    first, *lines = raw.decode("utf-8", "replace").split("\r\n")
    found = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if colon:
            found[name] = value.strip()
    if status := first[8:].strip():
        found["Status"], _, found["Description"] = status.partition(" ")
    return found
