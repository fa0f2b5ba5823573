"""The permissions of nats.conf: only the owner of a noun publishes it."""

import asyncio
import socket

import nats
import pytest
from crossdock_packaging.project import SERVICES
from crossdock_packaging.running import Nats

from crossdock import Service
from crossdock_contracts import catalogue


@pytest.mark.parametrize("name", SERVICES)
async def test_a_service_publishes_its_own_nouns_only(
    name: str, streams: Nats, services: dict[str, Service]
) -> None:
    """The server refuses every other noun, and to have streams made or removed."""
    refused: list[str] = []

    async def hear(error: Exception) -> None:
        refused.append(str(error).lower())

    client = await nats.connect(streams.url(name), error_cb=hear)
    nouns = {literal.split(".")[0] for literal in catalogue()}
    try:
        for noun in nouns - {"exceptions"}:
            await client.publish(f"{noun}.tried.v0.key")
        await client.publish("exceptions.raised.v0.key")
        for request in ("STREAM.DELETE.ORDERS", "STREAM.PURGE.ORDERS", "STREAM.UPDATE.ORDERS"):
            await client.publish(f"$JS.API.{request}")
        await client.flush()
        # Refusals come on their own, after what they refuse; the last of them is waited for.
        expected = len(nouns - {*services[name].owns, "exceptions"}) + 3
        async with asyncio.timeout(5):
            while len(refused) < expected:
                await asyncio.sleep(0.01)
    finally:
        await client.close()
    allowed = {noun for noun in nouns if not any(f'"{noun}.' in text for text in refused)}
    assert allowed == {*services[name].owns, "exceptions"}
    assert sum('"$js.api.stream' in text for text in refused) == 3


def test_nobody_comes_in_without_a_password(streams: Nats) -> None:
    """A client that names no user is turned away."""
    # The client library leaves its socket open when it is refused: a socket of our own does not.
    with socket.create_connection(("127.0.0.1", streams.port), timeout=5) as link:
        lines = link.makefile("rb")
        assert lines.readline().startswith(b"INFO ")
        link.sendall(b'CONNECT {"verbose":false}\r\nPING\r\n')
        assert lines.readline().strip() == b"-ERR 'Authorization Violation'"
        lines.close()
