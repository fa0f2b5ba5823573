"""One order's story: its events and what caused them, in order, with the latency of each hop."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from crossdock_contracts import Event, Value

from .words import summary

MILLISECOND = timedelta(milliseconds=1)


class Heard(Value, frozen=True, kw_only=True):
    """An event as it was written down; `event` is absent when its type is not known here."""

    event_id: UUID
    type: str
    key: str
    order_id: str | None
    service: str
    occurred_at: datetime
    recorded_at: datetime
    correlation_id: UUID | None
    causation_id: UUID | None
    trace_id: str | None
    stream: str
    sequence: int
    event: Event | None = None


class Step(Value, frozen=True, kw_only=True):
    """One event in an order's story; latencies are in milliseconds."""

    at: datetime
    type: str
    service: str
    summary: str
    key: str
    event_id: UUID
    causation_id: UUID | None
    trace_id: str | None
    since_previous_ms: float
    since_cause_ms: float | None
    recorded_after_ms: float


class Timeline(Value, frozen=True, kw_only=True):
    """Where an order stands, who took part, and every step that led there."""

    order_id: str
    status: str
    counts: dict[str, int]
    services: tuple[str, ...]
    trace_ids: tuple[str, ...]
    total_seconds: float
    steps: tuple[Step, ...]


def timeline(order_id: str, heard: Iterable[Heard]) -> Timeline:
    """Tell the story of one order from what was heard of it; at least one event is needed."""
    events = in_order(heard)
    own = [event for event in events if order_id in (event.order_id, event.key)]
    return Timeline(
        order_id=order_id,
        status=_status(own),
        counts=_counts(own),
        services=_distinct(event.service for event in events),
        trace_ids=_distinct(event.trace_id for event in events if event.trace_id),
        total_seconds=round((events[-1].occurred_at - events[0].occurred_at).total_seconds(), 3),
        steps=tuple(_steps(events)),
    )


def summarised(heard: Heard) -> str:
    """What happened, in one line, also for a type that is not known here."""
    if heard.event is not None:
        return summary(heard.event)
    return heard.type.split(".")[1].replace("_", " ")


def trace_id_of(traceparent: str | None) -> str | None:
    """The trace id of a W3C traceparent header, the second of its four parts."""
    parts = (traceparent or "").split("-")
    return parts[1] if len(parts) == 4 and len(parts[1]) == 32 else None


def in_order(heard: Iterable[Heard]) -> list[Heard]:
    """By time, but never an effect before its cause, nor a key's events out of their sequence.

    One transaction stamps all its events with one instant, and clocks of two machines differ, so
    time alone would sometimes tell the story backwards.
    """
    waiting = sorted(heard, key=lambda event: (event.occurred_at, event.stream, event.sequence))
    before = _before(waiting)
    begun: set[UUID] = set()
    told: list[Heard] = []
    for event in waiting:
        path = [event] if event.event_id not in begun else []
        while path:
            begun.add(path[-1].event_id)
            first = next((e for e in before[path[-1].event_id] if e.event_id not in begun), None)
            if first is not None:
                path.append(first)
            else:
                told.append(path.pop())
    return told


def _before(events: Sequence[Heard]) -> Mapping[UUID, Sequence[Heard]]:
    """What has to be told before each event: its cause, and its predecessor in stream and key."""
    known = {event.event_id: event for event in events}
    before: defaultdict[UUID, list[Heard]] = defaultdict(list)
    last: dict[tuple[str, str], Heard] = {}
    for event in sorted(events, key=lambda event: event.sequence):
        place = event.stream, event.key
        found = [known.get(event.causation_id) if event.causation_id else None, last.get(place)]
        before[event.event_id] += [each for each in found if each is not None]
        last[place] = event
    return before


def _steps(events: Sequence[Heard]) -> Iterable[Step]:
    known = {event.event_id: event for event in events}
    previous = events[0]
    for event in events:
        cause = known.get(event.causation_id) if event.causation_id else None
        yield Step(
            at=event.occurred_at,
            type=event.type,
            service=event.service,
            summary=summarised(event),
            key=event.key,
            event_id=event.event_id,
            causation_id=event.causation_id,
            trace_id=event.trace_id,
            since_previous_ms=_ms(event.occurred_at - previous.occurred_at),
            since_cause_ms=_ms(event.occurred_at - cause.occurred_at) if cause else None,
            recorded_after_ms=_ms(event.recorded_at - event.occurred_at),
        )
        previous = event


def _status(own: Sequence[Heard]) -> str:
    """The last word of the order's owner; an order known only from others has none."""
    verbs = [event.type.split(".")[1] for event in own if event.type.startswith("orders.")]
    return verbs[-1] if verbs else "unknown"


def _counts(own: Sequence[Heard]) -> dict[str, int]:
    """How many of what people count on an order."""
    types = [event.type.rpartition(".")[0] for event in own]
    return {
        "shipments": types.count("shipments.shipped"),
        "invoices": types.count("invoices.issued"),
        "credit_memos": types.count("invoices.credited"),
        "returns": types.count("returns.authorized"),
        "exceptions": types.count("exceptions.raised"),
    }


def _distinct(names: Iterable[str | None]) -> tuple[str, ...]:
    """Each name once, in order of appearance."""
    return tuple(dict.fromkeys(name for name in names if name))


def _ms(span: timedelta) -> float:
    return round(span / MILLISECOND, 3)
