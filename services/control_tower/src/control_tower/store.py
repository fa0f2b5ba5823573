"""Everything the control tower asks its database."""

from __future__ import annotations

from datetime import datetime

import msgspec

from crossdock import Tx
from crossdock.database import Record
from crossdock_contracts import Event, NotKnown, Team, Value, read
from crossdock_contracts.cases import CaseAssigned, CaseOpened, CaseResolved
from crossdock_contracts.exceptions import ExceptionRaised

from .domain import Heard, in_order, trace_id_of

# Write an event down. The inbox lets each in once; the conflict covers an id used with two times.
WRITE_EVENT = """insert into events (event_id, type, noun, key, order_id, service, occurred_at,
    recorded_at, correlation_id, causation_id, trace_id, stream, sequence, body)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
    on conflict (event_id) do nothing"""

# An order's events, and upwards from each what caused it: the partner's document, a receipt.
ORDER_EVENTS = """with recursive chain (event_id, causation_id) as (
        (select event_id, causation_id from events where key = $1
         union
         select event_id, causation_id from events
         where order_id = $1 and order_id is distinct from key)
        union
        select cause.event_id, cause.causation_id
        from chain join events cause on cause.event_id = chain.causation_id
    )
    select e.* from chain join events e using (event_id)"""

# What was heard last, of one type or key where they are given; a batch is heard at one instant.
LATEST_EVENTS = """select e.* from events e
    where ($1::text is null or e.type = $1) and ($2::text is null or e.key = $2)
    order by e.recorded_at desc, e.stream, e.sequence desc limit $3"""

# Everything that happened in one trace; where there is too much, the oldest.
TRACE_EVENTS = """select e.* from events e where e.trace_id = $1
    order by e.occurred_at, e.stream, e.sequence limit $2"""

# Open a case; the exception's id makes it the same one on every replay. A store that is built anew
# may hear the exception before its own word of then: the case was opened when it was first said.
WRITE_CASE = """insert into cases
    (case_id, exception_id, event_id, team, title, order_id, opened_at)
    values ($1, $2, $3, $4, $5, $6, $7)
    on conflict (case_id) do update set opened_at = excluded.opened_at
    where excluded.opened_at < cases.opened_at"""

# Cases with the event that explains them, oldest first: the order in which to work them off.
LIST_CASES = """select c.*, e.body from cases c left join events e on e.event_id = c.event_id
    where ($1::text is null or c.team = $1) and ($2::text is null or c.state = $2)
    order by c.opened_at, c.case_id limit $3"""

# One case, locked until the commit: two people never decide it at once.
LOCK_CASE = """select c.*, e.body from cases c left join events e on e.event_id = c.event_id
    where c.case_id = $1 for update of c"""

# A person takes a case. Said before and heard again, it changes nothing that came after it.
ASSIGN_CASE = """update cases set state = 'assigned', assignee = $2, assigned_at = $3
    where case_id = $1 and state <> 'resolved' and (assigned_at is null or assigned_at < $3)"""

# A person closes a case, once.
RESOLVE_CASE = """update cases
    set state = 'resolved', resolution = $2, resolved_by = $3, resolved_at = $4
    where case_id = $1 and state <> 'resolved'"""


class Case(Value, frozen=True, kw_only=True):
    """A case with what its worker needs to decide: the exception's text and context."""

    case_id: str
    state: str
    team: Team
    title: str
    opened_at: datetime
    order_id: str | None
    assignee: str | None
    resolution: str | None
    resolved_by: str | None
    resolved_at: datetime | None
    exception: ExceptionRaised | None


def write_event(tx: Tx, event: Event) -> None:
    """Write the message being handled down: one insert, sent with the whole batch's."""
    message = tx.message
    assert message is not None, "an event is only heard from a stream"
    tx.write(
        WRITE_EVENT,
        message.id,
        message.type,
        message.type.partition(".")[0],
        message.key,
        getattr(event, "order_id", None),
        message.source,
        message.occurred_at,
        tx.now,
        message.correlation_id,
        message.causation_id,
        trace_id_of(message.traceparent),
        message.stream,
        message.sequence,
        message.body,
    )


async def order_events(tx: Tx, order_id: str) -> list[Heard]:
    """What was heard of an order, and everything that led to it."""
    return [_heard(row) for row in await tx.fetch(ORDER_EVENTS, order_id)]


async def latest_events(tx: Tx, type: str | None, key: str | None, limit: int) -> list[Heard]:
    """What was heard last, newest first."""
    return [_heard(row) for row in await tx.fetch(LATEST_EVENTS, type, key, limit)]


async def trace_events(tx: Tx, trace_id: str, limit: int) -> list[Heard]:
    """What happened in one trace, causes before effects."""
    return in_order(_heard(row) for row in await tx.fetch(TRACE_EVENTS, trace_id, limit))


def write_case(tx: Tx, case: CaseOpened) -> None:
    """Open a case for the exception being handled, or for the one that opened it before."""
    message = tx.message
    assert message is not None, "a case is opened by an event"
    raised = message.type.startswith("exceptions.")
    tx.write(
        WRITE_CASE,
        case.case_id,
        case.exception_id,
        message.id if raised else message.causation_id or message.id,
        case.team,
        case.title,
        case.order_id,
        case.opened_at,
    )


async def list_cases(tx: Tx, team: str | None, state: str | None, limit: int) -> list[Case]:
    """Cases of a team in a state, oldest first."""
    return [_case(row) for row in await tx.fetch(LIST_CASES, team, state, limit)]


async def lock_case(tx: Tx, case_id: str) -> Case | None:
    """A case that is about to be decided."""
    row = await tx.fetchrow(LOCK_CASE, case_id)
    return _case(row) if row else None


def assign_case(tx: Tx, event: CaseAssigned) -> None:
    """Note who took a case."""
    tx.write(ASSIGN_CASE, event.case_id, event.assignee, event.assigned_at)


def resolve_case(tx: Tx, event: CaseResolved) -> None:
    """Note how a case ended."""
    tx.write(RESOLVE_CASE, event.case_id, event.resolution, event.resolved_by, event.resolved_at)


def _heard(row: Record) -> Heard:
    fields = {name: row[name] for name in Heard.__struct_fields__ if name != "event"}
    return Heard(event=_event(row["type"], row["body"]), **fields)


def _case(row: Record) -> Case:
    fields = {name: row[name] for name in Case.__struct_fields__ if name != "exception"}
    raised = row["body"] and _event("exceptions.raised.v1", row["body"])
    return Case(exception=raised if isinstance(raised, ExceptionRaised) else None, **fields)


def _event(type: str, body: bytes) -> Event | None:
    """The event in a body; None for a type newer than this image, which is told by its name."""
    try:
        return read(type, body)
    except (NotKnown, msgspec.DecodeError):
        return None
