"""Pauses: what is not to be worked on now, kept in the store and obeyed by every replica."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from .sql import queries

if TYPE_CHECKING:
    from .database import Connection

SQL = queries("pauses")
SERVICE = "service"


class Pauses(NamedTuple):
    """What is paused, by scope: `service`, `stream:X` and `lane:X` (the store keeps those from
    being taken), and the functions of `handler:X`.
    """

    scopes: frozenset[str] = frozenset()
    handlers: frozenset[str] = frozenset()

    @classmethod
    def of(cls, scopes: Iterable[str]) -> Pauses:
        """Pauses as the store names them."""
        split = (scope.partition(":") for scope in scopes)
        handlers = frozenset(name for kind, _, name in split if kind == "handler")
        return cls(frozenset(scopes), handlers)

    @property
    def service(self) -> bool:
        """Whether the whole service is paused; its HTTP still answers."""
        return SERVICE in self.scopes


def bell(service: str) -> str:
    """The subject on which replicas hear at once that a person has changed something."""
    return f"_crossdock.{service}.operate"


async def read_pauses(connection: Connection) -> Pauses:
    """What the store says now."""
    return Pauses.of([row["scope"] for row in await connection.fetch(SQL.scopes)])
