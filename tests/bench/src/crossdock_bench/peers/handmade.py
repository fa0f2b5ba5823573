"""The full path by hand: no chassis, no tracing, no parking, no gaps; the same rows and messages.

Reads without acks, one transaction per batch of up to 256: position (fenced by the epoch), inbox,
one insert per order, outbox. Two lanes and the relay share one process, as the chassis' do.
"""

from __future__ import annotations

import asyncio
import json
import os
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import nats

from crossdock_bench.bodies import HEARD, HEARD_STREAM, SAID, answer, decode_order, encode
from crossdock_bench.path.store import HEAR

from . import handmade_relay

BATCH = 256
AHEAD = 512

MOVE = "update crossdock.leases set position = $2 where name = $1 and epoch = $3 returning name"
ADD_LANE = """
    insert into crossdock.leases (name, kind, stream, epoch) values ($1, 'lane', $2, 1)
    on conflict do nothing
"""
ENTER = """
    insert into crossdock.inbox (message_id, occurred_at)
    select * from unnest($1::uuid[], $2::timestamptz[])
    on conflict do nothing returning message_id
"""
SAY = """
    insert into crossdock.outbox
        (event_id, type, key, occurred_at, correlation_id, causation_id, traceparent, body)
    select * from unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::uuid[],
                         $6::uuid[], $7::text[], $8::bytea[])
"""


class Lane:
    """Some partitions of the stream, in order."""

    def __init__(self, number: int, lanes: int, client: Any, connection: Any) -> None:
        self.name = f"hand-{number}"
        self.subjects = [f"{HEARD}.{n}" for n in range(number, 16, lanes)]
        self.client, self.connection = client, connection
        self.awaited = os.environ["BENCH_WORK"] == "awaited"
        self.said = asyncio.Event()
        self._buffer: list[Any] = []
        self._arrived = asyncio.Event()
        self._asked = 0

    async def run(self) -> None:
        """Read and handle for ever."""
        await self.connection.execute(ADD_LANE, self.name, HEARD_STREAM)
        await self._open()
        while True:
            while not self._buffer:
                self._arrived.clear()
                await self._arrived.wait()
            batch, self._buffer = self._buffer[:BATCH], self._buffer[BATCH:]
            if self._asked + len(self._buffer) <= AHEAD:
                await self._ask()
            await self._handle(batch)

    async def _open(self) -> None:
        self._inbox, self._consumer = self.client.new_inbox(), uuid4().hex
        await self.client.subscribe(self._inbox, cb=self._receive)
        config = {
            "name": self._consumer,
            "deliver_policy": "by_start_sequence",
            "opt_start_seq": 1,
            "ack_policy": "none",
            "replay_policy": "instant",
            "filter_subjects": self.subjects,
            "mem_storage": True,
            "inactive_threshold": 60_000_000_000,
        }
        await self.client.request(
            f"$JS.API.CONSUMER.CREATE.{HEARD_STREAM}.{self._consumer}",
            json.dumps({"stream_name": HEARD_STREAM, "config": config}).encode(),
        )
        await self._ask()

    async def _ask(self) -> None:
        self._asked += AHEAD
        await self.client.publish(
            f"$JS.API.CONSUMER.MSG.NEXT.{HEARD_STREAM}.{self._consumer}",
            b'{"batch":%d,"expires":%d}' % (AHEAD, 60_000_000_000),
            reply=self._inbox,
        )

    async def _receive(self, message: Any) -> None:
        self._asked -= 1
        self._buffer.append(message)
        self._arrived.set()

    async def _handle(self, batch: list[Any]) -> None:
        ids = [UUID(m.headers["ce-id"]) for m in batch]
        times = [datetime.fromisoformat(m.headers["ce-time"]) for m in batch]
        position = int(batch[-1].reply.split(".")[5])
        async with self.connection.transaction():
            if await self.connection.fetchval(MOVE, self.name, position, 1) is None:
                raise SystemExit("lost the lane")
            fresh = {row["message_id"] for row in await self.connection.fetch(ENTER, ids, times)}
            rows, said = [], []
            for message_id, message in zip(ids, batch, strict=True):
                if message_id in fresh:
                    now = datetime.now(UTC)
                    row, event = _work(message, message_id, now)
                    said.append(event)
                    if self.awaited:
                        await self.connection.execute(HEAR, *row)
                    else:
                        rows.append(row)
            if rows:
                await self.connection.executemany(HEAR, rows)
            await self.connection.execute(SAY, *map(list, zip(*said, strict=True)))
        self.said.set()


def _work(message: Any, message_id: UUID, now: datetime) -> tuple[Any, Any]:
    """The row to write for an order, and the outbox row of what it causes."""
    placed = decode_order(message.data)
    event = answer(placed, now)
    correlation = UUID(message.headers["correlation_id"])
    trace = message.headers["traceparent"]
    row = (placed.order_id, placed.customer_id, len(placed.lines), now)
    return row, (uuid4(), SAID, event.key, now, correlation, message_id, trace, encode(event))


async def run() -> None:
    """Lanes and relay."""
    url, lanes = os.environ["BENCH_DATABASE_URL"], int(os.environ["BENCH_LANES"])
    client = await nats.connect(os.environ["CROSSDOCK_NATS_URL"])
    said = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for number in range(lanes):
            lane = Lane(number, lanes, client, await asyncpg.connect(url))
            lane.said = said
            group.create_task(lane.run())
        group.create_task(handmade_relay.relay(client, await asyncpg.connect(url), said))
