"""Replicas come and go, handlers fail, people replay: each key in order, one replica at a time."""

from __future__ import annotations

import asyncio
import itertools
import random
import signal
import time
from contextlib import AsyncExitStack
from typing import Any

import pytest
from disaster_teller import app as teller
from plant import Plant, assert_each_once_in_order

KEYS, EACH = 2000, 5
TAKEN_OVER = """
    select extract(epoch from min(ended))::float8 as at from heard
    where by <> $1 and order_id in (select order_id from heard where by = $1)
"""
OVERLAPS = """
    select a.order_id, a.text, a.by, b.text, b.by
    from (select *, lead(nth) over (partition by order_id order by nth) as next from heard) a
    join heard b on b.nth = a.next
    where a.by <> b.by and b.began < a.ended
"""


class Replicas:
    """One to four tellers, some in this process and some in their own."""

    def __init__(self, plant: Plant, chance: random.Random) -> None:
        self.plant = plant
        self.chance = chance
        self.numbers = itertools.count(1)
        self.inside: dict[str, AsyncExitStack] = {}
        self.outside: list[str] = []

    @property
    def count(self) -> int:
        """How many run."""
        return len(self.inside) + len(self.outside)

    async def start(self) -> None:
        """One more."""
        number = next(self.numbers)
        if number % 2:
            name = f"teller-{number}"
            await self.plant.start(name)
            self.outside.append(name)
            return
        stack = AsyncExitStack()
        settings = {
            "database_url": self.plant.databases["teller"],
            "CROSSDOCK_NATS_URL": self.plant.nats_url,
            "http_port": 0,
        }
        name = f"inside-{number}"
        await stack.enter_async_context(teller.build(name).running(**settings))
        self.inside[name] = stack

    async def lose(self) -> None:
        """One less: stopped, killed, or frozen for longer than its lease and woken up again."""
        how = self.chance.choice(("stop", "kill", "freeze"))
        if self.inside and (how == "stop" or not self.outside):
            await self.inside.pop(next(iter(self.inside))).aclose()
        elif self.outside:
            name = self.outside.pop(0)
            if how == "freeze":
                self.plant.signal(name, signal.SIGSTOP)
                await asyncio.sleep(4)
                self.plant.signal(name, signal.SIGCONT)
                self.outside.append(name)
            elif how == "kill":
                self.plant.kill(name)
            else:
                await self.plant.stop(name)

    async def close(self) -> None:
        """None is left."""
        for stack in self.inside.values():
            await stack.aclose()


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.long)])
async def test_keys_keep_their_order_whatever_the_replicas_do(
    plant: Plant, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Thousands of keys, handlers that fail, dead letters replayed, one to four replicas."""
    chance = random.Random(seed)
    plant.set(TELLER_CHANCE="0.003", TELLER_LEASE_SECONDS="2", TELLER_LANES="4")
    monkeypatch.setattr(teller, "CHANCE", 0.003)
    monkeypatch.setenv("TELLER_LEASE_SECONDS", "2")
    monkeypatch.setenv("TELLER_LANES", "4")
    rejected = [f"ORD-{n}" for n in range(0, KEYS, 100)]
    for order in rejected:
        await plant.query("teller", "insert into broken values ($1, 'reject')", order)
    await plant.start("maker")
    replicas = Replicas(plant, chance)
    try:
        await replicas.start()
        saying = asyncio.create_task(say_all(plant, chance))
        while not saying.done():
            await (replicas.start() if replicas.count < chance.randint(2, 4) else replicas.lose())
            await asyncio.sleep(chance.uniform(0.2, 1))
        await saying
        await plant.query("teller", "delete from broken")
        while not replicas.count:
            await replicas.start()
        await plant.until(lambda: replayed(plant), "every letter is replayed", seconds=120)
        await plant.until_heard(KEYS * EACH)
        assert_each_once_in_order(await plant.heard(), {f"ORD-{n}": EACH for n in range(KEYS)})
        assert await plant.query("teller", OVERLAPS) == []
        by = await plant.query("teller", "select by, count(*) as n from heard group by by")
        print({row["by"]: row["n"] for row in by})  # noqa: T201
        await plant.audit(monkeypatch)
    finally:
        await replicas.close()


async def say_all(plant: Plant, chance: random.Random) -> None:
    """All events of all keys, each key's in order, mixed."""
    for _ in range(EACH):
        keys = [f"ORD-{n}" for n in range(KEYS)]
        chance.shuffle(keys)
        for start in range(0, KEYS, 100):
            await plant.say(dict.fromkeys(keys[start : start + 100], 1))
            await asyncio.sleep(0.05)


async def replayed(plant: Plant) -> bool:
    """Have what is dead tried again; whether all that was parked is handled."""
    await plant.cli("dead", "retry", "--all", "--service", "teller", "--rate", "0")
    rows = await plant.query("teller", "select 1 from crossdock.parked limit 1")
    return not rows


async def test_another_replica_takes_over_from_one_that_was_killed(plant: Plant) -> None:
    """With the usual lease of five seconds; the time is measured and printed."""
    plant.set(TELLER_LANES="4")
    await plant.start("maker", "teller-1", "teller-2")
    await plant.until(lambda: shared(plant), "both replicas have lanes")
    said: dict[str, int] = dict.fromkeys((f"ORD-{n}" for n in range(20)), 0)

    async def say() -> None:
        await plant.say(dict.fromkeys(said, 1))
        for order in said:
            said[order] += 1

    await say()
    await plant.until_heard(20)
    victim = plant.processes["teller-1"].pid
    plant.kill("teller-1")
    killed = time.time()

    async def taken_over() -> float | None:
        await say()
        rows: list[Any] = await plant.query("teller", TAKEN_OVER, str(victim))
        return rows[0]["at"]

    takeover = await plant.until(taken_over, "the keys of the killed replica go on") - killed
    await plant.until_heard(sum(said.values()))
    assert_each_once_in_order(await plant.heard(), said)
    print(f"taken over {takeover:.2f} s after the kill (lease 5 s)")  # noqa: T201
    assert takeover < 15
    assert await plant.query("teller", OVERLAPS) == []


async def shared(plant: Plant) -> bool:
    """Whether two replicas hold lanes of the orders."""
    sql = "select count(distinct owner) as n from crossdock.leases where stream = 'ORDERS'"
    return bool((await plant.query("teller", sql))[0]["n"] == 2)
