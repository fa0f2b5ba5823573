"""Replicas of two releases side by side: whoever hears less leaves the lane to who hears more."""

from contextlib import AbstractAsyncContextManager

import msgspec
import pytest
from sample.app import SampleSettings, note
from sample.tools import cancelled, completed, query, until

from crossdock import Handlers, Service, Tx
from crossdock.testing import Desk, at_desk
from crossdock_contracts import Event, name_of
from crossdock_contracts.orders import OrderCancelled, OrderCompleted, OrderPlaced
from crossdock_contracts.shipments import ShipmentDelivered

HEARD: list[tuple[str, str]] = []


async def on_cancelled(event: OrderCancelled, tx: Tx) -> None:
    """Heard by both releases."""
    HEARD.append((tx.service, event.order_id))


async def on_completed(event: OrderCompleted, tx: Tx) -> None:
    """Heard by the later release only."""
    HEARD.append(("later", event.order_id))


async def on_placed(event: OrderPlaced, tx: Tx) -> None:
    """Heard by one that does not hear of completions."""
    HEARD.append(("other", event.order_id))


async def on_delivered(event: ShipmentDelivered, tx: Tx) -> None:
    """Of a stream that only the later release hears."""
    HEARD.append(("later", event.order_id))


def release(*functions) -> Service:
    """A release of the sample with these handlers."""
    handles = Handlers()
    for function in functions:
        handles(function)
    return Service(
        "sample", handlers=handles, settings=SampleSettings, routes=[note], package="sample"
    )


EARLIER = (on_cancelled,)
LATER = (on_cancelled, on_completed, on_delivered)


@pytest.fixture
async def urls(service_urls):
    """Servers for both releases; nothing was heard yet."""
    HEARD.clear()
    return await service_urls(release(*EARLIER))


def running(urls, functions) -> AbstractAsyncContextManager[Desk]:
    """A release at work."""
    return at_desk(release(*functions), *urls, lease_seconds=3.0)


async def say(desk: Desk, *events: Event) -> None:
    """Publish, whoever hears it."""
    for event in events:
        literal = str(name_of(type(event)))
        body = msgspec.json.encode(event)
        await desk.publish_raw(literal, event.key, body)


def delivered(order: int) -> ShipmentDelivered:
    """An event of another stream."""
    at = completed(order).completed_at
    return ShipmentDelivered(order_id=f"ORD-{order}", shipment_id="SHP-1", delivered_at=at)


async def all_heard(who: str, count: int) -> bool:
    """Whether so many different orders were heard of by a release."""
    return len({order for name, order in HEARD if name == who}) >= count


async def free_lanes(desk: Desk) -> list[str]:
    """Lanes that nobody works on."""
    rows = await query(
        desk, "select name from crossdock.leases where kind = 'lane' and owner is null"
    )
    return [row["name"] for row in rows]


async def test_what_only_the_later_release_hears_is_heard_while_the_earlier_lives(urls):
    """An earlier release that kept its lanes would pass by what it has no handler for."""
    async with running(urls, EARLIER) as earlier:
        await say(earlier, *(cancelled(n) for n in range(8)))
        await until(lambda: all_heard("sample", 8))
        async with running(urls, LATER) as later:
            await say(later, *(completed(n) for n in range(100, 120)))
            await until(lambda: all_heard("later", 20))
            await say(earlier, *(cancelled(n) for n in range(8, 16)))
            await until(lambda: all_heard("sample", 16))


async def test_a_stream_that_only_the_later_release_hears_is_left_to_it(urls):
    """The earlier one would take every message of it for broken."""
    async with running(urls, EARLIER) as earlier, running(urls, LATER) as later:
        await say(earlier, *(delivered(n) for n in range(20)))
        await until(lambda: all_heard("later", 20))
        assert await later.dead() == [] == await later.parked()


async def test_a_deploy_that_is_taken_back_leaves_no_lane_standing(urls):
    """The earlier release goes on with what it hears; the rest waits for the later one."""
    async with running(urls, EARLIER) as earlier:
        async with running(urls, LATER) as later:
            await say(later, delivered(1))
            await until(lambda: all_heard("later", 1))
        await say(earlier, *(cancelled(n) for n in range(8)), delivered(2))
        await until(lambda: all_heard("sample", 8))
        assert await earlier.dead() == []
        assert {name.rpartition("-")[0] for name in await free_lanes(earlier)} == {
            "sample-on-shipments"
        }
    async with running(urls, LATER):
        await until(lambda: all_heard("later", 2))


async def test_of_two_releases_that_each_hear_something_alone_the_later_works(urls):
    """A lane that nobody takes would be worse; when it leaves, the other goes on."""
    async with running(urls, (on_cancelled, on_completed)) as first:
        async with running(urls, (on_cancelled, on_placed)) as second:
            await until(lambda: owned_by(first, second.runtime.owner))
        await until(lambda: owned_by(first, first.runtime.owner))


async def owned_by(desk: Desk, owner: str) -> bool:
    """Whether every lane is one replica's."""
    rows = await query(desk, "select owner from crossdock.leases where kind = 'lane'")
    return {row["owner"] for row in rows} == {owner}
