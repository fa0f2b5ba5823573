"""From one event to the next at a steady, modest rate: how long a message is under way."""

from __future__ import annotations

import asyncio
import statistics
import time
from pathlib import Path
from typing import Any

import msgspec
import nats

from crossdock.broker import JetStream

from . import bodies
from .ground import Ground
from .race import Peer, end, said, start

FIRST = 500_000_000


class Percentiles(msgspec.Struct):
    """Milliseconds."""

    p50: float
    p99: float
    count: int


def percentiles(seconds: list[float]) -> Percentiles:
    """The median and the 99th percentile of some durations."""
    cuts = statistics.quantiles(seconds, n=100, method="inclusive")
    return Percentiles(round(cuts[49] * 1000, 2), round(cuts[98] * 1000, 2), len(seconds))


async def event_to_event(
    ground: Ground, module: str, rate: int, seconds: int, lanes: int, log: Path
) -> Percentiles:
    """Publish orders at a rate to a peer that has nothing else to do; the answers tell."""
    url = await ground.database("path")
    client = await nats.connect(ground.nats.url)
    await ground.forget_said(JetStream(client))
    process = start(ground, Peer(module, module, said, 0), url, lanes, log)
    try:
        return await _measure(ground, client, rate, seconds)
    finally:
        end(process)
        await client.close()
        ground.drop(url)


async def _measure(ground: Ground, client: Any, rate: int, seconds: int) -> Percentiles:
    sent: dict[str, float] = {}
    took: list[float] = []

    async def hear(message: Any) -> None:
        began = sent.pop(message.subject.rpartition(".")[2], None)
        if began is not None:
            took.append(time.perf_counter() - began)

    await client.subscribe(f"{bodies.SAID}.*", cb=hear)
    await _caught_up(client, ground.filled)
    began = time.perf_counter()
    first = FIRST + ground.filled
    stories = bodies.orders(first, first + rate * seconds)
    for number, (subject, body, headers) in enumerate(stories):
        await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
        sent[subject.rpartition(".")[2]] = time.perf_counter()
        await client.publish(subject, body, headers=headers)
    deadline = time.monotonic() + 10
    while sent and time.monotonic() < deadline:
        await asyncio.sleep(0.05)
    ground.filled += rate * seconds
    # The first second warms connections and caches.
    return percentiles(took[rate:])


async def _caught_up(client: Any, count: int) -> None:
    """The peer first works off what the stream holds already."""
    jetstream = JetStream(client)
    while await said(jetstream, None) < count:
        await asyncio.sleep(0.05)
    await asyncio.sleep(1)
