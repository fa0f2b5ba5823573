"""Messages that could not be handled: kept, in order per key, until they are or a person decides.

A key never runs past a hole: while one message of a key is parked or dead here, later ones of the
same stream and key are parked behind it.
"""

from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from crossdock_contracts import Team

from .errors import Reject, RetryLater, TooNew, Undecodable
from .message import Message, storable
from .sql import queries

if TYPE_CHECKING:
    from .database import Connection, Record
    from .tx import Tx

SQL = queries("parked")
TOO_NEW_WAIT = 30.0
LONGEST_WAIT = 60.0
# What the contracts allow; a foreign publisher may send more.
LONGEST_KEY = 255


class Fate(NamedTuple):
    """What becomes of a message that failed: its state, why, and when it is tried again."""

    state: str
    reason: str
    error: str
    after: timedelta


BEHIND = Fate("behind", "", "", timedelta(0))


def decide(error: BaseException, attempts: int, limit: int) -> Fate:
    """The error's type is the decision; `attempts` counts this failure too."""
    text = storable(error.text if isinstance(error, Reject) else f"{type(error).__name__}: {error}")
    match error:
        case Reject():
            return Fate("dead", "reject", text, timedelta(0))
        case Undecodable():
            return Fate("dead", "undecodable", text, timedelta(0))
        case TooNew():
            return Fate("waiting", "too_new", text, timedelta(seconds=TOO_NEW_WAIT))
        case RetryLater():
            after = max(error.after, error.after * min(attempts, 20) / 4)
            return Fate("waiting", "retry_later", text, timedelta(seconds=after))
        case _ if attempts >= limit:
            return Fate("dead", "technical", text, timedelta(0))
    return Fate("waiting", "technical", text, timedelta(seconds=back_off(attempts)))


def back_off(attempts: int, first: float = 0.1) -> float:
    """Seconds to wait after the n-th failure: doubling, at most a minute, with jitter."""
    return float(min(first * 2 ** (attempts - 1), LONGEST_WAIT) * random.uniform(0.75, 1.25))  # noqa: S311 - no secret


async def park(connection: Connection, message: Message, fate: Fate, attempts: int) -> None:
    """Keep a message here; the lane goes on without it."""
    await connection.execute(
        SQL.park,
        message.stream,
        message.sequence,
        message.partition,
        message.key,
        fate.state,
        fate.reason,
        fate.error,
        attempts,
        fate.after,
        message.id,
        message.type,
        message.source,
        message.subject,
        message.occurred_at,
        message.correlation_id,
        message.causation_id,
        message.traceparent,
        message.tracestate,
        message.body,
    )


def message_of(row: Record) -> Message:
    """The message that a parked row holds."""
    return Message(
        id=row["message_id"],
        type=row["type"],
        source=row["source"],
        key=row["key"],
        occurred_at=row["occurred_at"],
        correlation_id=row["correlation_id"],
        causation_id=row["causation_id"],
        traceparent=row["traceparent"],
        tracestate=row["tracestate"],
        body=row["body"],
        stream=row["stream"],
        sequence=row["sequence"],
        subject=row["subject"],
    )


def tell(
    tx: Tx, message: Message, fate: Fate, error: BaseException, attempts: int, by: str
) -> None:
    """Put a dead letter before the team that can decide, with everything known about it."""
    team: Team = error.team if isinstance(error, Reject) else "it"
    context = error.context if isinstance(error, Reject) else {}
    context = {name: storable(value) for name, value in context.items()}
    kinds: dict[str, Any] = {"reject": "business", "undecodable": "contract"}
    tx.raise_exception(
        code=error.code if isinstance(error, Reject) else fate.reason,
        text=fate.error[:2000],
        team=team,
        about=_about(message),
        order_id=order_id_in(message),
        kind=kinds.get(fate.reason, "technical"),
        context={
            **context,
            "stream": message.stream,
            "sequence": message.sequence,
            "next_step": f"crossdock dead show {tx.service}:{message.stream}:{message.sequence}",
        },
        handler=by,
        attempts=attempts,
    )


def _about(message: Message) -> str:
    """What an exception about a letter is kept in order with.

    One about a letter of its own stream has a key of its own: with the letter's it would wait
    behind it where the letter is dead, and nobody would be told.
    """
    own = message.stream == "EXCEPTIONS"
    return f"{message.stream}:{message.sequence}" if own else message.key[:LONGEST_KEY]


class _HasOrder(msgspec.Struct):
    order_id: str | None = None


def order_id_in(message: Message) -> str | None:
    """The canonical order id in a body, where it has one that reads as such."""
    try:
        found = msgspec.json.decode(message.body, type=_HasOrder).order_id
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return found if found and found.startswith("ORD-") else None
