"""Old and new releases beside each other: nothing is lost, nothing is done twice, nobody waits."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from driver import Driver, shipped_before
from releases import NEW, OLD, SERVICES, Mesh

from crossdock.database import connect
from crossdock.migrate import pending
from shipment_tracking.app import service as tracking

INVOICING, TRACKING = SERVICES


async def test_what_the_old_release_said_is_handled_by_the_new(mesh: Mesh, driver: Driver) -> None:
    """In streams, parked, and still in an outbox: old messages go on after the upgrade."""
    billing, shipping = await mesh.start(OLD, *SERVICES)
    await driver.order(3)
    await driver.until_billed()
    await driver.say(early := shipped_before("ORD-900"))
    await mesh.until(lambda: mesh.parked(INVOICING), "parked: its order is not known yet")

    driver.ships = False
    [last] = await driver.order()
    await _requested(mesh, last)
    mesh.nats.stop()
    await driver.ship(f"SHP-{last[4:]}-1")
    assert set(await mesh.said(TRACKING, "shipments.shipped.v1")) == set(driver.orders)
    mesh.kill(billing, shipping)
    mesh.nats.start()
    await driver.connect()

    await mesh.migrate(deploying=True)
    await mesh.start(NEW, *SERVICES)
    driver.orders += [early.order_id]
    await driver.accept(early.order_id)
    await driver.settle()


async def test_a_producer_deployed_too_early_harms_nobody(mesh: Mesh, driver: Driver) -> None:
    """What the consumer cannot read waits, and says so; other keys go on; the upgrade frees it."""
    await mesh.migrate(deploying=True)
    [billing] = await mesh.start(OLD, INVOICING)
    await mesh.start(NEW, TRACKING)
    [order_id] = await driver.order()

    async def waits() -> list[Any]:
        rows = await mesh.parked(INVOICING)
        return [
            row for row in rows if (row["type"], row["key"]) == ("shipments.shipped.v2", order_id)
        ]

    [row] = await mesh.until(waits, "the newer version is parked")
    assert (row["key"], row["state"], row["reason"]) == (order_id, "waiting", "too_new")
    assert "upgrade" in await mesh.old_command("parked", "--service", INVOICING)
    driver.orders.append("ORD-900")
    await driver.accept("ORD-900")
    await driver.say(shipped_before("ORD-900"))
    await mesh.until(driver.billed, "another key is billed")
    assert await driver.billed() == ["ORD-900"]

    await mesh.exchange(billing)
    since = time.monotonic()
    await driver.settle()
    assert time.monotonic() - since < 20, "it waited for its next try, not for the upgrade"


ORDERS_OF_DEPLOY = [(TRACKING, INVOICING), (INVOICING, TRACKING)]


async def test_a_rolling_upgrade_under_load(mesh: Mesh, driver: Driver) -> None:
    """Producers before consumers, the harder order, while orders come in without a pause."""
    await _roll(mesh, driver, ORDERS_OF_DEPLOY[0], replicas=1, pause=0.0)


@pytest.mark.long
@pytest.mark.parametrize("services", ORDERS_OF_DEPLOY, ids=lambda pair: f"{pair[0]}-first")
async def test_a_long_rolling_upgrade_of_several_replicas(
    mesh: Mesh, driver: Driver, services: tuple[str, str]
) -> None:
    """Whoever goes first: replicas share their lanes with the other release for a while."""
    await _roll(mesh, driver, services, replicas=2, pause=3.0)


async def _roll(
    mesh: Mesh, driver: Driver, services: tuple[str, str], *, replicas: int, pause: float
) -> None:
    old = await mesh.start(OLD, *(SERVICES * replicas))
    enough = asyncio.Event()
    load = asyncio.create_task(driver.keep_ordering(enough))
    await mesh.until(driver.billed, "the first is billed")
    await mesh.migrate(deploying=True)
    driver.newest = services[0] == TRACKING  # producers first
    for service in services:
        for replica in [each for each in old if each.service == service]:
            await mesh.exchange(replica)
            await asyncio.sleep(pause)  # the load goes on meanwhile
    driver.newest = True
    before = len(driver.orders)
    await mesh.until(lambda: _more(driver, before), "orders of the newest kind come in")
    assert await mesh.migrate() == ["0003_post_one_number.sql"]
    enough.set()
    await load
    await driver.settle()
    for literal in ("shipments.shipped.v1", "shipments.shipped.v2"):
        assert await mesh.said(TRACKING, literal), f"{literal} was said by one of the releases"


async def test_both_releases_work_on_the_schema_between_them(mesh: Mesh, driver: Driver) -> None:
    """After `pre`, old and new code see what the other wrote; `post` needs the old to be gone."""
    [old] = await mesh.start(OLD, TRACKING)
    [first] = await driver.order()
    await _until_said(mesh, "shipments.shipped.v1", first)
    connection = await connect(mesh.variables["SHIPMENT_TRACKING_DATABASE_URL"])
    added = [
        "0003_pre_replicas_hear.sql",
        "0002_pre_partners.sql",
        "0002_pre_tracking_numbers.sql",
    ]
    assert await pending(connection, tracking) == added
    await connection.close()
    assert await mesh.migrate(deploying=True) == added
    [second] = await driver.order()
    await _until_said(mesh, "shipments.shipped.v1", second)
    [new] = await mesh.start(NEW, TRACKING)
    await mesh.until(lambda: _numbers(mesh, 2), "what the old release wrote is in the new table")
    for n, order_id in enumerate((first, second)):
        assert await driver.report(f"new-{n}", f"1ZSHP-{order_id[4:]}-1", at=new) == 200

    driver.ships = False
    [third] = await driver.order()
    await _requested(mesh, third)
    driver.mesh.replicas.remove(old)  # so that the new one takes the confirmation
    await driver.ship(f"SHP-{third[4:]}-1")
    driver.mesh.replicas.append(old)
    await _until_said(mesh, "shipments.shipped.v2", third)
    assert await driver.report("old-3", f"1ZSHP-{third[4:]}-1", at=old) == 200

    await mesh.stop(old)
    assert await mesh.migrate() == ["0003_post_one_number.sql"]
    assert await driver.report("new-3", f"1ZSHP-{third[4:]}-1", at=new) == 200
    [known] = await mesh.rows(
        TRACKING,
        "select count(*) as n from information_schema.columns "
        "where table_name = 'shipments' and column_name = 'tracking_number'",
    )
    assert known["n"] == 0


async def _requested(mesh: Mesh, order_id: str) -> None:
    async def asked() -> list[Any]:
        sql = "select 1 from shipments where order_id = $1 and asked_at is not null"
        return await mesh.rows(TRACKING, sql, order_id)

    await mesh.until(asked, f"the warehouse is asked to ship {order_id}")


async def _until_said(mesh: Mesh, literal: str, order_id: str) -> None:
    async def shipped() -> bool:
        return order_id in await mesh.said(TRACKING, literal)

    await mesh.until(shipped, f"{literal} of {order_id}")


async def _numbers(mesh: Mesh, count: int) -> bool:
    return len(await mesh.rows(TRACKING, "select 1 from tracking_numbers")) == count


async def _more(driver: Driver, before: int) -> bool:
    return len(driver.orders) >= before + 10
