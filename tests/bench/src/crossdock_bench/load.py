"""The load on the mesh, in a process of its own: orders over HTTP, invoices heard from the broker.

`python -m crossdock_bench.load <plan.json>` reads a Plan and writes a Tally beside it. With a rate
the loop is open: orders come when they come. Without one it is closed over the whole mesh: a
new order is placed while fewer than `window` orders wait for their invoice.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import sys
import time
from pathlib import Path
from typing import Any

import msgspec
import nats
import uvloop

SAMPLE = 1.0
PATIENCE = 120.0


class Plan(msgspec.Struct, kw_only=True):
    """What to do: where, how fast, for how long, with which bodies."""

    host: str
    port: int
    nats_url: str
    run: str
    seconds: float
    rate: int = 0
    window: int = 0
    connections: int = 24
    bodies: list[dict[str, Any]]


class Sample(msgspec.Struct, array_like=True):
    """How far the mesh was at a moment, in seconds since the start."""

    at: float
    placed: int
    invoiced: int


class Tally(msgspec.Struct, kw_only=True):
    """What happened."""

    seconds: float = 0.0
    statuses: dict[str, int] = {}
    answered: list[float] = []
    samples: list[Sample] = []
    drained: float = 0.0


class Load:
    """Places orders and counts their invoices."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.tally = Tally()
        self.placed = self.invoiced = 0
        self._numbers = itertools.count(1)
        self._bodies = itertools.cycle([msgspec.json.encode(body) for body in plan.bodies])
        self._room = asyncio.Event()
        self._began = time.perf_counter()
        self._over = self._began + plan.seconds

    async def run(self) -> Tally:
        """Place orders until the time is over, then wait for the last invoices."""
        client = await nats.connect(
            self.plan.nats_url, nkeys_seed_str=os.environ.get("CROSSDOCK_NATS_SEED")
        )
        await client.subscribe("invoices.issued.v1.*", cb=self._hear)
        await client.flush()
        self._began = time.perf_counter()
        self._over = self._began + self.plan.seconds
        sampling = asyncio.create_task(self._sample())
        async with asyncio.TaskGroup() as group:
            for _ in range(self.plan.connections):
                group.create_task(self._place_orders())
        self.tally.seconds = time.perf_counter() - self._began
        while self.invoiced < self.placed and time.perf_counter() < self._over + PATIENCE:
            await asyncio.sleep(0.05)
        self.tally.drained = time.perf_counter() - self._began
        sampling.cancel()
        await client.close()
        return self.tally

    async def _hear(self, _message: Any) -> None:
        self.invoiced += 1
        self._room.set()

    async def _sample(self) -> None:
        while True:
            now = time.perf_counter() - self._began
            self.tally.samples.append(Sample(round(now, 3), self.placed, self.invoiced))
            await asyncio.sleep(SAMPLE)

    async def _place_orders(self) -> None:
        reader, writer = await asyncio.open_connection(self.plan.host, self.plan.port)
        while await self._turn():
            number = next(self._numbers)
            began = time.perf_counter()
            writer.write(self._request(number))
            status = await _answer(reader)
            self.tally.answered.append(time.perf_counter() - began)
            self.tally.statuses[status] = self.tally.statuses.get(status, 0) + 1
        writer.close()

    async def _turn(self) -> bool:
        """Wait until an order is due, and count it; False when the time is over."""
        plan = self.plan
        if plan.rate:
            due = self._began + self.placed / plan.rate
            self.placed += 1
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
        else:
            while self.placed - self.invoiced >= plan.window:
                self._room.clear()
                if time.perf_counter() >= self._over:
                    return False
                await self._room.wait()
            self.placed += 1
        if time.perf_counter() < self._over:
            return True
        self.placed -= 1
        return False

    def _request(self, number: int) -> bytes:
        body = next(self._bodies)
        head = (
            f"POST /orders HTTP/1.1\r\nHost: {self.plan.host}\r\n"
            f"Content-Type: application/json\r\nIdempotency-Key: {self.plan.run}-{number}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


async def _answer(reader: asyncio.StreamReader) -> str:
    """The status of one response; its body is read and forgotten."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    await reader.readexactly(length)
    return head[9:12].decode()


def main() -> None:
    """The process."""
    path = Path(sys.argv[1])
    plan = msgspec.json.decode(path.read_bytes(), type=Plan)
    tally = uvloop.run(_run(plan))
    path.with_suffix(".tally.json").write_bytes(msgspec.json.encode(tally))


async def _run(plan: Plan) -> Tally:
    return await Load(plan).run()


if __name__ == "__main__":
    main()
