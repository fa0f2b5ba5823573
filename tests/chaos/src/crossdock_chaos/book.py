"""What the outside was told and what it did: the other side of every promise the mesh made."""

from __future__ import annotations

from typing import Any

import msgspec

from .orders import Order


class Acknowledged(msgspec.Struct):
    """An order the mesh has taken: over the API with its id, as a file without one."""

    order: Order
    order_id: str = ""
    status: str = ""


class Paid(msgspec.Struct, frozen=True):
    """A payment the mesh has taken."""

    key: str
    payment_id: str
    invoice_id: str


class Book(msgspec.Struct):
    """Everything acknowledged, everything injected, and what went wrong outside."""

    orders: dict[str, Acknowledged] = msgspec.field(default_factory=dict)
    files: dict[str, Order] = msgspec.field(default_factory=dict)
    released: set[str] = msgspec.field(default_factory=set)
    payments: list[Paid] = msgspec.field(default_factory=list)
    returns: dict[str, str] = msgspec.field(default_factory=dict)
    receipts: dict[str, dict[str, Any]] = msgspec.field(default_factory=dict)
    refused: list[str] = msgspec.field(default_factory=list)
    # Event ids that were published again, and how often.
    copies: dict[str, int] = msgspec.field(default_factory=dict)
    # Event ids of messages nobody may handle: poison, and good ones behind it.
    poison: dict[str, Poisoned] = msgspec.field(default_factory=dict)
    # What lanes refused to skip, and what their operator did about it.
    made_up: list[str] = msgspec.field(default_factory=list)
    requests: int = 0
    repeated: int = 0


class Poisoned(msgspec.Struct, frozen=True):
    """A message published to be quarantined: whether it is to be dead, or behind a dead one."""

    stream: str
    verb: str
    key: str
    state: str
