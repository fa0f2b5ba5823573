"""What is done to the broker's streams: copies and poison put in, room taken away."""

from __future__ import annotations

import asyncio
import random
from typing import Any, NamedTuple

import msgspec

from crossdock.broker import JetStream
from crossdock.ids import new_id
from crossdock.reach import jetstream
from crossdock.streams import Stored, read_streams
from crossdock.topology import streams
from crossdock_contracts import subject_token

from .book import Book, Poisoned

# Verbs that several services hear, and what they cannot read.
POISONED = ("orders.accepted", "shipments.shipped", "inventory.reserved", "invoices.issued")
BODIES = (b"", b"{", b"\xff\xfe\x00poison", b"[1,2,3]", b'{"order_id":42}')
TAKES_LONG = 10
BETWEEN = 0.02


class Followed(NamedTuple):
    """An unreadable message's kind and key, and a good message of that kind."""

    kind: str
    key: str
    model: dict[str, Any]


class Roomy(msgspec.Struct, frozen=True):
    """A stream's configuration while it has room."""

    name: str
    config: dict[str, Any]


async def publish_copies(url: str, book: Book, dice: random.Random, count: int) -> int:
    """Publish stored messages again: the same ce-id, another Nats-Msg-Id."""
    done = 0
    async with jetstream(url) as js:
        for stream in dice.choices(await _filled(js), k=count):
            last = (await _info(js, stream))["state"]["last_seq"]
            found = await _read(js, stream, dice.randint(1, last))
            event_id = found["headers"]["ce-id"]
            if event_id in book.poison:
                continue
            # Noted before it is sent: a lost ack must not make an unexplained copy.
            book.copies[event_id] = book.copies.get(event_id, 0) + 1
            await _send(js, found, {**found["headers"], "Nats-Msg-Id": f"again-{new_id()}"})
            done += 1
    return done


async def publish_unreadable(
    url: str, book: Book, dice: random.Random, count: int
) -> list[Followed]:
    """Messages nobody can read, each of a key of its own; what is to be published behind them."""
    followed = []
    async with jetstream(url) as js:
        for kind in dice.choices(POISONED, k=count):
            model = await _sample(js, kind)
            if model is not None:
                key = f"POISON-{new_id().hex[-12:]}"
                followed.append(Followed(kind, key, model))
                message = {**model, "data": dice.choice(BODIES)}
                await _poison(js, book, kind, message, key, "dead")
    return followed


async def publish_behind(url: str, book: Book, followed: list[Followed]) -> int:
    """Good messages, one behind each of the unreadable ones: only their keys hold them back."""
    async with jetstream(url) as js:
        for kind, key, model in followed:
            await _poison(js, book, kind, model, key, "behind")
            await asyncio.sleep(BETWEEN)
    return len(followed)


async def _poison(
    js: JetStream, book: Book, kind: str, message: dict[str, Any], key: str, state: str
) -> None:
    headers = _strange(message["headers"], key)
    noun, _, verb = kind.partition(".")
    # Noted before it is sent: an ack may be lost.
    book.poison[headers["ce-id"]] = Poisoned(noun.upper(), verb, key, state)
    await _send(js, message, headers)


def _strange(headers: dict[str, str], key: str) -> dict[str, str]:
    """Headers of a real event, as a publisher that is none of ours would send them."""
    event_id = str(new_id())
    return {
        **headers,
        "ce-id": event_id,
        "Nats-Msg-Id": event_id,
        "ce-source": "nobody",
        "ce-subject": key,
        "correlation_id": event_id,
        "traceparent": f"00-{new_id().hex}-{new_id().hex[:16]}-01",
    }


async def read_room(url: str) -> list[Roomy]:
    """What every stream is like now."""
    async with jetstream(url) as js:
        return [Roomy(name, (await _info(js, name))["config"]) for name in streams()]


async def take_room(url: str, before: list[Roomy]) -> None:
    """Let the streams refuse everything new, as a full store does."""
    async with jetstream(url) as js:
        for stream in before:
            there = (await _info(js, stream.name))["state"]["bytes"]
            full = {**stream.config, "max_bytes": max(1, there), "discard": "new"}
            await js.api(f"STREAM.UPDATE.{stream.name}", full, timeout=TAKES_LONG)


async def give_room(url: str, before: list[Roomy]) -> None:
    """Make the streams what they were."""
    async with jetstream(url) as js:
        for stream in before:
            await js.api(f"STREAM.UPDATE.{stream.name}", stream.config, timeout=TAKES_LONG)


async def last_sequences(url: str) -> dict[str, int]:
    """How far each stream has come."""
    async with jetstream(url) as js:
        return {name: (await _info(js, name))["state"]["last_seq"] for name in streams()}


async def stored_messages(url: str) -> list[Stored]:
    """The headers of everything in the streams."""
    async with jetstream(url) as js:
        return [m for found in (await read_streams(js)).values() for m in found]


async def _filled(js: JetStream) -> list[str]:
    """Streams that hold something, the busy ones more often."""
    found = []
    for name in streams():
        if (await _info(js, name))["state"]["messages"]:
            found += [name] * (1 if name in {"CATALOG", "CASES", "EXCEPTIONS"} else 4)
    return found


async def _info(js: JetStream, stream: str) -> dict[str, Any]:
    info = await js.stream(stream)
    assert info is not None, f"stream {stream} is there: the topology was laid"
    return info


async def _sample(js: JetStream, kind: str) -> dict[str, Any] | None:
    """A stored message of a kind."""
    noun, _, verb = kind.partition(".")
    stream = noun.upper()
    info = await js.api(f"STREAM.INFO.{stream}", {"subjects_filter": f"{noun}.{verb}.*.*"})
    subjects = sorted(info["state"].get("subjects") or {})
    if not subjects:
        return None
    return await _get(js, stream, {"last_by_subj": subjects[0]})


async def _read(js: JetStream, stream: str, sequence: int) -> dict[str, Any]:
    return await _get(js, stream, {"seq": sequence})


async def _get(js: JetStream, stream: str, which: dict[str, Any]) -> dict[str, Any]:
    """A stored message by `$JS.API.DIRECT.GET`: its subject, headers and bytes."""
    request = msgspec.json.encode(which)
    reply = await js.client.request(f"$JS.API.DIRECT.GET.{stream}", request, timeout=5)
    headers = dict(reply.headers or {})
    ours = {k: v for k, v in headers.items() if not k.startswith("Nats-") or k == "Nats-Msg-Id"}
    return {"subject": headers["Nats-Subject"], "headers": ours, "data": reply.data}


async def _send(js: JetStream, message: dict[str, Any], headers: dict[str, str]) -> int:
    """Publish under the subject a publisher uses; the sequence it got."""
    subject = f"{headers['ce-type']}.{subject_token(headers['ce-subject'])}"
    reply = await js.client.request(subject, message["data"], timeout=5, headers=headers)
    ack: dict[str, Any] = msgspec.json.decode(reply.data)
    if "error" in ack:
        raise ConnectionError(f"{subject}: {ack['error']}")
    return int(ack["seq"])
