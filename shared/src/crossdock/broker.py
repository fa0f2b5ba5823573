"""NATS: one connection per service through FastStream, and JetStream's API spoken as JSON.

nats-py's own JetStream helpers bind to whatever exists and hide errors of asynchronous publishes
(infra/decisions); the few requests the chassis needs are plain JSON on `$JS.API`.
"""

from __future__ import annotations

import asyncio
import re
from base64 import b64decode
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import structlog
from nats.aio.client import Client
from nats.errors import Error as NatsError

from .errors import CrossdockError

if TYPE_CHECKING:
    from faststream.nats import NatsBroker

    from .settings import Settings

log = structlog.get_logger()

OUTAGES = (NatsError, OSError, TimeoutError)


class ApiError(CrossdockError):
    """JetStream said no; `code` is its error code, such as 10059 for a stream that is not there."""

    def __init__(self, subject: str, error: dict[str, Any]) -> None:
        super().__init__(f"{subject}: {error.get('description', error)}")
        self.code = int(error.get("err_code", 0))


STREAM_NOT_FOUND = 10059
MESSAGE_NOT_FOUND = 10037
EVENT_ID = re.compile(rb"^ce-id: *(\S+)\r$", re.MULTILINE)
SECONDS = 1_000_000_000


def new_broker(settings: Settings, name: str, on_reconnect: Callable[[], None]) -> NatsBroker:
    """A FastStream broker that reconnects for ever and takes its streams as they are.

    It comes in by the service's key pair, if it has one; its inboxes are its own in any case.
    """
    # Commands speak to the broker by themselves, and do not wait for all of this to be loaded.
    from faststream.nats import NatsBroker

    url, seed = settings.nats_url, settings.nats_seed

    async def lost() -> None:
        log.warning("NATS is away; reconnecting", url=url)

    async def back() -> None:
        log.info("NATS is back", url=url)
        on_reconnect()

    async def error(error: Exception) -> None:
        if "permissions violation" in str(error).lower():
            log.error("NATS refuses; see `crossdock permissions`", error=str(error))
        else:
            log.debug("NATS error", error=str(error))

    return NatsBroker(
        url.split(","),
        name=name,
        nkeys_seed_str=seed.get_secret_value() if seed else None,
        inbox_prefix=f"_INBOX.{name}",
        max_reconnect_attempts=-1,
        reconnect_time_wait=0.1,  # type: ignore[arg-type]
        connect_timeout=2,
        ping_interval=5,
        max_outstanding_pings=2,
        disconnected_cb=lost,
        reconnected_cb=back,
        error_cb=error,
        logger=None,
    )


class Stored(NamedTuple):
    """A message at its place in a stream: its event's id, and when it was stored (nanoseconds)."""

    id: str
    stored: int


def nanoseconds(moment: str) -> int:
    """Nanoseconds since 1970 of a moment as the server writes it: `2026-01-02T03:04:05.12Z`."""
    seconds, _, fraction = moment.removesuffix("Z").partition(".")
    whole = int(datetime.fromisoformat(f"{seconds}+00:00").timestamp())
    return whole * 1_000_000_000 + int(fraction.ljust(9, "0"))


class JetStream:
    """JetStream's API over one connection."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self._asked: set[asyncio.Task[Any]] = set()

    def lost(self) -> None:
        """The connection is a new one: nobody waits for answers that went to the old one."""
        for asked in self._asked:
            asked.cancel()

    async def api(self, subject: str, request: Any = None, timeout: float = 5) -> dict[str, Any]:
        """Ask `$JS.API.<subject>`; ApiError carries what the server said."""
        payload = b"" if request is None else msgspec.json.encode(request)
        asking = self.client.request(f"$JS.API.{subject}", payload, timeout=timeout)
        asked = asyncio.ensure_future(asking)
        self._asked.add(asked)
        try:
            await asyncio.wait({asked})
        finally:
            self._asked.discard(asked)
            asked.cancel()
        if asked.cancelled():
            raise ConnectionError(f"NATS was away while {subject} was asked")
        reply = asked.result()
        answer: dict[str, Any] = msgspec.json.decode(reply.data)
        if "error" in answer:
            raise ApiError(subject, answer["error"])
        return answer

    async def stream(self, name: str) -> dict[str, Any] | None:
        """A stream's configuration and state, or None where there is no such stream."""
        try:
            return await self.api(f"STREAM.INFO.{name}")
        except ApiError as error:
            if error.code == STREAM_NOT_FOUND:
                return None
            raise

    async def message(self, stream: str, sequence: int) -> Stored | None:
        """Which message a stream holds at a sequence; None where it holds none."""
        try:
            found = await self.api(f"STREAM.MSG.GET.{stream}", {"seq": sequence})
        except ApiError as error:
            if error.code == MESSAGE_NOT_FOUND:
                return None
            raise
        message = found["message"]
        match = EVENT_ID.search(b64decode(message.get("hdrs", "")))
        return Stored(match[1].decode() if match else "", nanoseconds(message["time"]))

    async def last_before(self, name: str, moment: datetime) -> int:
        """The sequence of the last message that a stream stored before a moment; 0 for none."""
        made = await self.api(
            f"CONSUMER.CREATE.{name}",
            {
                "stream_name": name,
                "config": {
                    "deliver_policy": "by_start_time",
                    "opt_start_time": moment.isoformat(),
                    "ack_policy": "none",
                    "mem_storage": True,
                    "num_replicas": 1,
                    "inactive_threshold": SECONDS,
                },
            },
        )
        return int(made["delivered"]["stream_seq"])
