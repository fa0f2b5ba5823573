"""A consumer that joined late hears what it has not heard: all of it, since a time, or of one key.

Its inbox knows what it handled, and nothing of that is handled again: of days that it has
forgotten, what lies below a lane is noted in it anew. What is new goes through its lanes like
everything else, so it goes at their speed and on into what is said now.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from .acts import By, note
from .audit import LaneFacts
from .broker import JetStream
from .catchup import SQL as CATCH_UP
from .catchup import partition_for
from .database import Connection
from .errors import NotReady
from .lanes import subjects_of
from .message import Message
from .parked import Fate, park
from .reader import Reader
from .rehearsal import SQL, pending
from .service import Service
from .streams import read_stream

REPLAYED = Fate("waiting", "replayed", "", timedelta(0))
PAGE = 500
# The inbox has not forgotten anything yet.
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


async def move_back(
    service: Service, db: Connection, js: JetStream, since: datetime | None, by: By
) -> int:
    """Let a consumer read again from a moment, or from the first event; how much lies before it."""
    heard, count = service.handlers.heard(), 0
    async with db.transaction():
        for lane in await _lanes(service, db, js):
            place, stored = await _place(js, lane["stream"], since)
            if place < lane["position"]:
                await db.execute(SQL.move_back, lane["name"], place, stored)
            subjects = subjects_of(heard, lane["stream"].lower(), list(lane["partitions"]))
            count += await pending(js, lane["stream"], subjects, min(place, lane["position"]))
        after = {"since": since.isoformat() if since else "first"}
        await note(db, by, "replay", service.name, after=after)
    return count


async def _place(js: JetStream, stream: str, since: datetime | None) -> tuple[int, int]:
    """Behind which message to read, and when that was stored."""
    info = await js.stream(stream)
    if info is None:
        raise NotReady(f"stream {stream} does not exist: run `crossdock topology`")
    first = int(info["state"]["first_seq"])
    before = await js.last_before(stream, since) if since else 0
    place = max(before, first - 1, 0)
    there = await js.message(stream, place) if place >= max(first, 1) else None
    return place, there.stored if there else 0


async def give_key(service: Service, db: Connection, js: JetStream, key: str, by: By) -> int:
    """Give a consumer everything of one key that it passed by; how many events were new to it.

    They go among its parked messages, in order, and later ones of the key wait behind them.
    """
    heard, partition, count = service.handlers.heard(), partition_for(key), 0
    async with db.transaction():
        for lane in await _lanes(service, db, js):
            if partition not in lane["partitions"]:
                continue
            subjects = subjects_of(heard, lane["stream"].lower(), [partition])
            fresh = 0
            for message in await _read(js, lane, subjects, key):
                if await db.fetchval(CATCH_UP.take_in, message.id, message.occurred_at) is not None:
                    await park(db, message, REPLAYED, 0)
                    fresh += 1
            if fresh:
                await db.execute(SQL.begin_anew, lane["name"])
            count += fresh
        await note(db, by, "replay", key, after={"events": count})
    return count


async def _lanes(service: Service, db: Connection, js: JetStream) -> list[Any]:
    """The lanes of a service, their rows locked; its inbox knows all that they have handled."""
    lanes = await db.fetch(SQL.lanes_to_move)
    if not lanes:
        raise NotReady(
            f"{service.name} has not run yet: it begins with the first event by itself, "
            f"or with what came since {service.name.upper()}_BEGIN_AT"
        )
    before = await db.fetchval(SQL.forgotten)
    if before > NEVER:
        for stream in {lane["stream"] for lane in lanes}:
            stored = [m for m in await read_stream(js, stream) if m.occurred_at < before]
            facts = [LaneFacts.of(service.name, lane) for lane in lanes if lane["stream"] == stream]
            handled = [m for lane in facts for m in lane.below(stored)]
            times = [m.occurred_at for m in handled]
            await db.execute(SQL.remember, [m.id for m in handled], times)
    return list(lanes)


async def _read(js: JetStream, lane: Any, subjects: list[str], key: str) -> list[Message]:
    """The messages of a key that lie below a lane's position."""
    reader, found, at = Reader(js, lane["stream"], subjects), list[Message](), 0
    await reader.open(0)
    left = reader.pending
    try:
        while left > 0 and at < lane["position"]:
            batch = await reader.take(PAGE, 5.0)
            left -= len(batch)
            found += [m for m in batch if m.key == key and m.sequence <= lane["position"]]
            at = batch[-1].sequence if batch else at
    finally:
        await reader.close()
    return found
