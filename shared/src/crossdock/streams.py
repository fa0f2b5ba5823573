"""A whole stream as it is now: the headers of its messages, read once from end to end."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from .broker import JetStream
from .errors import NotReady
from .message import partition_of, place_of, read_message
from .topology import streams as all_streams


class Stored(NamedTuple):
    """A message as a stream holds it, without its body."""

    stream: str
    sequence: int
    verb: str
    partition: int
    id: UUID
    key: str
    source: str
    occurred_at: datetime


async def read_streams(js: JetStream) -> dict[str, list[Stored]]:
    """The headers of every stored message, by stream, up to what is there now."""
    names = all_streams()
    found = await asyncio.gather(*(read_stream(js, name) for name in names))
    return dict(zip(names, found, strict=True))


async def read_stream(js: JetStream, stream: str) -> list[Stored]:
    """The headers of every message that a stream holds now, in order."""
    info = await js.stream(stream)
    if info is None or info["state"]["messages"] == 0:
        return []
    last, found, done = info["state"]["last_seq"], [], asyncio.Event()

    async def receive(raw: Any) -> None:
        if raw.headers and "Status" in raw.headers:
            if raw.reply:
                await js.client.publish(raw.reply)
            return
        place = place_of(raw.reply)
        found.append(_stored(stream, place.sequence, raw))
        # The message with the last number may be deleted: then what is pending says when to end.
        if place.sequence >= last or place.pending == 0:
            done.set()

    inbox = js.client.new_inbox()
    subscription = await js.client.subscribe(inbox, cb=receive)
    config = {
        "deliver_subject": inbox,
        "deliver_policy": "all",
        "ack_policy": "none",
        "headers_only": True,
        "mem_storage": True,
        "num_replicas": 1,
        "flow_control": True,
        "idle_heartbeat": 5_000_000_000,
    }
    await js.api(f"CONSUMER.CREATE.{stream}", {"stream_name": stream, "config": config})
    try:
        async with asyncio.timeout(120):
            await done.wait()
    except TimeoutError:
        raise NotReady(
            f"stream {stream} sent {len(found)} of {last} messages in two minutes"
        ) from None
    finally:
        await subscription.unsubscribe()
    return found


def _stored(stream: str, sequence: int, raw: Any) -> Stored:
    message = read_message(stream, sequence, raw.subject, raw.headers, b"")
    verb = raw.subject.split(".")[1]
    return Stored(
        stream,
        sequence,
        verb,
        partition_of(raw.subject),
        message.id,
        message.key,
        message.source,
        message.occurred_at,
    )
