"""What people and other systems can ask: an order's timeline, events, traces, cases."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from litestar import MediaType, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from crossdock import Service, Tx
from crossdock.http import PAGE, Limit, Problem, unknown
from crossdock_contracts import Team
from crossdock_contracts.cases import CaseAssigned, CaseResolved

from . import catalogue, store
from .domain import Heard, Timeline, timeline
from .store import Case

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]
# Litestar keeps the bare name `state` to itself.
State = Annotated[Literal["open", "assigned", "resolved"] | None, QueryParameter(name="state")]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


class Assignment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who takes a case."""

    assignee: Name


class Resolution(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a case ended, and who says so."""

    by: Name
    resolution: Text


@get("/orders/{order_id:str}/timeline")
async def order_timeline(order_id: FromPath[str], service: NamedDependency[Service]) -> Timeline:
    """Every event of an order and what caused it, in time order."""
    async with service.begin() as tx:
        heard = await store.order_events(tx, order_id)
    if not heard:
        raise Problem(404, "unknown_order", f"nothing was heard of {order_id}", order_id=order_id)
    return timeline(order_id, heard)


@get("/events")
async def latest_events(
    service: NamedDependency[Service],
    limit: Limit = PAGE,
    type: FromQuery[str | None] = None,
    key: FromQuery[str | None] = None,
) -> list[Heard]:
    """What was heard last, newest first, of one type or key where given."""
    async with service.begin() as tx:
        return await store.latest_events(tx, type, key, _bounded(service, limit))


@get("/traces/{trace_id:str}")
async def trace(trace_id: FromPath[str], service: NamedDependency[Service]) -> list[Heard]:
    """Everything that happened in one trace, oldest first and causes before effects."""
    async with service.begin() as tx:
        heard = await store.trace_events(tx, trace_id, _bounded(service, 10_000))
    if not heard:
        raise Problem(404, "unknown_trace", f"nothing was heard of {trace_id}", trace_id=trace_id)
    return heard


@get("/cases")
async def list_cases(
    service: NamedDependency[Service],
    limit: Limit = PAGE,
    team: FromQuery[Team | None] = None,
    in_state: State = None,
) -> list[Case]:
    """Cases of a team in a state, oldest first."""
    async with service.begin() as tx:
        return await store.list_cases(tx, team, in_state, _bounded(service, limit))


@post("/cases/{case_id:str}/assign", status_code=200)
async def assign_case(
    case_id: FromPath[str], data: JSONBody[Assignment], service: NamedDependency[Service]
) -> Case | None:
    """A person takes a case, also from another person."""
    async with service.begin() as tx:
        await _open_case(tx, case_id)
        event = CaseAssigned(case_id=case_id, assignee=data.assignee, assigned_at=tx.now)
        store.assign_case(tx, event)
        tx.emit(event)
        return await store.lock_case(tx, case_id)


@post("/cases/{case_id:str}/resolve", status_code=200)
async def resolve_case(
    case_id: FromPath[str], data: JSONBody[Resolution], service: NamedDependency[Service]
) -> Case | None:
    """A person closes a case, with what was done."""
    async with service.begin() as tx:
        await _open_case(tx, case_id)
        event = CaseResolved(
            case_id=case_id, resolution=data.resolution, resolved_by=data.by, resolved_at=tx.now
        )
        store.resolve_case(tx, event)
        tx.emit(event)
        return await store.lock_case(tx, case_id)


@get("/catalogue", media_type=MediaType.HTML, sync_to_thread=True)
def catalogue_page() -> str:
    """Every event with its owner, consumers and fields, and who publishes to whom, for people."""
    return catalogue.page()


async def _open_case(tx: Tx, case_id: str) -> Case:
    """The case, locked; it must exist and not be resolved."""
    case = await store.lock_case(tx, case_id)
    if case is None:
        raise unknown("case", case_id)
    if case.state == "resolved":
        text = f"{case_id} was resolved by {case.resolved_by}: {case.resolution}"
        raise Problem(409, "case_resolved", text, case_id=case_id)
    return case


def _bounded(service: Service, limit: int) -> int:
    """No answer lists more than the operator allows."""
    most: Any = service.settings
    return min(limit, int(most.list_limit))


routes = [
    order_timeline,
    latest_events,
    trace,
    list_cases,
    assign_case,
    resolve_case,
    catalogue_page,
]
