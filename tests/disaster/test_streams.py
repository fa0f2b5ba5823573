"""JetStream's store is lost, rolled back or purged: the outboxes make it whole, once, in order."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest
from disaster_maker.app import cancelled
from plant import (
    Plant,
    assert_each_once_in_order,
    copy_streams,
    forget_streams,
    restore_streams,
)

from crossdock.ids import new_id

ORDERS = [f"ORD-{n}" for n in range(20)]


def each(count: int) -> dict[str, int]:
    """So many events of every order."""
    return dict.fromkeys(ORDERS, count)


async def some_history(plant: Plant, unread: int = 5) -> None:
    """Five events of each order that were heard, and some that were not: the teller is away."""
    await plant.start("maker", "teller")
    await plant.say(each(5))
    await plant.until_heard(100)
    await plant.stop("teller")
    await plant.say(each(unread))
    await plant.until_published()


async def test_a_deleted_store_is_filled_again_by_those_who_run(
    plant: Plant, nats_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The relay finds its streams empty, and publishes what they held before anything new."""
    await some_history(plant)
    nats_server.stop()
    forget_streams(nats_server.directory)
    await plant.say(each(1))  # said while there is no broker
    nats_server.start()
    await plant.cli("topology")
    await plant.start("teller")
    await plant.until_heard(220)
    assert_each_once_in_order(await plant.heard(), each(11))
    await plant.audit(monkeypatch)
    assert (await plant.stream())["messages"] == 220
    assert "nothing is missing" in await plant.cli("redrive", "maker")


async def test_redrive_fills_a_deleted_store_before_anything_runs(
    plant: Plant, nats_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By command, throttled, once: a second run finds nothing to do."""
    await some_history(plant)
    await plant.stop("maker")
    nats_server.stop()
    forget_streams(nats_server.directory)
    nats_server.start()
    await plant.cli("topology")
    assert "200 missing" in await plant.cli("redrive", "maker", "--dry-run")
    assert (await plant.stream())["messages"] == 0
    said = await plant.cli("redrive", "maker", "teller", "--rate", "400", "--by", "ada")
    assert "200 published again" in said
    assert "nothing is missing" in await plant.cli("redrive", "maker")
    await plant.start("maker", "teller")
    await plant.say(each(1))
    await plant.until_heard(220)
    assert_each_once_in_order(await plant.heard(), each(11))
    await plant.audit(monkeypatch)
    [act] = await plant.query("maker", "select * from crossdock.acts where action = 'redrive'")
    assert act["who"] == "ada"


async def test_a_stream_rolled_back_under_its_readers_is_read_again(
    plant: Plant, nats_server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everything runs; the broker comes back with an older copy; nobody has to do anything."""
    await some_history(plant)
    await plant.start("teller")
    await plant.until_heard(200)
    nats_server.stop()
    copy_streams(nats_server.directory, tmp_path / "copy")
    nats_server.start()
    await plant.say(each(5))
    await plant.until_heard(300)
    nats_server.stop()
    restore_streams(tmp_path / "copy", nats_server.directory)
    nats_server.start()
    await plant.say(each(5))
    await plant.until_heard(400)
    assert_each_once_in_order(await plant.heard(), each(20))
    await plant.audit(monkeypatch)


async def test_a_stream_rolled_back_and_filled_beyond_its_old_end_is_seen(
    plant: Plant, nats_server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The position is below the new end and the identity is the same: only the mark can tell."""
    await some_history(plant, unread=0)
    nats_server.stop()
    copy_streams(nats_server.directory, tmp_path / "copy")
    nats_server.start()
    await plant.start("teller")
    await plant.say(each(5))
    await plant.until_heard(200)
    await plant.stop("maker", "teller")
    nats_server.stop()
    restore_streams(tmp_path / "copy", nats_server.directory)
    nats_server.start()
    for n in range(150):  # other events take the numbers of those that are lost
        await foreign(plant, f"ORD-X{n % 10}", n // 10 + 1)
    assert (await plant.stream())["last_seq"] == 250
    await plant.start("maker", "teller")
    await plant.until_heard(350)
    heard = await plant.heard()
    assert_each_once_in_order(heard, each(10))
    assert_each_once_in_order(heard, {f"ORD-X{n}": 15 for n in range(10)})
    await plant.audit(monkeypatch)
    assert (await plant.stream())["messages"] == 350


async def foreign(plant: Plant, order_id: str, n: int) -> None:
    """Publish an event that is in no outbox."""
    event_id = str(new_id())
    headers = {"Nats-Msg-Id": event_id, "ce-id": event_id, "ce-type": "orders.cancelled.v1",
               "ce-subject": order_id, "ce-source": "elsewhere"}  # fmt: skip
    headers["ce-time"] = "2026-01-02T03:04:05+00:00"
    body = msgspec.json.encode(cancelled(order_id, str(n)))
    subject = f"orders.cancelled.v1.{order_id}"
    await plant.broker(lambda js: js.client.request(subject, body, headers=headers, timeout=5))


async def test_a_stream_remade_with_more_messages_than_before_is_started_over(
    plant: Plant, nats_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same name and a higher end do not hide that it is another stream."""
    await some_history(plant, unread=0)
    await plant.start("teller")
    nats_server.stop()
    forget_streams(nats_server.directory)
    nats_server.start()
    await plant.cli("topology")
    for n in range(150):
        await foreign(plant, f"ORD-X{n % 10}", n // 10 + 1)
    await plant.say(each(1))
    await plant.until_heard(100 + 150 + 20)
    heard = await plant.heard()
    assert_each_once_in_order(heard, each(6))
    assert_each_once_in_order(heard, {f"ORD-X{n}": 15 for n in range(10)})
    await plant.audit(monkeypatch)


async def test_what_retention_took_is_not_skipped_but_made_up(
    plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A service that was away for too long refuses, says so, and is caught up, key by key in order.

    Newer events of the same orders are in the stream already: they wait behind what is made up.
    """
    await some_history(plant)
    await plant.broker(lambda js: js.api("STREAM.PURGE.ORDERS"))
    await plant.say(each(5))
    await plant.until_published()
    await plant.start("teller")
    answer = await plant.until(lambda: refusal(plant), "the teller refuses")
    assert "gone from the stream" in answer
    assert "crossdock redrive --for teller" in answer
    assert len(await plant.heard()) == 100
    assert "gone from the stream" in await plant.cli("status", "--service", "teller")
    assert "50 missed" in await plant.cli("redrive", "--for", "teller", "--dry-run")
    await plant.cli("redrive", "--for", "teller", "--by", "ada")
    await plant.until_heard(300)
    assert_each_once_in_order(await plant.heard(), each(15))
    await plant.until(lambda: is_ready(plant), "the teller is ready again")
    assert "hold all it has to read" in await plant.cli("redrive", "--for", "teller")
    # What was purged goes back into the stream for others, and nobody hears it twice.
    assert "200 published again" in await plant.cli("redrive", "maker")
    await plant.say(each(1))
    await plant.until_heard(320)
    assert_each_once_in_order(await plant.heard(), each(16))
    await plant.audit(monkeypatch)


async def test_a_lane_overtaken_by_retention_while_it_runs_is_not_fooled(
    plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its consumer would go on with what is left; the lane looks where the stream begins."""
    await plant.start("maker", "teller")
    await plant.query(
        "teller", "insert into broken select 'ORD-' || n, 'later' from generate_series(0, 19) n"
    )
    await plant.say(each(1))
    await plant.cli("pause", "teller", "--stream", "orders")
    await plant.until(lambda: nobody_holds(plant), "the lanes are let go")
    await plant.say(each(5))
    await plant.until_published()
    await plant.broker(lambda js: js.api("STREAM.PURGE.ORDERS"))
    await plant.query("teller", "delete from broken")
    await plant.cli("resume", "teller")
    await plant.until(lambda: refusal(plant), "the teller refuses")
    await plant.cli("redrive", "--for", "teller")
    await plant.until_heard(120)
    assert_each_once_in_order(await plant.heard(), each(6))


@pytest.mark.long
async def test_redrive_and_a_running_relay_do_not_meet(
    plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The relay stands back while what is missing is published, and no event is there twice."""
    await some_history(plant, unread=0)
    await plant.start("teller")
    await plant.until(lambda: all_passed(plant, 100), "both lanes have passed the end")
    await plant.broker(lambda js: js.api("STREAM.PURGE.ORDERS"))
    for _ in range(5):
        await plant.say(each(5))
    task = asyncio.create_task(plant.cli("redrive", "maker", "--rate", "100"))
    for _ in range(20):
        await plant.say(each(1))
        await asyncio.sleep(0.1)
    await task
    await plant.until_heard(100 + 25 * 20 + 400)
    assert_each_once_in_order(await plant.heard(), each(50))
    await plant.audit(monkeypatch)
    assert (await plant.stream())["messages"] == 1000


async def refusal(plant: Plant) -> str:
    """Why the teller is not ready; empty while it is."""
    answer = await plant.http.get(f"{plant.url('teller')}/readyz")
    return "" if answer.status_code == 200 else answer.text


async def is_ready(plant: Plant) -> bool:
    """Whether the teller is ready."""
    return not await refusal(plant)


async def all_passed(plant: Plant, sequence: int) -> bool:
    """Whether every lane of the orders is at a place, or beyond."""
    sql = "select min(position) as at from crossdock.leases where stream = 'ORDERS'"
    [row] = await plant.query("teller", sql)
    return bool(row["at"] >= sequence)


async def nobody_holds(plant: Plant) -> bool:
    """Whether the lanes of the orders are free."""
    rows = await plant.query(
        "teller", "select owner from crossdock.leases where stream = 'ORDERS' and owner is not null"
    )
    return not rows
