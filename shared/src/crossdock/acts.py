"""What people do to messages, calls and lanes: written down in the transaction that does it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from .ids import new_id
from .sql import queries

if TYPE_CHECKING:
    from .database import Connection

SQL = queries("letters")


class By(msgspec.Struct, frozen=True, kw_only=True):
    """Who acts and why; the acts of one command share a selection."""

    who: str
    reason: str = ""
    selection: UUID = msgspec.field(default_factory=new_id)


async def note(
    connection: Connection,
    by: By,
    action: str,
    about: str,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    body_before: bytes | None = None,
    body_after: bytes | None = None,
) -> None:
    """Write one act down."""
    await connection.execute(
        SQL.note,
        by.who,
        action,
        about,
        by.reason,
        by.selection,
        msgspec.json.encode(before or {}).decode(),
        msgspec.json.encode(after or {}).decode(),
        body_before,
        body_after,
    )
