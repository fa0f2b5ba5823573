"""Poison on every stream: dead where it was heard, told to people, and nobody else is held up."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import nkeys
import pytest
from hands import Hands, envelope

from crossdock.reach import load_service, service_names
from crossdock_contracts import catalogue

pytestmark = pytest.mark.mesh

NUL, DEEP = "\x00", 50_000
HEARD = {
    f"{noun}.{verb}": [
        name
        for name in service_names()
        if load_service(name).handlers.heard().get(noun, set()) & {verb} or name == "control_tower"
    ]
    for noun, verb in (literal.split(".")[:2] for literal in catalogue())
}


@pytest.fixture(autouse=True)
async def discarded(hands: Hands) -> AsyncIterator[None]:
    """After the test a person discards what is dead or parked, and the mesh is quiet again."""
    yield
    await at_rest(hands)
    for state in ("dead", "parked"):
        said = await hands.crossdock(state, "discard", "--all", "--reason", "poison", "--by", "me")
        assert said.code == 0, said.err
    await hands.quiet()
    assert await hands.audited() == {}


async def at_rest(hands: Hands) -> None:
    """Return when every stream was read to its end and every outbox is published."""
    from crossdock import audit

    async def read() -> bool:
        async with audit.open_stores(hands.services) as stores:
            texts = {t for texts in (await audit.in_flight(stores)).values() for t in texts}
        return not any(" above lane " in t or " in the outbox of " in t for t in texts)

    await hands.until("streams read to their ends", read)


async def kept(hands: Hands) -> list[tuple[str, str, str]]:
    """What is parked or dead: service, key and state."""
    found = []
    for service in hands.services:
        rows = await hands.sql(service, "select key, state from crossdock.parked")
        found += [(service, row["key"], row["state"]) for row in rows]
    return found


async def test_bytes_that_are_no_event_die_where_they_were_heard(hands: Hands) -> None:
    """On every subject that somebody hears: dead at once, with a case that has the place."""
    published = {}
    for subject in HEARD:
        key = f"POISON-{uuid4()}"
        headers = envelope(f"{subject}.v1", key)
        published[key] = subject, await hands.publish(f"{subject}.v1.{key}", b"\xff\x00{", headers)
    order = await hands.order(("SAF-GLS-CLR", 1))
    await hands.completed(order)
    await at_rest(hands)
    found = await kept(hands)
    expected = {(s, key, "dead") for key, (subject, _) in published.items() for s in HEARD[subject]}
    assert expected == set(found)
    cases = await hands.cases("undecodable")
    places = {
        (
            c["exception"]["service"],
            c["exception"]["context"]["stream"],
            c["exception"]["context"]["sequence"],
        )
        for c in cases
    }
    for key, (subject, sequence) in published.items():
        for service in HEARD[subject]:
            assert (service, subject.split(".")[0].upper(), str(sequence)) in places, key
    said = await hands.crossdock("audit", "--json")
    assert (said.code, said.json["violations"]) == (0, 0)
    assert said.json["in_flight"] >= len(expected)


def odd_messages() -> dict[str, tuple[str, bytes, dict[str, str] | None]]:
    """Messages that are wrong in other ways, each on a subject that several services hear."""
    literal = "orders.accepted.v1"
    fields = {"type": literal, "order_id": "ORD-1"}
    keys = (f"POISON-{uuid4()}" for _ in itertools.count())

    def named(literal: str, key: str = "", **headers: str) -> dict[str, str]:
        return envelope(literal, key or next(keys), **headers)

    return {
        "wrong types": (literal, json.dumps({**fields, "lines": 7}).encode(), named(literal)),
        "no headers": (literal, b"{}", None),
        "no JSON object": (literal, b"[1, 2]", named(literal)),
        "another type": (literal, b"{}", named("invoices.issued.v1")),
        "no type at all": (literal, b"{}", named("nonsense")),
        "deep": (literal, b'{"a":' * DEEP, named(literal)),
        "deep field": (
            literal,
            b'{"order_id":' + b"[" * DEEP + b"]" * DEEP + b"}",
            named(literal),
        ),
        "NUL in the key": (literal, b"{}", named(literal, f"POISON{NUL}")),
        "a time before time": (
            literal,
            b"{}",
            named(literal, **{"ce-time": "0001-01-01T00:00:00+14:00"}),
        ),
        "ids that are none": (
            literal,
            b"{}",
            named(literal, **{"ce-id": "7", "correlation_id": "8", "causation_id": "9"}),
        ),
        "a trace that is none": (literal, b"{}", named(literal, traceparent="00-" + "z" * 49)),
        "long": (literal, b'"' + b"x" * 900_000 + b'"', named(literal)),
        "a long key": (literal, b"{}", named(literal, "K" * 60_000)),
        "a verb nobody knows": ("orders.enjoyed.v1", b"{}", named("orders.enjoyed.v1")),
    }


async def test_odd_messages_stop_nobody(hands: Hands) -> None:
    """Each is dead in each service that heard it, people are told, and orders go on at once."""
    sequences = {}
    for what, (literal, body, headers) in odd_messages().items():
        sequences[await hands.publish(f"{literal}.POISON", body, headers)] = what
    order = await hands.order(("SAF-GLS-CLR", 1))
    async with asyncio.timeout(60):
        await hands.completed(order)
    await at_rest(hands)
    found: dict[str, set[tuple[str, str]]] = {what: set() for what in sequences.values()}
    for service in hands.services:
        rows = await hands.sql(service, "select stream, sequence, state from crossdock.parked")
        for row in rows:
            assert row["stream"] == "ORDERS"
            found[sequences[row["sequence"]]].add((service, row["state"]))
    dead = {(service, "dead") for service in HEARD["orders.accepted"]}
    alone = {("control_tower", "dead")}
    assert found == {
        what: alone if what == "a verb nobody knows" else dead for what in sequences.values()
    }
    assert await hands.audited() == {}


async def test_a_later_version_waits_for_the_upgrade(hands: Hands) -> None:
    """A version that nobody knows yet is parked, not dead; later events of its key wait behind."""
    key = f"ORD-{uuid4().int % 10**9}"
    literal = "orders.completed.v99"
    await hands.publish(f"{literal}.{key}", b"{}", envelope(literal, key))
    literal = "orders.completed.v1"
    await hands.publish(f"{literal}.{key}", b"{}", envelope(literal, key))
    await hands.completed(await hands.order(("SAF-GLS-CLR", 1)))
    await at_rest(hands)
    found = await kept(hands)
    for service in HEARD["orders.completed"]:
        assert [state for name, k, state in found if (name, k) == (service, key)] == [
            "waiting",
            "behind",
        ]
    parked = await hands.crossdock("parked", "--json")
    assert {row["reason"] for row in parked.json} == {"too_new", ""}
    assert await hands.audited() == {}


async def test_a_text_that_no_store_takes_holds_back_its_key_alone(hands: Hands) -> None:
    """A NUL inside an event of the catalog: parked where it is stored, others go on."""
    [row] = await hands.sql(
        "erp_bridge",
        "select body from crossdock.outbox where type = 'catalog.item_changed.v1' limit 1",
    )
    event: dict[str, Any] = {**json.loads(row["body"]), "sku": "POISON", "description": f"a{NUL}b"}
    literal = "catalog.item_changed.v1"
    body = json.dumps(event).encode()
    await hands.publish(f"{literal}.POISON", body, envelope(literal, "POISON"))
    await hands.completed(await hands.order(("SAF-GLS-CLR", 1)))
    await at_rest(hands)
    found = await kept(hands)
    assert ("order_intake", "POISON", "waiting") in found
    assert {key for _, key, _ in found} == {"POISON"}
    assert await hands.audited() == {}


async def test_a_subject_that_is_no_text_stops_nobody(hands: Hands) -> None:
    """The broker takes subjects that are no UTF-8; whoever hears everything must live with them."""
    await publish_raw(hands, b"PUB orders.\xff\xfe.v1.POISON 2\r\n{}")
    await hands.completed(await hands.order(("SAF-GLS-CLR", 1)))
    await at_rest(hands)
    assert await hands.audited() == {}


async def test_headers_that_are_no_text_stop_nobody(hands: Hands) -> None:
    """The broker takes any bytes in headers; the message is dead, and its key can be stored."""
    key = b"POISON-\xff\xe9\x00"
    head = b"NATS/1.0\r\nce-subject: " + key + b"\r\nce-type: \xff\r\n\r\n"
    sizes = b"%d %d" % (len(head), len(head) + 2)
    await publish_raw(hands, b"HPUB orders.accepted.v1.POISON " + sizes + b"\r\n" + head + b"{}")
    await hands.completed(await hands.order(("SAF-GLS-CLR", 1)))
    await at_rest(hands)
    found = await kept(hands)
    assert sorted(service for service, _, _ in found) == sorted(HEARD["orders.accepted"])
    assert {state for _, _, state in found} == {"dead"}
    assert await hands.audited() == {}


async def publish_raw(hands: Hands, command: bytes) -> None:
    """Speak to the broker without a client, and return when it has taken the command."""
    host, port = hands.nats_url.removeprefix("nats://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    info = json.loads((await reader.readline()).removeprefix(b"INFO "))
    key = nkeys.from_seed(bytearray(hands.environment["CROSSDOCK_NATS_SEED"].encode()))
    signature = base64.urlsafe_b64encode(key.sign(info["nonce"].encode())).rstrip(b"=").decode()
    greeting = {"verbose": False, "headers": True, "nkey": key.public_key.decode()}
    connect = f"CONNECT {json.dumps(greeting | {'sig': signature})}\r\n".encode()
    writer.write(connect + command + b"\r\nPING\r\n")
    await writer.drain()
    while (line := (await reader.readline()).strip()) != b"PONG":
        assert line not in {b"", b"-ERR"}, "closed"
        assert not line.startswith(b"-ERR"), line
    writer.close()
    await writer.wait_closed()
