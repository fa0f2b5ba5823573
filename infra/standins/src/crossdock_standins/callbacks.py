"""Calling back: until the callee has answered, and with a record of what it said."""

from __future__ import annotations

import logging
from collections import deque
from datetime import UTC, datetime
from typing import Any

import httpx
import msgspec
import stamina

MAX_CONNECTIONS = 32
KEPT = 20_000
FOREVER = None

log = logging.getLogger("crossdock_standins.callbacks")


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """One callback and the answer it got."""

    url: str
    event_id: str
    kind: str
    status: int
    refused: bool
    answer: str
    at: datetime


class Callbacks:
    """An HTTP client that does not give up; the connection pool bounds what runs at once."""

    def __init__(self, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self.answered: deque[Answered] = deque(maxlen=KEPT)
        self._http = httpx.AsyncClient(
            timeout=httpx.Timeout(10, pool=None),
            limits=httpx.Limits(max_connections=MAX_CONNECTIONS),
            transport=transport,
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def post(
        self,
        url: str,
        body: dict[str, Any],
        headers: dict[str, str],
        give_up_after: float | None = FOREVER,
    ) -> httpx.Response:
        """Post until the callee says 2xx or 4xx; any other answer, or none, is tried again."""
        content = msgspec.json.encode(body)
        headers = {**headers, "Content-Type": "application/json"}
        async for attempt in stamina.retry_context(
            on=httpx.HTTPError,
            attempts=None,
            timeout=give_up_after,
            wait_initial=0.1,
            wait_max=1.0,
            wait_jitter=0.1,
        ):
            with attempt:
                reply = await self._http.post(url, content=content, headers=headers)
                if not (reply.is_success or reply.is_client_error):
                    reply.raise_for_status()
                    raise httpx.HTTPError(f"{url} answered {reply.status_code}")
        self._record(url, body, reply)
        return reply

    def _record(self, url: str, body: dict[str, Any], reply: httpx.Response) -> None:
        answer = Answered(
            url=url,
            event_id=str(body.get("event_id", "")),
            kind=str(body.get("kind") or body.get("code") or ""),
            status=reply.status_code,
            refused=reply.is_client_error,
            answer=reply.text[:2000],
            at=datetime.now(UTC),
        )
        self.answered.append(answer)
        if answer.refused:
            log.warning("%s refused %s: %s %s", url, body, answer.status, answer.answer)
