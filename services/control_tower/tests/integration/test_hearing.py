"""The control tower hears everything, once, and tells an order's story from it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from control_tower.commands import register
from crossdock.testing import Desk


@pytest.fixture
async def story(say: Any, purchase_order: Any, released: Any, completed: Any) -> None:
    """A partner's document becomes an order, in three hops."""
    await say(1, purchase_order, by="partner_edi")
    await say(2, released, cause=1, by="order_intake")
    await say(3, completed, cause=2, by="order_intake")


async def test_every_event_is_written_down_with_who_said_it_when_and_why(
    desk: Desk, story: None
) -> None:
    """One row per event, from its headers and body."""
    async with desk.begin() as tx:
        rows = await tx.fetch("select * from events order by occurred_at")
    assert [row["type"] for row in rows] == [
        "partners.purchase_order_received.v1",
        "orders.released.v1",
        "orders.completed.v1",
    ]
    assert [row["order_id"] for row in rows] == [None, "ORD-1", "ORD-1"]
    assert [row["service"] for row in rows] == ["partner_edi", "order_intake", "order_intake"]
    assert [row["causation_id"] and row["causation_id"].int for row in rows] == [None, 1, 2]
    assert {row["trace_id"] for row in rows} == {"a" * 32}


async def test_an_event_that_comes_twice_is_written_down_once(
    desk: Desk, say: Any, released: Any
) -> None:
    """A second publication changes nothing, not even one with another time."""
    await say(2, released)
    await say(2, released, at=9)
    async with desk.begin() as tx:
        assert await tx.fetchval("select count(*) from events") == 1
    assert not await desk.parked()


async def test_a_timeline_begins_with_what_caused_the_order(desk: Desk, story: None) -> None:
    """The partner's document had no order id, but it is where the chain of causes begins."""
    answer = (await desk.http.get("/orders/ORD-1/timeline")).json()
    assert [step["type"] for step in answer["steps"]] == [
        "partners.purchase_order_received.v1",
        "orders.released.v1",
        "orders.completed.v1",
    ]
    assert answer["status"] == "completed"
    assert answer["services"] == ["partner_edi", "order_intake"]
    assert answer["trace_ids"] == ["a" * 32]
    assert answer["total_seconds"] == 0.2
    assert [step["since_cause_ms"] for step in answer["steps"]] == [None, 100, 100]
    assert answer["steps"][1]["summary"] == "released by ann"


async def test_an_unknown_order_is_a_clear_404(desk: Desk) -> None:
    """Nothing was heard of it."""
    answer = await desk.http.get("/orders/ORD-404/timeline")
    assert answer.status_code == 404
    assert answer.json()["code"] == "unknown_order"


async def test_events_are_found_by_type_and_key_newest_first(desk: Desk, story: None) -> None:
    """What a person looks at first is what happened last."""
    by_key = (await desk.http.get("/events", params={"key": "ORD-1"})).json()
    assert [event["type"] for event in by_key] == ["orders.completed.v1", "orders.released.v1"]
    one = await desk.http.get("/events", params={"type": "orders.released.v1", "limit": 1})
    assert [event["event"]["released_by"] for event in one.json()] == ["ann"]


async def test_a_trace_has_everything_that_happened_in_it(desk: Desk, story: None) -> None:
    """Over all keys; an unknown trace is a 404."""
    assert len((await desk.http.get(f"/traces/{'a' * 32}")).json()) == 3
    assert (await desk.http.get(f"/traces/{'f' * 32}")).status_code == 404


async def test_the_audit_reads_the_events(desk: Desk, story: None) -> None:
    """The view offers what invariant 6 speaks of."""
    from control_tower.audit.facts import row_types, statements

    async with desk.begin() as tx:
        rows = await tx.fetch(statements()["events"][1])
    assert row_types()["events"]._make(rows[0]).service == "partner_edi"


def invoke(url: str, *args: str) -> Result:
    """Run the command line against a control tower."""
    app = typer.Typer()
    register(app)
    return CliRunner().invoke(app, args, env={"CONTROL_TOWER_URL": url, "COLUMNS": "80"})


async def test_crossdock_order_prints_the_story_on_80_columns(desk: Desk, story: None) -> None:
    """Status, trace and a row per step, as people read it."""
    result = await asyncio.to_thread(invoke, str(desk.http.base_url), "order", "ORD-1")
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0].split() == ["ORD-1", "completed"]
    assert f"trace {'a' * 32}" in lines
    assert any(line.split()[:2] == ["12:00:00.200", "order_intake"] for line in lines)
    assert "released by ann" in result.output


async def test_crossdock_order_prints_json_for_programs(desk: Desk, story: None) -> None:
    """The same answer as over HTTP."""
    result = await asyncio.to_thread(invoke, str(desk.http.base_url), "order", "ORD-1", "--json")
    assert json.loads(result.output)["order_id"] == "ORD-1"


async def test_crossdock_order_says_in_one_line_what_is_wrong(desk: Desk) -> None:
    """An order nobody heard of, or a service that is down."""
    result = await asyncio.to_thread(invoke, str(desk.http.base_url), "order", "ORD-404")
    assert result.exit_code == 1
    assert str(result.exception) == "nothing was heard of ORD-404"
    result = await asyncio.to_thread(invoke, "http://127.0.0.1:1", "order", "ORD-1")
    assert result.exit_code == 1
    assert "control_tower does not answer at http://127.0.0.1:1" in str(result.exception)
