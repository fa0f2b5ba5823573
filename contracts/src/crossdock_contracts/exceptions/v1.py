"""Exceptions, version 1: the one subject every service may publish."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from ..event import Event
from ..values import Instant, Key, OrderId, Team


class ExceptionRaised(Event, frozen=True, kw_only=True, tag="exceptions.raised.v1"):
    """Something needs a person, with everything that person needs to decide."""

    key_fields: ClassVar[tuple[str, ...]] = ("about",)
    exception_id: str
    about: Annotated[Key, Meta(description="What it is about: an order id, a SKU, a file.")]
    service: str
    code: Annotated[str, Meta(pattern="^[a-z_]+$")]
    kind: Annotated[
        Literal["business", "technical", "contract"],
        Meta(description="A rule said no, something broke, or a message was not as agreed."),
    ]
    team: Team
    text: str
    raised_at: Instant
    order_id: OrderId | None = None
    handler: str = ""
    event_id: Annotated[str, Meta(description="The event whose handling failed, if one did.")] = ""
    event_type: str = ""
    attempts: int = 0
    context: dict[str, str] = {}
