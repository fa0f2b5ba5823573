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

# Seconds that a strike is watched.
AT_LEAST, AT_MOST, GROWS_AGAIN = 8.0, 60.0, 1.0
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


async def longest_silence(cluster: Cluster) -> float:
    """For how long the stream took nothing in, while it was watched.

    Until it has taken things in again for a while: a change of leaders is over within seconds.
    """
    began = last_grown = watched = time.monotonic()
    last, longest = 0, 0.0
    while watched - began < AT_LEAST or watched - last_grown > GROWS_AGAIN:
        found = await cluster.last("ORDERS")
        watched = time.monotonic()
        longest = max(longest, watched - last_grown)
        if found > last:
            last, last_grown = found, watched
        assert watched - began < AT_MOST, "the stream takes nothing in any more"
        await asyncio.sleep(0.05)
    return longest


async def strike(plant: Plant, cluster: Cluster, victim: Node, role: str) -> None:
    """Kill a node, let the work go on without it, and take it back."""
    began = time.monotonic()
    victim.kill()
    stored = await longest_silence(cluster)
    await plant.until_heard(len(await plant.heard()) + 20)
    [row] = await plant.query("teller", GAPS, time.monotonic() - began + 1)
    print(  # noqa: T201
        f"{role} of ORDERS killed: nothing stored for {stored:.2f} s, "
        f"nothing handled for {row['seconds']:.2f} s"
    )
    assert row["seconds"] < AT_MOST
    await asyncio.to_thread(victim.start)
    await plant.until(lambda: cluster.whole("ORDERS"), "the streams have three copies again")
