"""A timeline tells an order's story in order, with the latency of each hop."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from control_tower.domain import Heard, in_order, timeline, trace_id_of

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def heard(
    number: int,
    type: str,
    *,
    ms: int,
    cause: int | None = None,
    order_id: str | None = "ORD-1",
    sequence: int | None = None,
) -> Heard:
    """An event some milliseconds after noon, recorded 5 ms later."""
    at = NOON + timedelta(milliseconds=ms)
    return Heard(
        event_id=UUID(int=number),
        type=type,
        key=order_id or "ACME/PO1",
        order_id=order_id,
        service={"orders": "order_intake", "partners": "partner_edi"}.get(
            type.partition(".")[0], "invoicing"
        ),
        occurred_at=at,
        recorded_at=at + timedelta(milliseconds=5),
        correlation_id=UUID(int=1),
        causation_id=UUID(int=cause) if cause else None,
        trace_id="t" * 32,
        stream=type.partition(".")[0].upper(),
        sequence=sequence or number,
    )


STORY = [
    heard(3, "invoices.issued.v1", ms=900, cause=2),
    heard(1, "partners.purchase_order_received.v1", ms=0, order_id=None),
    heard(4, "orders.completed.v1", ms=1500, cause=3),
    heard(2, "orders.accepted.v1", ms=100, cause=1),
]


def test_steps_stand_in_time_order_with_the_latency_of_each_hop() -> None:
    """Since the previous step, since the cause, and until it was written down."""
    steps = timeline("ORD-1", STORY).steps
    assert [step.event_id.int for step in steps] == [1, 2, 3, 4]
    assert [step.since_previous_ms for step in steps] == [0, 100, 800, 600]
    assert [step.since_cause_ms for step in steps] == [None, 100, 800, 600]
    assert {step.recorded_after_ms for step in steps} == {5}


def test_an_effect_never_stands_before_its_cause() -> None:
    """One transaction stamps several events with one instant, and clocks differ."""
    late_clock = [
        heard(9, "orders.placed.v1", ms=10),
        heard(2, "orders.accepted.v1", ms=10, cause=9),
        heard(1, "invoices.issued.v1", ms=8, cause=2),
    ]
    assert [step.event_id.int for step in timeline("ORD-1", late_clock).steps] == [9, 2, 1]


PLACED_AND_ACCEPTED = [
    heard(7, "orders.placed.v1", ms=10, cause=1, sequence=1),
    heard(3, "orders.accepted.v1", ms=10, cause=1, sequence=2),
]


@pytest.mark.parametrize("skew", [-20, 0, 20])
def test_events_of_one_instant_stand_as_they_were_published(skew: int) -> None:
    """Also where the clock of whoever heard them is behind: ids and time say nothing then."""
    reserved = heard(2, "inventory.reserved.v1", ms=10 + skew, cause=3)
    steps = timeline("ORD-1", [reserved, *PLACED_AND_ACCEPTED]).steps
    assert [step.event_id.int for step in steps] == [7, 3, 2]


@given(st.permutations(range(6)), st.lists(st.integers(0, 3), min_size=6, max_size=6))
def test_a_story_is_told_whole_and_one_way(order: list[int], times: list[int]) -> None:
    """Whatever the clocks say and however the rows come, each event is there once, in sequence."""
    chain = [heard(n + 1, "orders.changed.v1", ms=times[n], cause=n or None) for n in range(6)]
    assert in_order(chain[n] for n in order) == chain


def test_events_that_cause_each_other_in_a_circle_are_still_told() -> None:
    """A broken chain is the audit's to complain about; the timeline shows it."""
    circle = [
        heard(1, "orders.placed.v1", ms=0, cause=2),
        heard(2, "orders.held.v1", ms=1, cause=1),
    ]
    assert len(timeline("ORD-1", circle).steps) == 2


def test_the_top_says_where_the_order_stands() -> None:
    """Status by the order's owner, what people count, who took part, one trace, how long."""
    story = timeline("ORD-1", STORY)
    assert story.status == "completed"
    assert story.counts["invoices"] == 1
    assert story.services == ("partner_edi", "order_intake", "invoicing")
    assert story.trace_ids == ("t" * 32,)
    assert story.total_seconds == 1.5


def test_an_event_of_an_unknown_type_is_told_by_its_name() -> None:
    """A newer service may speak before the control tower is upgraded."""
    story = timeline("ORD-1", [heard(1, "orders.put_on_ice.v7", ms=0)])
    assert story.steps[0].summary == "put on ice"
    assert story.status == "put_on_ice"


def test_a_trace_id_is_read_from_its_header() -> None:
    """The second part of a W3C traceparent; a missing or broken header has none."""
    assert trace_id_of(f"00-{'a' * 32}-{'b' * 16}-01") == "a" * 32
    assert trace_id_of("") is None
    assert trace_id_of(None) is None
    assert trace_id_of("00-short-b-01") is None
