"""What every stand-in can do: be down, be slow, run as a process."""

from __future__ import annotations

import argparse
import asyncio
import logging
import time

import uvicorn
from litestar import Litestar, Request, get
from litestar.exceptions import ServiceUnavailableException
from litestar.types import Message, Scope

ALWAYS_ANSWERED = {"/healthz", "/control"}


class Outage:
    """Whether the system answers at the moment, and how fast; whether its answers arrive."""

    def __init__(self) -> None:
        self._down_until = 0.0
        self.slow_seconds = 0.0
        self.loses_answers = False
        self.lost = 0

    @property
    def seconds_left(self) -> float:
        """How long it will still be down; 0 when it is up."""
        return max(0.0, self._down_until - time.monotonic())

    def start(self, seconds: float) -> None:
        """Be down for that long from now on; 0 ends an outage."""
        self._down_until = time.monotonic() + seconds

    async def over(self) -> None:
        """Return when the outage that is known now has passed."""
        await asyncio.sleep(self.seconds_left)

    async def before_request(self, request: Request) -> None:  # type: ignore[type-arg]  # its three parameters say nothing here
        """Answer 503 while down and late while slow; health and control always answer."""
        if request.url.path in ALWAYS_ANSWERED:
            return
        if left := self.seconds_left:
            raise ServiceUnavailableException(detail=f"down for another {left:.1f} s")
        if self.slow_seconds:
            await asyncio.sleep(self.slow_seconds)

    async def before_send(self, message: Message, scope: Scope) -> None:
        """Turn the answer to what was done into a 503 while answers are lost."""
        asked = self.loses_answers and scope.get("method") == "POST"
        if not asked or scope["path"] in ALWAYS_ANSWERED:
            return
        if message["type"] == "http.response.start" and message["status"] < 300:
            message["status"] = 503
            self.lost += 1


@get("/healthz", sync_to_thread=False)
def healthz() -> dict[str, str]:
    """Tell that the process runs, even while it plays dead."""
    return {"status": "ok"}


def arguments(description: str) -> argparse.ArgumentParser:
    """The command line that the stand-ins share."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    return parser


def serve(app: Litestar, host: str, port: int) -> None:
    """Serve until a signal says stop."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    uvicorn.run(app, host=host, port=port, log_level="warning", timeout_graceful_shutdown=2)
