"""Reading a stream in order from a position on, without acks: the store keeps the position.

An ordered consumer lives in the server's memory and is made anew whenever anything is odd: a gap in
its sequence, silence past its heartbeat, a reconnect. Messages are pulled ahead of use, so a batch
is whatever is there when the previous transaction ends.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

from .broker import JetStream
from .errors import CrossdockError
from .ids import new_id
from .message import Message, place_of, read_message
from .wire import Wire, read_headers

AHEAD = 1024
EXPIRES = 30.0
HEARTBEAT = 5.0
NANOSECONDS = 1_000_000_000
# A cluster may give a consumer to a server that has just died: asked anew, it gives another one.
PATIENT, MOST_PATIENT = 1.0, 8.0


class Broken(CrossdockError):
    """The consumer is not to be trusted any more: open it again."""


class Reader:
    """Messages of some subjects of one stream, in stream order."""

    def __init__(self, jetstream: JetStream, stream: str, subjects: list[str]) -> None:
        self._jetstream = jetstream
        self._stream = stream
        self._subjects = subjects
        self._buffer: list[Message] = []
        self._arrived = asyncio.Event()
        self._broken: str | None = None
        self._subscription: Any = None
        self._wire: Wire
        self._consumer = ""
        self._inbox = ""
        self._asked = 0
        self._expected = 1
        self._heard = 0.0
        self._patience = PATIENT
        self.pending = 0
        # Up to here the stream was read, or holds nothing for these subjects.
        self.passed = 0

    async def open(self, after: int) -> None:
        """Start behind stream sequence `after`."""
        await self.close()
        client = self._jetstream.client
        self._buffer.clear()
        self._broken, self._expected, self._asked, self.passed = None, 1, 0, 0
        self._consumer = f"lane-{new_id().hex}"
        self._inbox = client.new_inbox()
        self._wire = await Wire.on(client)
        self._subscription = await self._wire.subscribe(self._inbox, self._receive)
        made = await self._make(after)
        self.pending = int(made.get("num_pending", 0))
        self._ask()

    async def _make(self, after: int) -> dict[str, Any]:
        """Make the consumer; a slow server is given twice as long the next time."""
        config = {
            "name": self._consumer,
            "deliver_policy": "by_start_sequence",
            "opt_start_seq": after + 1,
            "ack_policy": "none",
            "replay_policy": "instant",
            "filter_subjects": self._subjects,
            "mem_storage": True,
            "num_replicas": 1,
            "inactive_threshold": 60 * NANOSECONDS,
        }
        patience, self._patience = self._patience, min(self._patience * 2, MOST_PATIENT)
        made = await self._jetstream.api(
            f"CONSUMER.CREATE.{self._stream}.{self._consumer}",
            {"stream_name": self._stream, "config": config},
            timeout=patience,
        )
        self._patience = PATIENT
        return made

    async def close(self) -> None:
        """Stop reading; the server forgets an idle consumer, which nobody may delete."""
        if self._subscription is None:
            return
        subscription, self._subscription = self._subscription, None
        await self._wire.unsubscribe(subscription)

    def distrust(self, why: str) -> None:
        """What was open may be gone, as after a reconnect: the next take says to open it anew."""
        if self._subscription is not None:
            self._broken = why
            self._arrived.set()

    def wake(self) -> None:
        """Let `take` return, with what is there."""
        self._arrived.set()

    async def take(self, limit: int, timeout: float) -> list[Message]:
        """What is there, at most `limit`; waits for the first up to `timeout` seconds.

        Broken when the consumer must be opened again.
        """
        if not self._buffer and self._broken is None:
            self._arrived.clear()
            try:
                async with asyncio.timeout(min(timeout, HEARTBEAT)):
                    await self._arrived.wait()
            except TimeoutError:
                if time.monotonic() - self._heard > 2.5 * HEARTBEAT:
                    self._broken = "no heartbeat"
        if self._buffer:
            batch, self._buffer = self._buffer[:limit], self._buffer[limit:]
            if self._broken is None and self._asked + len(self._buffer) <= AHEAD // 2:
                self._ask()
            return batch
        if self._broken is not None:
            raise Broken(f"consumer on {self._stream}: {self._broken}")
        return []

    def _ask(self) -> None:
        """Pull more; several requests may be open, so messages keep flowing."""
        self._heard = time.monotonic()
        self._asked += AHEAD // 2
        self._wire.publish(
            f"$JS.API.CONSUMER.MSG.NEXT.{self._stream}.{self._consumer}",
            self._inbox,
            b'{"batch":%d,"expires":%d,"idle_heartbeat":%d}'
            % (AHEAD // 2, EXPIRES * NANOSECONDS, HEARTBEAT * NANOSECONDS),
        )

    def _receive(self, subject: bytes, reply: bytes, raw: bytes, body: bytes) -> None:
        self._heard = time.monotonic()
        headers = read_headers(raw)
        if not reply or "Status" in headers:
            self._status(headers)
            return
        place = place_of(reply.decode())
        if place.consumer != self._consumer:
            return  # left over from a consumer that was given up
        self.pending = place.pending
        self._asked -= 1
        if self._broken is None and place.nth != self._expected:
            self._broken = f"gap: message {place.nth} came instead of {self._expected}"
        self._expected += 1
        if self._broken is None:
            self._buffer.append(
                read_message(
                    self._stream, place.sequence, subject.decode(), headers, body, place.stored
                )
            )
        self._arrived.set()

    def _status(self, headers: dict[str, str]) -> None:
        """A pull that ended gives back its allowance; anything else but a heartbeat breaks."""
        status = headers.get("Status", "")
        if status == "100":
            self._heartbeat(
                int(headers.get("Nats-Last-Consumer", "0")),
                int(headers.get("Nats-Last-Stream", "0")),
            )
            return
        if status == "408":
            self._asked = max(0, self._asked - int(headers.get("Nats-Pending-Messages", "0")))
            if self._asked + len(self._buffer) <= AHEAD // 2:
                self._ask()
            return
        self._broken = f"{status} {headers.get('Description', '')}".strip()
        self._arrived.set()

    def _heartbeat(self, delivered: int, read: int) -> None:
        """How far the server is: it shows a last message that got lost, and what was passed by."""
        if delivered >= self._expected:
            self._broken = f"gap: message {delivered} was sent and did not come"
            self._arrived.set()
        elif delivered == self._expected - 1 and not self._buffer:
            self.passed = read
