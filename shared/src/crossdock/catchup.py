"""A lane whose stream no longer holds what comes next: made up from the owners' outboxes.

What the lane misses is put among its parked messages, in the order in which it was said, and the
lane reads on where the stream begins. So what is still in the stream waits behind it, key by key:
were it published again instead, it would come after what followed it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

import msgspec

from crossdock_contracts import EventName, subject_token

from .acts import By, note
from .errors import CrossdockError
from .leases import PARTITIONS
from .message import Message
from .parked import Fate, park
from .sql import queries
from .streams import Stored, read_stream

if TYPE_CHECKING:
    from .broker import JetStream
    from .database import Connection

SQL = queries("redrive")
# An event said before the lane's last message may have been published after it.
LATE = timedelta(hours=1)
CAUGHT_UP = Fate("waiting", "caught_up", "", timedelta(0))
CHUNK = 5000


class Lane(NamedTuple):
    """A lane that refuses to read on, and where its stream begins now."""

    name: str
    epoch: int
    stream: str
    created: str
    partitions: frozenset[int]
    verbs: frozenset[str]
    position: int
    first: int
    since: datetime


class Said(NamedTuple):
    """An event of an owner's outbox."""

    owner: str
    id: int
    event_id: UUID
    type: str
    key: str
    created_at: datetime
    partition: int


async def lanes_behind(db: Connection, js: JetStream) -> list[Lane]:
    """The lanes of one service whose streams begin above what they have seen."""
    found = []
    for row in await db.fetch(SQL.lanes):
        info = await js.stream(row["stream"])
        if info is None:
            raise CrossdockError(f"stream {row['stream']} does not exist: run `crossdock topology`")
        first, created = int(info["state"]["first_seq"]), str(info["created"])
        position = row["position"] if row["stream_created"] == created else 0
        if row["stream_created"] is None or first <= position + 1:
            continue
        found.append(
            Lane(
                row["name"],
                row["epoch"],
                row["stream"],
                created,
                frozenset(row["partitions"]),
                frozenset(msgspec.json.decode(row["hears"])),
                position,
                first,
                datetime.fromtimestamp(row["mark_time"] / 1e9, UTC) - LATE,
            )
        )
    return found


async def missed(
    db: Connection, js: JetStream, lane: Lane, owners: Mapping[str, Connection]
) -> list[Said]:
    """What a lane has to be given, key by key: all that it has not taken, up to where the stream
    holds the rest of the key whole and in order.
    """
    said = await _said(lane, owners)
    known = await _known(db, [event.event_id for event in said])
    fresh = [event for event in said if event.event_id not in known]
    return _not_in_order(fresh, await read_stream(js, lane.stream))


async def _said(lane: Lane, owners: Mapping[str, Connection]) -> list[Said]:
    """What the owners have published for a lane since it handled its last, in order per owner."""
    found = []
    for owner, connection in owners.items():
        rows = await connection.fetch(SQL.published, lane.since, [lane.stream])
        for row in rows:
            event = _event(owner, row)
            heard = "*" in lane.verbs or EventName.parse(event.type).verb in lane.verbs
            if heard and event.partition in lane.partitions:
                found.append(event)
    return found


def _event(owner: str, row: Any) -> Said:
    number, event_id, literal, key, created_at = row
    return Said(owner, number, event_id, literal, key, created_at, partition_for(key))


async def _known(db: Connection, ids: Sequence[UUID]) -> set[UUID]:
    known: set[UUID] = set()
    for start in range(0, len(ids), CHUNK):
        rows = await db.fetch(SQL.known, ids[start : start + CHUNK])
        known |= {row["message_id"] for row in rows}
    return known


def _not_in_order(fresh: Sequence[Said], stored: Sequence[Stored]) -> list[Said]:
    places = {message.id: message.sequence for message in stored}
    following: dict[str, int] = {}
    wanted: set[UUID] = set()
    for event in reversed(fresh):
        place = places.get(event.event_id, 0)
        # 0 once an event does not stand before its successor: it and all before it are wanted.
        if 0 < place < following.get(event.key, place + 1):
            following[event.key] = place
        else:
            following[event.key] = 0
            wanted.add(event.event_id)
    return [event for event in fresh if event.event_id in wanted]


async def make_up(
    db: Connection, lane: Lane, events: Sequence[Said], owners: Mapping[str, Connection], by: By
) -> int:
    """Give a lane what it missed and let it read on; how many events were new to it.

    In one transaction, which takes the lane from whoever has it: a replica that reads meanwhile
    loses, and begins anew with all of it.
    """
    count = 0
    async with db.transaction():
        to = (lane.first - 1, lane.created)
        if await db.fetchval(SQL.made_up, lane.name, lane.epoch, *to) is None:
            raise CrossdockError(f"lane {lane.name} was taken over meanwhile: run this again")
        for start in range(0, len(events), CHUNK):
            for message in await _messages(lane, start, events[start : start + CHUNK], owners):
                if await db.fetchval(SQL.take_in, message.id, message.occurred_at) is not None:
                    await park(db, message, CAUGHT_UP, 0)
                    count += 1
        after = {"position": lane.first - 1, "events": count}
        await note(db, by, "catch up", lane.name, before={"position": lane.position}, after=after)
    return count


async def _messages(
    lane: Lane, start: int, events: Sequence[Said], owners: Mapping[str, Connection]
) -> list[Message]:
    """The events as they would have come from the stream, in their order.

    Their own sequences are lost; numbers from where the lane stood tell them apart.
    """
    bodies: dict[UUID, tuple[str, Any]] = {}
    for owner in {event.owner for event in events}:
        mine = [event for event in events if event.owner == owner]
        oldest = min(event.created_at for event in mine)
        rows = await owners[owner].fetch(SQL.rows, [event.id for event in mine], oldest)
        bodies |= {row["event_id"]: (owner, row) for row in rows}
    before = lane.position + 1 + start
    return [
        _message(lane.stream, before + number, event, *bodies[event.event_id])
        for number, event in enumerate(events)
    ]


def _message(stream: str, sequence: int, event: Said, owner: str, row: Any) -> Message:
    return Message(
        id=event.event_id,
        type=event.type,
        source=owner,
        key=event.key,
        occurred_at=row["occurred_at"],
        correlation_id=row["correlation_id"],
        causation_id=row["causation_id"],
        traceparent=row["traceparent"],
        tracestate=row["tracestate"],
        body=row["body"],
        stream=stream,
        sequence=sequence,
        subject=f"{event.type}.{event.partition}",
    )


def partition_for(key: str) -> int:
    """The partition that the server's `partition(16,3)` gives a key: FNV-1a of its token."""
    value = 0x811C9DC5
    for byte in subject_token(key).encode():
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value % PARTITIONS
