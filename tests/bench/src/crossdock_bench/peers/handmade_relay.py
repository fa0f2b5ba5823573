"""A relay by hand: read 1,000 rows, publish them with a window, move the cursor.

It waits at a gap until the row appears (a rolled back transaction would stop it for ever), knows no
lease, and repeats a whole page when acks fail to come.
"""

from __future__ import annotations

import asyncio
import os
from typing import Any

import asyncpg
import nats

PAGE = 1000
DEADLINE = 5.0
ADD = "insert into crossdock.leases (name, kind) values ('hand', 'relay') on conflict do nothing"
READ = """
    select id, event_id, type, key, occurred_at, correlation_id, causation_id, traceparent, body
    from crossdock.outbox where id > $1 order by id limit $2
"""
MOVE = "update crossdock.leases set position = $1 where name = 'hand'"


class Window:
    """Counts the acks of one page."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.inbox = client.new_inbox()
        self._missing = 0
        self._done = asyncio.Event()

    async def open(self) -> None:
        """Listen for acks."""
        await self.client.subscribe(self.inbox, cb=self._on_ack)

    async def _on_ack(self, message: Any) -> None:
        if b'"error"' in message.data:
            raise SystemExit(message.data)
        self._missing -= 1
        if not self._missing:
            self._done.set()

    async def publish(self, rows: list[Any]) -> None:
        """Publish a page; return when all of it is acknowledged."""
        self._missing = len(rows)
        self._done.clear()
        for row in rows:
            subject = f"{row['type']}.{row['key']}"
            await self.client.publish(
                subject, row["body"], reply=self.inbox, headers=_headers_of(row)
            )
        async with asyncio.timeout(DEADLINE):
            await self._done.wait()


async def relay(client: Any, connection: Any, said: asyncio.Event) -> None:
    """Publish for ever; `said` wakes it."""
    await connection.execute(ADD)
    window, position = Window(client), 0
    await window.open()
    while True:
        said.clear()
        rows = _up_to_gap(position, await connection.fetch(READ, position, PAGE))
        if rows:
            await window.publish(rows)
            position = rows[-1]["id"]
            await connection.execute(MOVE, position)
        if len(rows) < PAGE:
            try:
                async with asyncio.timeout(0.01):
                    await said.wait()
            except TimeoutError:
                continue


def _up_to_gap(position: int, rows: list[Any]) -> list[Any]:
    if not rows or rows[-1]["id"] == position + len(rows):
        return rows
    return [row for n, row in enumerate(rows, position + 1) if row["id"] == n]


def _headers_of(row: Any) -> dict[str, str]:
    event_id = str(row["event_id"])
    return {
        "Nats-Msg-Id": event_id,
        "ce-specversion": "1.0",
        "ce-id": event_id,
        "ce-type": row["type"],
        "ce-source": "bench",
        "ce-time": row["occurred_at"].isoformat(),
        "ce-subject": row["key"],
        "content-type": "application/json",
        "correlation_id": str(row["correlation_id"]),
        "traceparent": row["traceparent"],
        "causation_id": str(row["causation_id"]),
    }


async def run() -> None:
    """The relay alone."""
    client = await nats.connect(os.environ["CROSSDOCK_NATS_URL"])
    connection = await asyncpg.connect(os.environ["BENCH_DATABASE_URL"])
    await relay(client, connection, asyncio.Event())
