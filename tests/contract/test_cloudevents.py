"""The headers on the wire are CloudEvents 1.0, as the SDK of CloudEvents reads them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from email.parser import BytesHeaderParser
from typing import Any
from uuid import UUID

import msgspec
import pytest
from cloudevents.core.bindings.http import HTTPMessage, from_binary_event
from cloudevents.core.exceptions import BaseCloudEventException
from cloudevents.core.v1.event import CloudEvent

from crossdock.message import read_message
from crossdock.outbox import headers_of
from crossdock_contracts import catalogue
from crossdock_contracts.owners import ANYBODY, OWNERS
from crossdock_contracts.shipped import examples

ID, NOON = UUID(int=7), datetime(2026, 3, 2, 12, tzinfo=UTC)
BODIES = [(literal, body) for literal in catalogue() for _, body in examples(literal)[:1]]


def source_of(literal: str) -> str:
    """The service that says it; of what everybody may say, one of them."""
    owner = OWNERS[literal.partition(".")[0]]
    return "returns" if owner == ANYBODY else owner


def headers(literal: str, body: bytes, **changed: Any) -> dict[str, str]:
    """The headers that the relay writes before a body, read as a header is."""
    row = {
        "event_id": ID,
        "type": literal,
        "key": msgspec.json.decode(body, type=catalogue()[literal]).key,
        "occurred_at": NOON,
        "correlation_id": ID,
        "causation_id": ID,
        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "tracestate": "a=b",
        **changed,
    }
    version, _, rest = headers_of(row, source_of(literal)).partition(b"\r\n")
    assert version == b"NATS/1.0"
    return dict(BytesHeaderParser().parsebytes(rest).items())


@pytest.mark.parametrize(("literal", "body"), BODIES, ids=[literal for literal, _ in BODIES])
def test_the_sdk_reads_every_event(literal: str, body: bytes) -> None:
    """Binary mode: attributes in `ce-` headers, the type of the body in content-type."""
    read = from_binary_event(HTTPMessage(headers=headers(literal, body), body=body))
    assert isinstance(read, CloudEvent)
    assert (read.get_specversion(), read.get_id()) == ("1.0", str(ID))
    assert (read.get_type(), read.get_time()) == (literal, NOON)
    assert read.get_source() == source_of(literal)
    assert read.get_subject() == msgspec.json.decode(body, type=catalogue()[literal]).key
    assert read.get_datacontenttype() == "application/json"
    assert read.get_data() == json.loads(body)


@pytest.mark.parametrize("missing", ["ce-id", "ce-source", "ce-type", "ce-subject"])
def test_the_sdk_would_find_what_is_wrong(missing: str) -> None:
    """An attribute that is empty or away is refused, so the test above says something."""
    literal, body = BODIES[0]
    given = headers(literal, body)
    given[missing] = ""
    with pytest.raises(BaseCloudEventException):
        from_binary_event(HTTPMessage(headers=given, body=body))


@pytest.mark.parametrize("key", ["50% Größe", 'a "b"', "%41", "two\nlines", "ORD-1"])
def test_a_key_of_any_text_is_the_same_to_the_sdk_and_to_us(key: str) -> None:
    """It is percent-encoded in its header, so that every reader gets the key that was meant."""
    literal, body = next((each, b) for each, b in BODIES if each == "orders.placed.v1")
    told = headers(literal, body, key=key)
    assert told["ce-subject"].isascii()
    assert read_message("ORDERS", 1, literal, told, body).key == key
    assert from_binary_event(HTTPMessage(headers=told, body=body)).get_subject() == key
