"""Streams kept three times: a server dies under load, then the leader; a pause, and no loss."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from cluster import Cluster, Node
from disaster_maker.app import service as maker
from disaster_teller.app import service as teller
from plant import Plant, assert_each_once_in_order

GAPS = """
    select max(extract(epoch from ended - before))::float8 as seconds
    from (select ended, lag(ended) over (order by ended) as before from heard) as pairs
    where ended > now() - $1 * interval '1 second'
"""


@pytest.fixture
async def cluster(tmp_path: Path) -> AsyncIterator[Cluster]:
    """Three servers."""
    found = Cluster(tmp_path)
    try:
        await found.start()
        yield found
    finally:
        found.stop()


@pytest.fixture
async def plant(tmp_path: Path, cluster: Cluster, make_database: Any) -> AsyncIterator[Plant]:
    """A maker and a teller on the cluster, with streams of three copies."""
    urls = {"maker": await make_database(maker), "teller": await make_database(teller)}
    found = Plant(tmp_path, cluster.url, urls)
    await found.cli("topology", "--replicas", "3")
    yield found
    await found.close()


async def test_a_server_and_then_the_leader_die_under_load(
    plant: Plant, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is lost, doubled or out of order; the pauses are measured and printed."""
    await plant.start("maker", "teller")
    said: Counter[str] = Counter()
    done = asyncio.Event()

    async def load() -> None:
        turn = 0
        while not done.is_set():
            orders = {f"ORD-{(turn + n) % 50}": 1 for n in range(5)}
            await plant.say(orders)
            said.update(orders)
            turn += 5
            await asyncio.sleep(0.02)

    loading = asyncio.create_task(load())
    await plant.until_heard(200)
    leader = await cluster.leader_of("ORDERS")
    follower = next(node for node in cluster.nodes if node is not leader)
    for role, node in (("follower", follower), ("leader", None)):
        victim = node or await cluster.leader_of("ORDERS")
        await strike(plant, cluster, victim, role)
    done.set()
    await loading
    await plant.until_heard(said.total())
    assert_each_once_in_order(await plant.heard(), said)
    await plant.audit(monkeypatch)
    assert (await plant.stream())["messages"] == said.total()


async def longest_silence(cluster: Cluster, seconds: float) -> float:
    """For how long the stream took nothing in, while it was watched."""
    until = time.monotonic() + seconds
    last, since, longest = 0, time.monotonic(), 0.0
    while time.monotonic() < until:
        found = await cluster.last("ORDERS")
        longest = max(longest, time.monotonic() - since)
        if found > last:
            last, since = found, time.monotonic()
        await asyncio.sleep(0.05)
    return longest


async def strike(plant: Plant, cluster: Cluster, victim: Node, role: str) -> None:
    """Kill a node, let the work go on without it, and take it back."""
    seconds = 20.0
    victim.kill()
    stored = await longest_silence(cluster, seconds)
    [row] = await plant.query("teller", GAPS, seconds)
    print(  # noqa: T201
        f"{role} of ORDERS killed: nothing stored for {stored:.2f} s, "
        f"nothing handled for {row['seconds']:.2f} s"
    )
    assert row["seconds"] < 20
    await asyncio.to_thread(victim.start)
    await plant.until(lambda: cluster.whole("ORDERS"), "the streams have three copies again")
