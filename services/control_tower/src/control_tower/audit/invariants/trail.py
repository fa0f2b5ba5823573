"""Invariant 6: every event's trace leads back to the document or request that caused it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from .check import Difference, Found, grouped, proves
from .rows import Discarded, HeardEvent


@proves(6)
def causes_are_known(events: Sequence[HeardEvent], discarded: Sequence[Discarded]) -> Found:
    """What an event names as its cause was heard as well, or a person has discarded it."""
    known = {event.event_id for event in events} | {letter.event_id for letter in discarded}
    for event in events:
        if event.causation_id and event.causation_id not in known:
            text = f"was caused by {event.causation_id}, which was never heard"
            # The cause may still be on its way here: only its own id can explain that it is not.
            yield _about(event, text, str(event.causation_id))


@proves(6)
def chains_end_at_a_root(events: Sequence[HeardEvent]) -> Found:
    """Going from cause to cause ends at an event that nothing of ours caused, never in a circle."""
    known = {event.event_id for event in events}
    effects = grouped(events, lambda e: e.causation_id)
    ends = [event for event in events if event.causation_id not in known]
    reached: set[UUID] = set()
    while ends:
        event = ends.pop()
        reached.add(event.event_id)
        ends += [e for e in effects.get(event.event_id, []) if e.event_id not in reached]
    for event in events:
        if event.event_id not in reached:
            yield _about(event, "is its own cause, over others or by itself")


@proves(6)
def correlation_is_inherited(events: Sequence[HeardEvent]) -> Found:
    """An event has the correlation id of its cause."""
    known = {event.event_id: event for event in events}
    for event in events:
        cause = known.get(event.causation_id) if event.causation_id else None
        if event.correlation_id is None:
            yield _about(event, "has no correlation id")
        elif cause and cause.correlation_id != event.correlation_id:
            text = f"has correlation id {event.correlation_id}, its cause {cause.correlation_id}"
            yield _about(event, text)


@proves(6)
def traces_are_present(events: Sequence[HeardEvent]) -> Found:
    """Every event has a trace id."""
    for event in events:
        if not event.trace_id:
            yield _about(event, "has no trace id")


@proves(6)
def one_trace_per_correlation(events: Sequence[HeardEvent]) -> Found:
    """Everything that one document or request caused is one trace."""
    for correlation_id, group in grouped(events, lambda e: e.correlation_id).items():
        traces = sorted({event.trace_id for event in group if event.trace_id})
        if len(traces) > 1:
            shown = ", ".join(traces[:3])
            text = f"correlation {correlation_id} has {len(traces)} traces: {shown}"
            yield Difference(f"correlation {correlation_id}", text)


def _about(event: HeardEvent, text: str, *keys: str) -> Difference:
    name = f"{event.type} {event.key} of {event.service}"
    return Difference(str(event.event_id), f"{name} ({event.event_id}) {text}", frozenset(keys))
