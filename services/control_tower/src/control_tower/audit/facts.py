"""Where the audit's facts come from: the views that each store offers, in one snapshot."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from importlib.resources import files
from typing import Any, Protocol, TypeVar, get_args, get_type_hints

from .invariants.rows import Facts

STATEMENT = re.compile(r"^-- name: (\w+) @ (\w+)$", re.MULTILINE)


class Store(Protocol):
    """One service's database, read in one snapshot."""

    async def fetch(self, sql: str, *args: object) -> Sequence[Sequence[Any]]:
        """All rows of a statement."""
        ...


class Stores(Protocol):
    """The stores that could be opened, and why the others could not."""

    @property
    def opened(self) -> Mapping[str, Store]:
        """Each store that is there, by its service."""
        ...

    @property
    def missing(self) -> Mapping[str, str]:
        """Why a store is not there, by its service."""
        ...


class Transport(Protocol):
    """Invariant 5 as the chassis proves it; a violation is a subject and a sentence about it."""

    @property
    def checked(self) -> int:
        """How many rows and messages were compared."""
        ...

    @property
    def in_flight(self) -> Sequence[str]:
        """What is on its way."""
        ...

    @property
    def violations(self) -> Sequence[tuple[str, str]]:
        """What is lost, doubled or skipped."""
        ...


S = TypeVar("S", bound=Stores)


class Chassis(Protocol[S]):
    """What the audit needs of `crossdock.audit`."""

    def open_stores(self, services: Sequence[str]) -> AbstractAsyncContextManager[S]:
        """Open each service's database read-only, all at one moment, each in one snapshot."""
        ...

    async def in_flight(self, stores: S) -> Mapping[str, Sequence[str]]:
        """What is still on its way, by the key of its event, and also by the event's id."""
        ...

    async def transport_facts(self, stores: S) -> Transport:
        """Outboxes against streams against lanes, inboxes, parked and dead."""
        ...


def statements() -> dict[str, tuple[str, str]]:
    """Every statement with the store it is for, by the name of the fact it reads."""
    text = files(__package__).joinpath("facts.sql").read_text(encoding="utf-8")
    _, *parts = STATEMENT.split(text)
    return {
        name: (store, sql.strip())
        for name, store, sql in zip(parts[::3], parts[1::3], parts[2::3], strict=True)
    }


async def read(stores: Stores) -> Facts:
    """Ask every open store for everything the invariants speak of."""
    found: dict[str, Any] = {}
    for name, (service, sql) in statements().items():
        if service in stores.opened:
            rows = await stores.opened[service].fetch(sql)
            found[name] = [ROWS[name]._make(row) for row in rows]
    return Facts(**found)


def row_types() -> dict[str, Any]:
    """The row class of each fact: `Sequence[Order] | None` is made of `Order`."""
    hints = get_type_hints(Facts)
    return {name: get_args(get_args(hint)[0])[0] for name, hint in hints.items()}


ROWS = row_types()
SERVICES = tuple(dict.fromkeys(store for store, _ in statements().values()))
