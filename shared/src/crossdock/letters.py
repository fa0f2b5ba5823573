"""Parked and dead messages, and calls that were given up: what a person can do with them.

A selection is captured before anything is done, and acted on as it was captured: what has changed
since is left alone. Nothing of a key overtakes what stands before it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from crossdock_contracts import EventName

from .acts import By, note
from .dispatch import decode
from .errors import CrossdockError
from .sql import queries

if TYPE_CHECKING:
    from .database import Connection
    from .service import Service

SQL = queries("letters")
ERRAND = "errand"


class Refused(CrossdockError):
    """What a person asked for cannot be done, and why."""


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """Which letters; None takes all."""

    stream: str | None = None
    type: str | None = None
    key: str | None = None
    reason: str | None = None
    older_than: timedelta | None = None


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """A message or a call as it was when it was selected. `nth` is 0 for a call."""

    id: str
    service: str
    stream: str
    sequence: int
    type: str
    key: str
    state: str
    reason: str
    error: str
    attempts: int
    behind: int
    event_id: UUID
    parked_at: datetime
    due_at: datetime
    headers: dict[str, str]
    body: bytes
    nth: int = 0
    edition: int = 0

    @property
    def trace_id(self) -> str:
        """The trace it belongs to."""
        return self.headers["traceparent"][3:35]


# Finding


async def select(
    db: Connection, service: str, states: Sequence[str], filters: Filters, limit: int | None
) -> list[Letter]:
    """The letters of one service that match, in order; calls are among the dead."""
    f = filters
    rows = await db.fetch(
        SQL.messages, list(states), f.stream, f.type, f.key, f.reason, f.older_than, limit
    )
    found = [_message(service, row) for row in rows]
    if "dead" in states and f.stream is None and f.reason in (None, ERRAND):
        rows = await db.fetch(SQL.errands, f.type, f.key, f.older_than, limit)
        found += [_errand(service, row) for row in rows]
    return found[:limit]


async def find(db: Connection, letter_id: str) -> Letter:
    """The letter of an id such as `invoicing:SHIPMENTS:42`; Refused when there is none."""
    service, stream, place = split(letter_id)
    event_id = _uuid(place)
    if stream == ERRAND:
        rows = await db.fetch(SQL.errand, event_id)
        found = [_errand(service, row) for row in rows]
    else:
        sequence = int(place) if place.isdigit() else None
        rows = await db.fetch(SQL.message, stream, sequence, event_id)
        found = [_message(service, row) for row in rows]
    if not found:
        raise Refused(f"{letter_id} is not parked or dead: it was handled or discarded")
    if len(found) > 1:
        ids = ", ".join(f"{service}:{stream}:{letter.event_id}" for letter in found)
        raise Refused(f"the stream was remade, and has used this number twice: {ids}")
    return found[0]


def split(letter_id: str) -> tuple[str, str, str]:
    """Service, stream (or `errand`) and place of an id."""
    parts = letter_id.split(":")
    if len(parts) != 3 or not (parts[2].isdigit() or _uuid(parts[2])):
        raise Refused(
            f"{letter_id!r} is no id: it reads service:STREAM:number or service:errand:uuid, "
            "as `crossdock dead` prints it"
        )
    return parts[0], parts[1], parts[2]


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _message(service: str, row: Any) -> Letter:
    return Letter(
        id=f"{service}:{row['stream']}:{row['sequence']}",
        service=service,
        stream=row["stream"],
        sequence=row["sequence"],
        type=row["type"],
        key=row["key"],
        state=row["state"],
        reason=row["reason"],
        error=row["error"],
        attempts=row["attempts"],
        behind=row["behind"],
        event_id=row["message_id"],
        parked_at=row["parked_at"],
        due_at=row["due_at"],
        headers={
            "ce-id": str(row["message_id"]),
            "ce-source": row["source"],
            "ce-time": row["occurred_at"].isoformat(),
            "subject": row["subject"],
            **_headers(row),
        },
        body=row["body"],
        nth=row["nth"],
        edition=row["edition"],
    )


def _errand(service: str, row: Any) -> Letter:
    return Letter(
        id=f"{service}:{ERRAND}:{row['id']}",
        service=service,
        stream=ERRAND,
        sequence=row["sequence"],
        type=row["kind"],
        key=row["key"],
        state=row["state"],
        reason=ERRAND,
        error=row["error"],
        attempts=row["attempts"],
        behind=row["behind"],
        event_id=row["id"],
        parked_at=row["created_at"],
        due_at=row["due_at"],
        headers={"Idempotency-Key": str(row["id"]), **_headers(row)},
        body=row["payload"],
    )


def _headers(row: Any) -> dict[str, str]:
    found = {"correlation_id": str(row["correlation_id"]), "traceparent": row["traceparent"]}
    if row["causation_id"]:
        found["causation_id"] = str(row["causation_id"])
    return found


async def queue(db: Connection, letter: Letter) -> list[Any]:
    """Everything of a letter's key that waits, in order, itself included."""
    if letter.stream == ERRAND:
        return list(await db.fetch(SQL.errand_queue, letter.key))
    return list(await db.fetch(SQL.queue, letter.stream, letter.key))


# Acting


async def retry(db: Connection, letter: Letter, by: By, body: bytes | None = None) -> None:
    """Have it tried now, with another body if one is given; Refused when it has changed."""
    async with db.transaction():
        if letter.stream == ERRAND:
            done = await db.fetchval(SQL.retry_errand, letter.event_id, letter.attempts, body)
        else:
            done = await db.fetchval(SQL.retry, *_as_selected(letter), body)
        if done is None:
            raise await _why_not(db, letter)
        after = {"state": "due" if letter.stream == ERRAND else "waiting", "attempts": 0}
        before, original = _known(letter), None if body is None else letter.body
        action = "retry" if body is None else "edit"
        await note(
            db, by, action, letter.id,
            before=before, after=after, body_before=original, body_after=body,
        )  # fmt: skip


async def discard(db: Connection, letter: Letter, by: By) -> None:
    """Take it out for good, with its bytes kept among the acts; Refused when it has changed."""
    async with db.transaction():
        if letter.stream == ERRAND:
            done = await db.fetchval(SQL.discard_errand, letter.event_id, letter.attempts)
        else:
            done = await db.fetchval(SQL.discard, *_as_selected(letter))
        if done is None:
            raise await _why_not(db, letter)
        before = _known(letter)
        await note(db, by, "discard", letter.id, before=before, body_before=letter.body)


def _as_selected(letter: Letter) -> tuple[int, int, int, str]:
    return letter.nth, letter.edition, letter.attempts, letter.state


def _known(letter: Letter) -> dict[str, Any]:
    names = ("type", "key", "state", "reason", "error", "attempts", "headers")
    return {name: getattr(letter, name) for name in names}


async def _why_not(db: Connection, letter: Letter) -> Refused:
    waiting = await queue(db, letter)
    name = "id" if letter.stream == ERRAND else "message_id"
    place = next((n for n, row in enumerate(waiting) if row[name] == letter.event_id), None)
    if place is None:
        return Refused(f"{letter.id} was handled or discarded meanwhile")
    if place > 0 and letter.stream != ERRAND:
        first = f"{letter.service}:{letter.stream}:{waiting[0]['sequence']}"
        return Refused(f"{letter.id} waits behind {first}: retry or discard that one")
    return Refused(f"{letter.id} has changed since it was selected: look again")


def check(letter: Letter, body: bytes, service: Service) -> None:
    """Refused unless a body is what its contract asks for, and of the same key."""
    try:
        if letter.stream == ERRAND:
            kinds = {str(c.__struct_config__.tag): c for c in service.handlers.errands}
            if letter.type not in kinds:
                raise Refused(f"{letter.service} has no errand {letter.type} any more")
            msgspec.json.decode(body, type=kinds[letter.type])
            return
        event = decode(EventName.parse(letter.type), body)
    except (CrossdockError, ValueError) as error:
        raise Refused(f"not accepted: {error}") from error
    if event.key != letter.key:
        raise Refused(
            f"not accepted: its key would be {event.key!r} and not {letter.key!r}; "
            "what has another key is another event"
        )


async def throttled(letters: Sequence[Letter], rate: float) -> AsyncIterator[Letter]:
    """Give a selection at most `rate` letters a second; 0 for no limit."""
    started = time.monotonic()
    for number, letter in enumerate(letters):
        if rate:
            await asyncio.sleep(max(0.0, started + number / rate - time.monotonic()))
        yield letter
