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

from .broker import OUTAGES
from .errors import CrossdockError
from .outbox import headers_of, subject_of

log = structlog.get_logger()
WINDOW = 2000
DEADLINE = 3.0


class PublishRefused(CrossdockError):
    """The stream said no to a row: it does not exist, is full, or refuses the message."""


class _Ack(msgspec.Struct):
    stream: str = ""
    seq: int = 0
    duplicate: bool = False
    error: dict[str, Any] | None = None


class Publisher:
    """Publishes batches of outbox rows on one connection."""

    def __init__(self, client: Client, service: str) -> None:
        self._client = client
        self._service = service
        self._inbox = client.new_inbox()
        self._subscription: Any = None
        self._round = 0
        self._waiting: dict[str, tuple[Any, float]] = {}
        self._behind: dict[str, deque[Any]] = {}
        self._progress = asyncio.Event()
        self._refused: PublishRefused | None = None
        self.resent = 0

    async def open(self) -> None:
        """Listen for acks."""
        self._subscription = await self._client.subscribe(f"{self._inbox}.*", cb=self._on_ack)

    async def close(self) -> None:
        """Stop listening."""
        if self._subscription is not None and self._client.is_connected:
            await self._subscription.unsubscribe()
        self._subscription = None

    async def publish(self, rows: list[Any]) -> None:
        """Publish rows and return when the stream has every one of them.

        PublishRefused when the server refused one; what was sent meanwhile is harmless, since
        sending it again carries the same id.
        """
        self._round += 1
        self._waiting.clear()
        self._behind.clear()
        self._refused = None
        for row in rows:
            while len(self._waiting) >= WINDOW:
                await self._wait()
            busy = self._behind.get(row["key"])
            if busy is not None:
                busy.append(row)
            else:
                self._behind[row["key"]] = deque()
                await self._send(row)
        while self._waiting:
            await self._wait()

    async def _send(self, row: Any) -> None:
        token = f"{self._round}-{row['id']}"
        self._waiting[token] = (row, time.monotonic() + DEADLINE)
        await self._client.publish(
            subject_of(row),
            row["body"],
            reply=f"{self._inbox}.{token}",
            headers=headers_of(row, self._service),
        )

    async def _wait(self) -> None:
        """Wait for acks; a row whose deadline passed is sent again."""
        self._progress.clear()
        try:
            async with asyncio.timeout(DEADLINE / 3):
                await self._progress.wait()
        except TimeoutError:
            await self._resend_overdue()
        if self._refused is not None:
            raise self._refused

    async def _resend_overdue(self) -> None:
        now = time.monotonic()
        overdue = [row for row, deadline in self._waiting.values() if deadline < now]
        for row in overdue:
            self.resent += 1
            await self._send(row)
        if overdue:
            log.warning("publish acks are overdue; sent again", rows=len(overdue))

    async def _on_ack(self, raw: Any) -> None:
        token = raw.subject.rpartition(".")[2]
        entry = self._waiting.get(token)
        if entry is None:
            return
        row = entry[0]
        if raw.headers and raw.headers.get("Status") == "503":
            self._refuse(f"no stream takes {subject_of(row)}: run `crossdock topology`")
            return
        ack = msgspec.json.decode(raw.data, type=_Ack)
        if ack.error is not None:
            self._refuse(f"{subject_of(row)}: {ack.error.get('description', ack.error)}")
            return
        del self._waiting[token]
        await self._next_of_key(row["key"])
        self._progress.set()

    async def _next_of_key(self, key: str) -> None:
        behind = self._behind[key]
        if not behind:
            del self._behind[key]
            return
        try:
            await self._send(behind.popleft())
        except OUTAGES as error:
            self._refuse(str(error))

    def _refuse(self, text: str) -> None:
        self._refused = PublishRefused(text)
        self._progress.set()
