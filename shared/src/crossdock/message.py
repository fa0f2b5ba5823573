"""A message as it came off a stream: headers, bytes, and where it stood."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import unquote
from uuid import UUID

import msgspec

from .ids import derived_id, read_id
from .telemetry import TRACEPARENT


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """One stored event with its CloudEvents attributes; `body` is the JSON as it was sent."""

    id: UUID
    type: str
    source: str
    key: str
    occurred_at: datetime
    correlation_id: UUID
    causation_id: UUID | None
    traceparent: str
    tracestate: str
    body: bytes
    stream: str
    sequence: int
    subject: str
    stored: int = 0  # when the stream stored it, in nanoseconds since 1970; 0 where unknown

    @property
    def partition(self) -> int:
        """The partition number the stream gave this key, from the stored subject."""
        return partition_of(self.subject)


def partition_of(subject: str) -> int:
    """The last token of a stored subject: `shipments.shipped.v1.7` is in partition 7."""
    return int(subject.rpartition(".")[2])


class Place(NamedTuple):
    """Where a delivered message stood: its consumer, both sequences, how many come behind, when."""

    consumer: str
    sequence: int
    nth: int
    pending: int
    stored: int


def place_of(reply: str) -> Place:
    """Read $JS.ACK.<stream>.<consumer>.<delivered>.<stream seq>.<consumer seq>.<time>.<pending>.

    Newer servers put domain and account before the stream, and a token behind.
    """
    tokens = reply.split(".")
    consumer = 3 if len(tokens) == 9 else 5
    return Place(
        tokens[consumer],
        int(tokens[consumer + 2]),
        int(tokens[consumer + 3]),
        int(tokens[consumer + 5]),
        int(tokens[consumer + 4]),
    )


def storable(text: str) -> str:
    """Text that every store takes: no NUL, no half of a surrogate pair, whatever was sent."""
    if text.isascii() and "\x00" not in text:
        return text
    return text.encode("utf-8", "replace").decode().replace("\x00", "\ufffd")


def read_message(
    stream: str,
    sequence: int,
    subject: str,
    headers: dict[str, str] | None,
    body: bytes,
    stored: int = 0,
) -> Message:
    """Read headers leniently: what a foreign publisher left out is derived, never refused.

    A message without a usable id gets one from its place in the stream, a message without a key
    gets a key of its own, so that it holds back nobody else.
    """
    given = headers or {}
    raw_id = given.get("ce-id") or given.get("Nats-Msg-Id") or ""
    message_id = read_id(raw_id) or derived_id(stream, sequence, raw_id)
    return Message(
        id=message_id,
        type=storable(given.get("ce-type") or subject.rpartition(".")[0]),
        source=storable(given.get("ce-source", "")),
        key=storable(unquote(given.get("ce-subject") or f"?{stream}-{sequence}")),
        occurred_at=_instant(given.get("ce-time", "")),
        correlation_id=read_id(given.get("correlation_id", "")) or message_id,
        causation_id=read_id(given.get("causation_id", "")),
        traceparent=_traceparent(given.get("traceparent", ""), message_id),
        tracestate=storable(given.get("tracestate", "")),
        body=body,
        stream=stream,
        sequence=sequence,
        subject=subject,
        stored=stored,
    )


def _traceparent(text: str, message_id: UUID) -> str:
    """An absent or broken trace is made of the id: whatever this message causes is one trace."""
    if TRACEPARENT.fullmatch(text):
        return text
    return f"00-{message_id.hex}-{message_id.hex[:16]}-01"


def _instant(text: str) -> datetime:
    """An absent or broken time is 1970: the inbox needs the same value for the same message."""
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return datetime.fromtimestamp(0, UTC)
