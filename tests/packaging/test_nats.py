"""The permissions of users.conf: a service says its own nouns, and reads what its handlers name."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import nats
import pytest
from crossdock_packaging.project import ROOT, SERVICES
from crossdock_packaging.running import Nats
from nats.aio.client import Client
from typer.testing import CliRunner

from crossdock import Service
from crossdock.cli.app import build
from crossdock.leases import alarm
from crossdock.permissions import asked, heard, needed
from crossdock.topology import streams as all_streams
from crossdock_contracts import Question, catalogue

NOUNS = {literal.split(".")[0] for literal in catalogue()} - {"exceptions"}


@asynccontextmanager
async def connected(streams: Nats, name: str) -> AsyncIterator[tuple[Client, list[str]]]:
    """A client with a service's credentials, and what the server refused it."""
    refused: list[str] = []

    async def hear(error: Exception) -> None:
        refused.append(str(error).lower())

    client = await nats.connect(
        streams.url,
        nkeys_seed_str=streams.seeds[name],
        inbox_prefix=f"_INBOX.{name}",
        error_cb=hear,
    )
    try:
        yield client, refused
    finally:
        await client.close()


async def told(refused: list[str], count: int) -> None:
    """Refusals come on their own, after what they refuse; the last of them is waited for."""
    async with asyncio.timeout(30):
        while len(refused) < count:
            await asyncio.sleep(0.01)


def among(subjects: list[str], refused: list[str]) -> list[str]:
    """Those of some subjects that were refused."""
    return [subject for subject in subjects if any(f'"{subject.lower()}"' in r for r in refused)]


def test_the_users_are_those_that_the_services_declare() -> None:
    """Whoever changes what a service owns, hears or asks commits what it may do then."""
    arguments = ["permissions", "--check", "--out", str(ROOT / "infra/nats/users.conf")]
    result = CliRunner().invoke(build(), arguments)
    assert result.exit_code == 0, f"{result.output}\nrun `make contracts`"


@pytest.mark.parametrize("name", SERVICES)
async def test_a_service_publishes_its_own_nouns_only(
    name: str, streams: Nats, services: dict[str, Service]
) -> None:
    """The server refuses every other noun, and to have streams made or removed."""
    changes = [f"$JS.API.STREAM.{verb}.ORDERS" for verb in ("DELETE", "PURGE", "UPDATE")]
    others = [f"{noun}.tried.v0.key" for noun in sorted(NOUNS.difference(services[name].owns))]
    async with connected(streams, name) as (client, refused):
        for subject in (*others, *changes, "exceptions.raised.v0.key"):
            await client.publish(subject)
        for noun in services[name].owns:
            await client.publish(f"{noun}.tried.v0.key")
        await client.flush()
        await told(refused, len(others) + len(changes))
        assert among([*others, *changes], refused) == [*others, *changes]
        assert len(refused) == len(others) + len(changes)


async def test_a_service_wakes_its_own_replicas_and_nobody_elses(streams: Nats) -> None:
    """What one replica has said, the one with the relay hears at once; without, seconds later."""
    mine, another = alarm("invoicing"), alarm("returns")
    async with (
        connected(streams, "invoicing") as (client, refused),
        connected(streams, "invoicing") as (replica, _),
    ):
        woken = await replica.subscribe(mine)
        await replica.flush()
        for subject in (another, mine):
            await client.publish(subject, b"relay")
        assert (await woken.next_msg(timeout=30)).data == b"relay"
        await told(refused, 1)
        assert among([mine, another], refused) == [another]


@pytest.mark.parametrize("name", SERVICES)
async def test_a_service_reads_only_the_streams_that_its_handlers_name(
    name: str, streams: Nats, services: dict[str, Service]
) -> None:
    """Neither by a consumer, nor one message, nor by listening to what others say or are told."""
    unlisted = sorted(set(all_streams()).difference(needed(services[name])))
    requests = [
        f"$JS.API.{request}"
        for stream in unlisted
        for request in (
            f"CONSUMER.CREATE.{stream}.mine",
            f"CONSUMER.CREATE.{stream}",
            f"CONSUMER.MSG.NEXT.{stream}.another",
            f"STREAM.MSG.GET.{stream}",
            f"DIRECT.GET.{stream}",
        )
    ]
    subscriptions = [">", "orders.>", "_inbox.>", "$js.>", "_inbox.somebody.>"]
    async with connected(streams, name) as (client, refused):
        for subject in requests:
            await client.publish(subject, b"{}")
        for subject in subscriptions:
            await client.subscribe(subject.replace("_inbox", "_INBOX").replace("$js", "$JS"))
        await client.flush()
        await told(refused, len(requests) + len(subscriptions))
        assert among([*requests, *subscriptions], refused) == [*requests, *subscriptions]


@pytest.mark.parametrize("name", SERVICES)
async def test_a_service_deletes_nobodys_consumer_and_learns_no_names(
    name: str, streams: Nats, services: dict[str, Service]
) -> None:
    """Neither on a stream that it reads: a consumer is its maker's, since nobody else knows it."""
    [stream, *_] = heard(services[name])
    wanted = [
        f"$JS.API.CONSUMER.{request}"
        for request in (
            f"DELETE.{stream}.another",
            f"NAMES.{stream}",
            f"LIST.{stream}",
            f"INFO.{stream}.another",
        )
    ]
    async with connected(streams, name) as (client, refused):
        for subject in wanted:
            await client.publish(subject, b"{}")
        await client.flush()
        await told(refused, len(wanted))
        assert among(wanted, refused) == wanted


def test_who_asks_and_who_answers_is_known(services: dict[str, Service]) -> None:
    """A service that uses a question asks it; the one that has an answer for it does not."""
    asking = {name: asked(service) for name, service in services.items()}
    answering: set[type[Question[Any]]] = {
        q for s in services.values() for q in s.handlers.questions
    }
    assert {name for name, questions in asking.items() if questions} == {"order_intake"}
    assert asking["order_intake"] <= answering


def test_nobody_comes_in_without_a_key(streams: Nats) -> None:
    """A client that names no user is turned away."""
    # The client library leaves its socket open when it is refused: a socket of our own does not.
    with socket.create_connection(("127.0.0.1", streams.port), timeout=5) as link:
        lines = link.makefile("rb")
        assert lines.readline().startswith(b"INFO ")
        link.sendall(b'CONNECT {"verbose":false}\r\nPING\r\n')
        assert lines.readline().strip() == b"-ERR 'Authorization Violation'"
        lines.close()
