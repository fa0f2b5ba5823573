"""Entering a batch: the lane's position and the inbox move in the transaction that handles it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from .errors import LeaseLost
from .sql import queries

if TYPE_CHECKING:
    from .database import Connection
    from .message import Message

SQL = queries("inbox")


async def enter(
    connection: Connection, lane: str, epoch: int, lease: timedelta, batch: Sequence[Message]
) -> list[Message]:
    """Move the lane behind a batch and give the messages that are new here, in order.

    LeaseLost when another replica owns the lane: the transaction must be rolled back.
    """
    row = await connection.fetchrow(
        SQL.enter,
        lane,
        epoch,
        batch[-1].sequence,
        lease,
        [message.id for message in batch],
        [message.occurred_at for message in batch],
        batch[-1].stored,
    )
    if row is None or not row["mine"]:
        raise LeaseLost(f"lane {lane}: another replica took it over after epoch {epoch}")
    return _first_of_each(batch, set(row["fresh"]))


async def hold(connection: Connection, lane: str, epoch: int, lease: timedelta) -> None:
    """Check and lock the lane for work that moves no position; LeaseLost when it is not mine."""
    if await connection.fetchval(SQL.hold, lane, epoch, lease) is None:
        raise LeaseLost(f"lane {lane}: another replica took it over after epoch {epoch}")


def _first_of_each(batch: Sequence[Message], fresh: set[UUID]) -> list[Message]:
    """A message published twice may stand twice in one batch; only the first counts."""
    found = []
    for message in batch:
        if message.id in fresh:
            fresh.discard(message.id)
            found.append(message)
    return found
