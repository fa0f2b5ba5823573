"""Publishing with a window of its own: every row is acknowledged, or sent again under the same id.

nats-py's asynchronous publish loses the server's errors and leaks its places; here each row has its
own reply subject and deadline. A key's next event leaves only when the one before it is acked, so
that no loss on the way can turn their order round.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import Any

import msgspec
import structlog
from nats.aio.client import Client

from .errors import CrossdockError
from .outbox import headers_of, subject_of
from .wire import TooLarge, Wire

log = structlog.get_logger()
WINDOW = 2000
# Rows published before others may work, and the server begins to see them.
STRIDE = 64
DEADLINE = 3.0


class PublishRefused(CrossdockError):
    """The stream said no to a row: it does not exist, is full, or refuses the message."""


class _Ack(msgspec.Struct):
    stream: str = ""
    seq: int = 0
    error: dict[str, Any] | None = None


class Mark(msgspec.Struct, frozen=True, array_like=True):
    """Which event a stream holds at a sequence, as it acknowledged it."""

    sequence: int
    event_id: str


class Publisher:
    """Publishes batches of outbox rows on one connection."""

    def __init__(self, client: Client, service: str) -> None:
        self._client = client
        self._service = service
        self._inbox = client.new_inbox()
        self._wire: Wire
        self._subscription: Any = None
        self._round = 0
        # Rows on their way by the last token of their reply subject, and what waits for their keys.
        self._waiting: dict[bytes, tuple[Any, float]] = {}
        self._behind: dict[str, deque[Any] | None] = {}
        self._progress = asyncio.Event()
        self._refused: PublishRefused | None = None
        self._acks: dict[str, tuple[Any, bytes]] = {}
        self.resent = 0
        self.salt = ""

    async def open(self) -> None:
        """Listen for acks."""
        self._wire = await Wire.on(self._client)
        self._subscription = await self._wire.subscribe(f"{self._inbox}.*", self._on_ack)

    async def close(self) -> None:
        """Stop listening."""
        if self._subscription is not None:
            subscription, self._subscription = self._subscription, None
            await self._wire.unsubscribe(subscription)

    async def publish(self, rows: list[Any]) -> None:
        """Publish rows and return when the stream has every one of them.

        PublishRefused when the server refused one; what was sent meanwhile is harmless, since
        sending it again carries the same id. ConnectionError while the broker is away.
        """
        self._round += 1
        self._waiting.clear()
        self._behind.clear()
        self._refused = None
        for number, row in enumerate(rows, 1):
            while len(self._waiting) >= WINDOW:
                await self._wait()
            self._send_in_turn(row)
            if number % STRIDE == 0:
                await asyncio.sleep(0)
        while self._waiting:
            await self._wait()

    def take_marks(self) -> dict[str, Mark]:
        """The last place in each stream that was acknowledged since this was asked last."""
        marks: dict[str, Mark] = {}
        for row, body in self._acks.values():
            ack = msgspec.json.decode(body, type=_Ack)
            known = marks.get(ack.stream)
            if known is None or known.sequence < ack.seq:
                marks[ack.stream] = Mark(ack.seq, str(row["event_id"]))
        self._acks.clear()
        return marks

    def _send_in_turn(self, row: Any) -> None:
        key = row["key"]
        if key not in self._behind:
            self._behind[key] = None
            self._send(row)
        elif (queue := self._behind[key]) is not None:
            queue.append(row)
        else:
            self._behind[key] = deque((row,))

    def _send(self, row: Any) -> None:
        token = b"%d-%d" % (self._round, row["id"])
        self._waiting[token] = (row, time.monotonic() + DEADLINE)
        reply = f"{self._inbox}.{token.decode()}"
        try:
            self._wire.publish(
                subject_of(row), reply, row["body"], headers_of(row, self._service, self.salt)
            )
        except TooLarge as error:
            self._refuse(str(error))

    async def _wait(self) -> None:
        """Wait for acks; a row whose deadline passed is sent again."""
        if self._refused is None:
            self._progress.clear()
            try:
                async with asyncio.timeout(DEADLINE / 3):
                    await self._progress.wait()
            except TimeoutError:
                self._resend_overdue()
        if self._refused is not None:
            raise self._refused

    def _resend_overdue(self) -> None:
        now = time.monotonic()
        overdue = [row for row, deadline in self._waiting.values() if deadline < now]
        for row in overdue:
            self.resent += 1
            self._send(row)
        if overdue:
            log.warning("publish acks are overdue; sent again", rows=len(overdue))

    def _on_ack(self, subject: bytes, _reply: bytes, headers: bytes, body: bytes) -> None:
        token = subject.rpartition(b".")[2]
        entry = self._waiting.get(token)
        if entry is None:
            return
        row = entry[0]
        if headers.startswith(b"NATS/1.0 503"):
            self._refuse(f"no stream takes {subject_of(row)}: run `crossdock topology`")
        elif b'"error"' in body:
            error = msgspec.json.decode(body, type=_Ack).error or {}
            self._refuse(f"{subject_of(row)}: {error.get('description', error)}")
        else:
            del self._waiting[token]
            self._acks[row["type"]] = (row, body)
            self._next_of_key(row["key"])
            self._progress.set()

    def _next_of_key(self, key: str) -> None:
        queue = self._behind.pop(key)
        if queue:
            row = queue.popleft()
            self._behind[key] = queue
            try:
                self._send(row)
            except ConnectionError as error:
                self._refuse(str(error))

    def _refuse(self, text: str) -> None:
        self._refused = PublishRefused(text)
        self._progress.set()
