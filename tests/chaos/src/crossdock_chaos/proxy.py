"""A TCP proxy between a service and the broker: passes, slows down, goes silent, cuts."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence

from crossdock_local.ports import HOST

CHUNK = 65_536
SLOW_PAUSE = 0.15
SLOW_CHUNK = 4_096


class Proxy:
    """One listener; `slow` and `cut` concern all its connections, `silence` those open now."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.port = 0
        self.slow = False
        self._server: asyncio.Server | None = None
        self._pairs: dict[asyncio.Task[None], list[asyncio.StreamWriter]] = {}
        self._silent: set[asyncio.Task[None]] = set()

    async def listen(self) -> None:
        """Take a free port and listen."""
        self._server = await asyncio.start_server(self._accept, HOST, 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Stop listening and cut everything."""
        if self._server is not None:
            self._server.close()
        self.cut()
        await asyncio.gather(*self._pairs, return_exceptions=True)

    def cut(self) -> None:
        """Cut all connections, in both directions, without a word."""
        for writers in self._pairs.values():
            for writer in writers:
                writer.transport.abort()

    def silence(self) -> None:
        """What is open now stays open, but nothing passes any more; new connections work."""
        self._silent |= set(self._pairs)

    def heal(self) -> None:
        """Pass everything again; connections that went silent have lost bytes and are cut."""
        self.slow = False
        for pair in self._silent & set(self._pairs):
            for writer in self._pairs[pair]:
                writer.transport.abort()
        self._silent.clear()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        pair = asyncio.current_task()
        assert pair is not None, "a connection is accepted by a task"
        self._pairs[pair] = [writer]
        try:
            to_reader, to_writer = await asyncio.open_connection(HOST, self.target)
            self._pairs[pair].append(to_writer)
            ways = (self._pass(pair, reader, to_writer), self._pass(pair, to_reader, writer))
            running = [asyncio.create_task(way) for way in ways]
            await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for way in running:
                way.cancel()
            await asyncio.gather(*running, return_exceptions=True)
        except OSError:
            pass  # the broker is away: the client sees its connection closed
        finally:
            for end in self._pairs.pop(pair):
                end.transport.abort()
            self._silent.discard(pair)

    async def _pass(
        self, pair: asyncio.Task[None], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            while chunk := await reader.read(SLOW_CHUNK if self.slow else CHUNK):
                if self.slow:
                    await asyncio.sleep(SLOW_PAUSE)
                if pair in self._silent:
                    continue
                writer.write(chunk)
                await writer.drain()
        except OSError:
            return


class Proxies:
    """One proxy for each service, in a thread of their own: no other work may slow them."""

    def __init__(self, names: Sequence[str], target: int) -> None:
        self._proxies = {name: Proxy(target) for name in names}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxies", daemon=True)

    def start(self) -> None:
        """Listen; `port` answers from here on."""
        self._thread.start()
        for proxy in self._proxies.values():
            asyncio.run_coroutine_threadsafe(proxy.listen(), self._loop).result(10)

    def stop(self) -> None:
        """Cut everything and end the thread."""
        for proxy in self._proxies.values():
            asyncio.run_coroutine_threadsafe(proxy.close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def url(self, name: str) -> str:
        """Where a service finds the broker."""
        return f"nats://{HOST}:{self._proxies[name].port}"

    def tell(self, names: Sequence[str], what: Callable[[Proxy], None]) -> None:
        """Do something to the proxies of some services, in their thread; all without names."""
        for name in names or self._proxies:
            self._loop.call_soon_threadsafe(what, self._proxies[name])


def slow_down(proxy: Proxy) -> None:
    """Let bytes trickle."""
    proxy.slow = True
