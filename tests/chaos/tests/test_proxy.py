"""The proxy passes, cuts, slows down and goes silent, and heals."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from crossdock_chaos.proxy import Proxy, slow_down


@pytest.fixture
async def proxy() -> AsyncIterator[Proxy]:
    """A proxy before a server that says everything back."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while chunk := await reader.read(1000):
            writer.write(chunk)
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    found = Proxy(server.sockets[0].getsockname()[1])
    await found.listen()
    yield found
    await found.close()
    server.close()


async def say(proxy: Proxy) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection over which something was said and heard."""
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    writer.write(b"hello")
    assert await reader.readexactly(5) == b"hello"
    return reader, writer


async def test_what_is_cut_is_gone_and_a_new_connection_works(proxy):
    """A cut ends every connection, and the next one passes."""
    reader, writer = await say(proxy)
    proxy.cut()
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await reader.readexactly(1)
    writer.close()
    _, other = await say(proxy)
    other.close()


async def test_a_half_open_connection_says_nothing_until_it_is_healed(proxy):
    """It stays open, nothing comes, new ones work; healed, it is cut: bytes are missing."""
    reader, writer = await say(proxy)
    proxy.silence()
    writer.write(b"anybody?")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(reader.read(1), 0.2)
    _, other = await say(proxy)
    proxy.heal()
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await reader.readexactly(1)
    writer.close()
    other.close()


async def test_a_slow_connection_still_brings_everything(proxy):
    """Bytes trickle, and none is lost."""
    reader, writer = await say(proxy)
    slow_down(proxy)
    writer.write(bytes(20_000))
    assert await asyncio.wait_for(reader.readexactly(20_000), 10) == bytes(20_000)
    writer.close()
