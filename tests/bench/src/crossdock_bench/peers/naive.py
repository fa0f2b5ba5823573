"""What a good engineer writes first: FastStream, one transaction per message.

Inbox, business row and outbox row commit together; acks decide what was handled, so a failed
message comes back out of order. There is no relay in it: its rows are counted, which favours it.
"""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime
from uuid import UUID, uuid4

import asyncpg
from faststream import AckPolicy
from faststream.nats import JStream, NatsBroker, NatsMessage, PullSub

from crossdock_bench.bodies import HEARD, HEARD_STREAM, SAID, answer, decode_order, encode
from crossdock_bench.path.store import HEAR

ENTER = """
    insert into crossdock.inbox (message_id, occurred_at) values ($1, $2)
    on conflict do nothing returning message_id
"""
SAY = """
    insert into crossdock.outbox
        (event_id, type, key, occurred_at, correlation_id, causation_id, traceparent, body)
    values ($1, $2, $3, $4, $5, $6, $7, $8)
"""


async def run() -> None:
    """Consume for ever."""
    pool = await asyncpg.create_pool(os.environ["BENCH_DATABASE_URL"], min_size=2, max_size=6)
    broker = NatsBroker(os.environ["CROSSDOCK_NATS_URL"], logger=None)

    @broker.subscriber(
        f"{HEARD}.*",
        stream=JStream(HEARD_STREAM, declare=False),
        durable="naive",
        pull_sub=PullSub(batch_size=100, timeout=0.1),
        ack_policy=AckPolicy.NACK_ON_ERROR,
    )
    async def ask_shipment(message: NatsMessage) -> None:
        given = message.headers
        message_id = UUID(given["ce-id"])
        async with pool.acquire() as connection, connection.transaction():
            moment = datetime.fromisoformat(given["ce-time"])
            if await connection.fetchval(ENTER, message_id, moment) is None:
                return
            placed, now = decode_order(message.body), datetime.now(UTC)
            lines = len(placed.lines)
            await connection.execute(HEAR, placed.order_id, placed.customer_id, lines, now)
            event = answer(placed, now)
            correlation, trace = UUID(given["correlation_id"]), given["traceparent"]
            said = (uuid4(), SAID, event.key, now, correlation, message_id, trace, encode(event))
            await connection.execute(SAY, *said)

    await broker.start()
    await asyncio.Event().wait()
