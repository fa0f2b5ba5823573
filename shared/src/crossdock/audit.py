"""The chassis' part of the audit: outboxes against streams against lanes, inboxes and parked rows.

Stores are opened together, each in one read-only snapshot; streams are read after them. What an
outbox, a lane or a parked row still holds is in flight; what nothing explains is a violation.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from crossdock_contracts import EventName

from .broker import JetStream
from .database import connect
from .errors import NotReady
from .reach import database_url, jetstream
from .sql import queries
from .streams import Stored, read_streams

SQL = queries("audit")
# Older rows may have been dropped with their day, on either side.
REMEMBERED = timedelta(days=6)


class Stores(NamedTuple):
    """The stores that could be opened, why others could not, and the streams beside them."""

    opened: Mapping[str, Any]
    missing: Mapping[str, str]
    jetstream: JetStream


class Transport(NamedTuple):
    """How many rows and messages were compared; a violation is a subject and a sentence."""

    checked: int
    in_flight: Sequence[str]
    violations: Sequence[tuple[str, str]]


@asynccontextmanager
async def open_stores(services: Sequence[str]) -> AsyncIterator[Stores]:
    """Open each service's database read-only, all at one moment, each in one snapshot."""
    async with AsyncExitStack() as stack:
        js = await stack.enter_async_context(jetstream())
        opened: dict[str, Any] = {}
        missing: dict[str, str] = {}
        for name in services:
            try:
                connection = await connect(database_url(name))
            except NotReady as error:
                missing[name] = str(error)
                continue
            stack.push_async_callback(connection.close)
            opened[name] = connection
        await asyncio.gather(*(_snapshot(connection) for connection in opened.values()))
        yield Stores(opened, missing, js)


async def _snapshot(connection: Any) -> None:
    await connection.execute(SQL.snapshot)
    await connection.fetchval(SQL.take_snapshot)


async def in_flight(stores: Stores) -> dict[str, list[str]]:
    """What is still on its way, by the key of its event, and also by the event's id."""
    found: dict[str, list[str]] = {}

    def add(text: str, *names: object) -> None:
        for name in names:
            found.setdefault(str(name), []).append(text)

    for service, db in stores.opened.items():
        for row in await db.fetch(SQL.outbox):
            if not row["published"]:
                add(f"{row['type']} in the outbox of {service}", row["key"], row["event_id"])
        for row in await _unsaid(db):
            add(f"{row['type']} not yet said by {service}", row["key"])
        for row in await db.fetch(SQL.parked):
            add(f"{row['type']} {row['state']} in {service}", row["key"], row["message_id"])
        for row in await db.fetch(SQL.errands):
            add(f"errand {row['kind']} {row['state']} in {service}", row["key"], row["id"])
    streams = await read_streams(stores.jetstream)
    for lane in await _lanes(stores):
        for message in lane.above(streams.get(lane.stream, [])):
            text = f"{message.stream.lower()}.{message.verb} above lane {lane.name}"
            add(text, message.key, message.id)
    return found


async def _unsaid(db: Any) -> list[Any]:
    """What a service will say soon, where it has such a thing."""
    return await db.fetch(SQL.unsaid) if await db.fetchval(SQL.has_unsaid) else []


async def transport_facts(stores: Stores) -> Transport:
    """Every published row is in its stream once; every message below a lane was taken by it."""
    streams = await read_streams(stores.jetstream)
    checked, waiting, violations = 0, [], []
    for service, db in stores.opened.items():
        rows = await db.fetch(SQL.outbox)
        checked += len(rows)
        waiting += [
            f"{r['type']} {r['key']} in the outbox of {service}" for r in rows if not r["published"]
        ]
        waiting += [f"{r['type']} {r['key']} not yet said" for r in await _unsaid(db)]
        violations += _outbox_against_streams(service, rows, streams)
        violations += await _never_said(service, {row["event_id"] for row in rows}, streams)
    inboxes = {
        service: {row["message_id"] for row in await db.fetch(SQL.inbox)}
        for service, db in stores.opened.items()
    }
    for lane in await _lanes(stores):
        inbox = inboxes[lane.service]
        messages = streams.get(lane.stream, [])
        below = list(lane.below(messages))
        checked += len(below)
        waiting += [f"{m.stream} {m.sequence} above lane {lane.name}" for m in lane.above(messages)]
        violations += [
            (str(m.id), f"{m.stream} {m.sequence} ({m.verb} {m.key}) lies below lane {lane.name} "
             f"at {lane.position}, but {lane.service} never took it")
            for m in below
            if m.id not in inbox and _remembered(m.occurred_at)
        ]  # fmt: skip
    for service, db in stores.opened.items():
        for row in await db.fetch(SQL.parked):
            waiting.append(f"{row['type']} {row['key']} {row['state']} in {service}")
    return Transport(checked, waiting, violations)


def _outbox_against_streams(
    service: str, rows: Sequence[Any], streams: Mapping[str, list[Stored]]
) -> list[tuple[str, str]]:
    found = []
    copies = Counter(message.id for messages in streams.values() for message in messages)
    oldest = {name: messages[0].occurred_at for name, messages in streams.items() if messages}
    for row in rows:
        stream = EventName.parse(row["type"]).stream
        count, what = copies[row["event_id"]], f"{row['type']} {row['key']} of {service}"
        kept = row["occurred_at"] >= oldest.get(stream, row["occurred_at"])
        if count > 1:
            found.append((str(row["event_id"]), f"{what} is {count} times in {stream}"))
        if count == 0 and row["published"] and kept:
            found.append((str(row["event_id"]), f"{what} is published but not in {stream}"))
    return found


async def _never_said(
    service: str, known: set[UUID], streams: Mapping[str, list[Stored]]
) -> list[tuple[str, str]]:
    """Messages that name a service which has no such row, not even by now."""
    suspects = [
        message
        for messages in streams.values()
        for message in messages
        if message.source == service
        and message.id not in known
        and _remembered(message.occurred_at)
    ]
    if not suspects:
        return []
    # The streams are read after the snapshot: most of these were said since.
    connection = await connect(database_url(service))
    try:
        rows = await connection.fetch(SQL.said, [message.id for message in suspects])
    finally:
        await connection.close()
    said = {row["event_id"] for row in rows}
    return [
        (str(m.id), f"{m.stream} {m.sequence} ({m.verb} {m.key}) says it is from {service}, "
         "which never said it")
        for m in suspects
        if m.id not in said
    ]  # fmt: skip


def _remembered(occurred_at: datetime) -> bool:
    return occurred_at > datetime.now(UTC) - REMEMBERED


class LaneFacts(NamedTuple):
    """A lane as its row says."""

    service: str
    name: str
    stream: str
    partitions: frozenset[int]
    position: int
    hears: dict[str, int]

    @classmethod
    def of(cls, service: str, row: Any) -> LaneFacts:
        """A lane of a service, as the store has it."""
        hears = msgspec.json.decode(row["hears"])
        partitions = frozenset(row["partitions"])
        return cls(service, row["name"], row["stream"], partitions, row["position"], hears)

    def below(self, messages: Sequence[Stored]) -> list[Stored]:
        """What this lane must have taken."""
        return [m for m in self._mine(messages) if self._since(m) < m.sequence <= self.position]

    def above(self, messages: Sequence[Stored]) -> list[Stored]:
        """What this lane has still to read."""
        return [m for m in self._mine(messages) if m.sequence > max(self.position, self._since(m))]

    def _mine(self, messages: Sequence[Stored]) -> list[Stored]:
        heard = self.hears.keys()
        everything = "*" in heard
        return [
            m
            for m in messages
            if m.partition in self.partitions and (everything or m.verb in heard)
        ]

    def _since(self, message: Stored) -> int:
        return min(self.hears[v] for v in (message.verb, "*") if v in self.hears)


async def _lanes(stores: Stores) -> list[LaneFacts]:
    return [
        LaneFacts.of(service, row)
        for service, db in stores.opened.items()
        for row in await db.fetch(SQL.lanes)
    ]
