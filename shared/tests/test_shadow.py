"""A version of a service runs over history beside the one at work, and says nothing to anybody."""

from __future__ import annotations

import asyncio
import json
import os
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from sample import app as sample
from sample.tools import cancelled, placed, until
from typer.testing import CliRunner

from crossdock import Handlers, Service, Tx
from crossdock.cli import replay as command
from crossdock.cli.app import build
from crossdock.database import connect
from crossdock.difference import Said, compare
from crossdock.rehearsal import database_of, drop_database
from crossdock.shadow import shadow
from crossdock.testing import Desk
from crossdock_contracts.orders import OrderCancelled, OrderPlaced
from crossdock_contracts.shipments import MilestoneRecorded

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
CAUSE = UUID(int=1)


def changed() -> Service:
    """A version that says other words, nothing to `quiet`, and more than was said to `placed`."""
    handles = Handlers()

    def recorded(event: Any, tx: Tx, text: str) -> MilestoneRecorded:
        return MilestoneRecorded(
            order_id=event.order_id,
            shipment_id="SHP-1",
            milestone_id=str(tx.new_id()),
            code="X1",
            recorded_at=tx.now,
            text=text,
        )

    @handles
    async def count(event: OrderCancelled, tx: Tx) -> MilestoneRecorded | None:
        """Say it otherwise, or not at all."""
        text = event.reason.text
        return None if text == "quiet" else recorded(event, tx, text.replace("loud", "LOUD"))

    @handles
    async def call(event: OrderPlaced, tx: Tx) -> MilestoneRecorded:
        """Ask for an errand as before, and say so."""
        tx.errand(sample.Call(text="shadow"), key=event.order_id)
        return recorded(event, tx, "asked")

    handles.errand(sample.make_call)
    return Service(
        "sample",
        owns=("shipments",),
        handlers=handles,
        settings=sample.SampleSettings,
        package="sample",
    )


async def all_said(desk: Desk, count: int) -> int:
    """Return when so many messages are in the streams and every errand is made."""
    await desk.errands_done()

    async def there() -> bool:
        return await stored(desk) == count

    await until(there)
    return count


async def stored(desk: Desk) -> int:
    """How many messages the streams of this test hold."""
    infos = [await desk.runtime.jetstream.stream(name) for name in ("ORDERS", "SHIPMENTS")]
    return sum(info["state"]["messages"] for info in infos if info)


@pytest.fixture
def urls(desk: Desk, postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The environment of a command; the URL of the store at work."""
    settings = desk.runtime.settings
    monkeypatch.setenv("CROSSDOCK_POSTGRES_URL", postgres_url)
    monkeypatch.setenv("CROSSDOCK_NATS_URL", settings.nats_url)
    monkeypatch.setenv("SAMPLE_DATABASE_URL", settings.database_url)
    return str(settings.database_url)


async def test_the_same_version_would_say_the_same(desk: Desk, urls: str) -> None:
    """Ids of chance and moments count from their own now; nothing is said, asked or left there."""
    await desk.deliver(*(cancelled(n) for n in range(20)), placed(1, "a"))
    before = await all_said(desk, 41)
    calls, told = list(sample.CALLS), []
    report = await shadow(sample.replica(), urls, "1", lambda *each: told.append(each))
    assert report.agrees
    assert (report.messages, report.parked, report.unheard) == (21, 0, 0)
    assert report.events["shipments.milestone_recorded.v1"].same == 20
    assert told[-1] == (21, 21)
    assert (await stored(desk), sample.CALLS) == (before, calls)
    with pytest.raises(Exception, match="does not exist"):
        await connect(urls.rpartition("/")[0] + f"/{database_of(urls)}_shadow")


async def test_a_changed_version_is_told_by_what_it_does_otherwise(desk: Desk, urls: str) -> None:
    """Missing, additional and differing, each with an example; and the shadow stays silent."""
    texts = {1: "plain", 2: "quiet", 3: "loud"}
    await desk.deliver(*(cancelled(n, text) for n, text in texts.items()), placed(4, "a"))
    before = await all_said(desk, 7)
    calls = list(sample.CALLS)
    report = await shadow(changed(), urls, "2")
    [verdict] = report.events.values()
    assert not report.agrees
    counts = (verdict.same, verdict.missing, verdict.additional, verdict.differing)
    assert counts == (1, 1, 1, 1)
    [other] = verdict.examples["differing"]
    assert other.fields == {"text": ["loud", "LOUD"]}
    assert verdict.examples["missing"][0].body["text"] == "quiet"
    assert verdict.examples["additional"][0].body["text"] == "asked"
    assert (await stored(desk), sample.CALLS) == (before, calls)


async def test_the_command_tells_people_and_programs(
    desk: Desk, urls: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Text with examples, JSON with all; exit 1 when it would do differently."""
    await desk.deliver(cancelled(3, "loud"))
    await desk.eventually(MilestoneRecorded)
    monkeypatch.setattr(command, "chosen", lambda name: [name])
    monkeypatch.setattr(command, "load_service", lambda name: changed())

    def run(*words: str) -> Any:
        return CliRunner().invoke(build(), ["replay", "--into", "sample", *words])

    said = await asyncio.to_thread(run, "--shadow")
    assert said.exit_code == 1
    assert "1 messages of history compared" in said.output
    assert '  differing ORD-3 text: "loud" -> "LOUD"' in said.output
    told = json.loads((await asyncio.to_thread(run, "--shadow", "--json")).stdout)
    assert told["agrees"] is False
    assert told["events"]["shipments.milestone_recorded.v1"]["differing"] == 1
    monkeypatch.setattr(command, "load_service", lambda name: sample.replica())
    said = await asyncio.to_thread(run, "--shadow", "--keep")
    assert said.exit_code == 0, said.output
    assert said.output.endswith("it would say the same\n")
    kept = f"{database_of(urls)}_shadow"
    look = await connect(urls.rpartition("/")[0] + f"/{kept}")
    await look.close()
    await drop_database(os.environ["CROSSDOCK_POSTGRES_URL"], kept)


# What counts as the same


def said(now: datetime, **body: Any) -> Said:
    """An event said at a moment."""
    return Said(CAUSE, "orders.made.v1", "ORD-1", now, msgspec.json.encode(body))


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ({"at": NOON, "id": str(uuid4())}, {"at": NOON + timedelta(days=3), "id": str(uuid4())}, 1),
        ({"due": "2026-04-01"}, {"due": "2026-04-04"}, 1),
        ({"at": NOON}, {"at": NOON}, 1),  # the moment of what was heard
        ({"at": NOON + timedelta(1)}, {"at": NOON + timedelta(days=3)}, 0),
        ({"n": 1}, {"n": 2}, 0),
        ({"n": 1}, {}, 0),
        ({"lines": [1, 2]}, {"lines": [1]}, 0),
    ],
)
def test_moments_count_from_now_and_chance_does_not(old: Any, new: Any, same: int) -> None:
    """Whatever else differs, differs."""
    verdict = compare([said(NOON, **old)], [said(NOON + timedelta(days=3), **new)])
    assert verdict["orders.made.v1"].same == same
