"""The bare pull loop: nats-py's fetch, decode, ack; no store at all."""

from __future__ import annotations

import os

import nats
from nats.errors import TimeoutError as NothingThere

from crossdock_bench.bodies import HEARD, HEARD_STREAM, decode_order


async def run() -> None:
    """Pull for ever."""
    client = await nats.connect(os.environ["CROSSDOCK_NATS_URL"])
    durable = await client.jetstream().pull_subscribe(f"{HEARD}.*", "pull", stream=HEARD_STREAM)
    while True:
        try:
            messages = await durable.fetch(256, timeout=1)
        except NothingThere:
            continue
        for message in messages:
            decode_order(message.data)
            await message.ack()
