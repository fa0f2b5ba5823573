"""Cases for people, version 1. Owner: control_tower. Key: the case id."""

from __future__ import annotations

from typing import ClassVar

from ..event import Event
from ..values import Instant, Key, OrderId, Person, Team


class CaseOpened(Event, frozen=True, kw_only=True, tag="cases.opened.v1"):
    """Somebody must look at this; the exception that caused it has the context."""

    key_fields: ClassVar[tuple[str, ...]] = ("case_id",)
    case_id: Key
    exception_id: str
    team: Team
    title: str
    opened_at: Instant
    order_id: OrderId | None = None


class CaseAssigned(Event, frozen=True, kw_only=True, tag="cases.assigned.v1"):
    """A person took the case."""

    key_fields: ClassVar[tuple[str, ...]] = ("case_id",)
    case_id: Key
    assignee: Person
    assigned_at: Instant


class CaseResolved(Event, frozen=True, kw_only=True, tag="cases.resolved.v1"):
    """The case is closed, with what was done."""

    key_fields: ClassVar[tuple[str, ...]] = ("case_id",)
    case_id: Key
    resolution: str
    resolved_by: Person
    resolved_at: Instant
