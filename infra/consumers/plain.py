"""nats-py alone. Run: python plain.py"""

import asyncio
import json
import os
from contextlib import suppress

import nats

CONFIG = nats.js.api.ConsumerConfig(ack_wait=5)


async def hear(js: nats.js.JetStreamContext, noun: str, verb: str) -> None:
    """Version 2 has terms, and cartons; version 1 days, and packages. The ack comes after it."""
    durable = await js.pull_subscribe(f"{noun}.{verb}.*.*", "dock_plain", noun.upper(), CONFIG)
    while True:
        with suppress(nats.errors.TimeoutError):
            [message] = await durable.fetch()
            event, sent = json.loads(message.data), message.headers
            days = event.get("terms", {"net_days": event.get("payment_terms_days", 30)})["net_days"]
            boxes = event.get("cartons", event.get("packages", ()))
            step = sent["traceparent"][:36] + os.urandom(8).hex() + sent["traceparent"][-3:]
            about = days if noun == "orders" else len(boxes)
            print(sent["ce-id"], event["type"], about, step, flush=True)
            await message.ack()


async def main() -> None:
    """Both streams at once, on one connection; a step is in the trace of its event."""
    js = (await nats.connect(os.environ["NATS_URL"])).jetstream()
    await asyncio.gather(hear(js, "orders", "accepted"), hear(js, "shipments", "shipped"))


asyncio.run(main())
