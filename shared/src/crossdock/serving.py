"""The HTTP server of a service: its socket, and uvicorn without a will of its own."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import Any

import uvicorn

from .errors import NotReady


def listen(host: str, port: int, name: str) -> socket.socket:
    """A socket that listens; NotReady says what to do where another has the port."""
    try:
        return socket.create_server((host, port), backlog=2048)
    except OSError as error:
        raise NotReady(
            f"{name}: {host}:{port} is taken ({error.strerror}): "
            f"stop what listens there or set {name.upper()}_HTTP_PORT"
        ) from error


def server_of(app: Any) -> Server:
    """The server of an application; it ends when it is told to leave."""
    return Server(
        uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            lifespan="off",
            proxy_headers=False,
            timeout_graceful_shutdown=5,
        )
    )


class Server(uvicorn.Server):
    """uvicorn without signal handling: the service decides when to stop, and says so.

    Its own loop looks for that ten times a second, which at rest is most of what a service does.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._leaving = asyncio.Event()

    def leave(self) -> None:
        """Answer what has been asked, then end."""
        self.should_exit = True
        self._leaving.set()

    async def main_loop(self) -> None:
        """Tick once a second until it is told to leave."""
        while not await self.on_tick(0):  # it also sets the date in answers
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1):
                    await self._leaving.wait()

    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        """Take none."""
        yield
