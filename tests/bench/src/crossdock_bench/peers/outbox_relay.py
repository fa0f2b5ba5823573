"""The relay of `faststream-outbox`: each row is claimed, published, deleted.

`relay` is its manual's set-up with four workers and a fetch of 100; `batched` has more workers and
deletes a hundred rows at a time.
"""

from __future__ import annotations

import asyncio
import os

from faststream.nats import NatsBroker
from faststream_outbox import OutboxBroker, make_outbox_table
from faststream_outbox.annotations import OutboxMessage
from sqlalchemy import MetaData
from sqlalchemy.ext.asyncio import create_async_engine

from crossdock_bench.bodies import SAID, SAID_STREAM

TABLE, QUEUE = "fs_outbox", "bench"


async def run() -> None:
    """Relay for ever."""
    batched = os.environ["BENCH_WORK"] == "batched"
    workers = 16 if batched else 4
    url = os.environ["BENCH_DATABASE_URL"].replace("postgresql://", "postgresql+asyncpg://")
    engine = create_async_engine(url, pool_size=workers + 2)
    source = OutboxBroker(engine, outbox_table=make_outbox_table(MetaData(), TABLE), logger=None)
    target = NatsBroker(os.environ["CROSSDOCK_NATS_URL"], logger=None)

    @source.subscriber(
        QUEUE,
        max_workers=workers,
        fetch_batch_size=100,
        min_fetch_interval=0.001,
        terminal_flush_batch_size=100 if batched else 1,
    )
    async def relay(message: OutboxMessage) -> None:
        given = {name: str(value) for name, value in message.headers.items()}
        subject = f"{SAID}.{given['ce-subject']}"
        await target.publish(message.body, subject, stream=SAID_STREAM, headers=given, timeout=5)

    await target.start()
    await source.start()
    await asyncio.Event().wait()
