"""Calling back: until the callee has answered, and with a record of what it said."""

from __future__ import annotations

import asyncio
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
MOST = 500
AGAIN = 0.5

Batch = list[tuple[dict[str, Any], asyncio.Future[None]]]

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
        return reply

    def record(self, url: str, body: dict[str, Any], status: int, text: str) -> None:
        """Keep what was answered to a callback."""
        answer = Answered(
            url=url,
            event_id=str(body.get("event_id", "")),
            kind=str(body.get("kind") or body.get("code") or ""),
            status=status,
            refused=400 <= status < 500,
            answer=text[:2000],
            at=datetime.now(UTC),
        )
        self.answered.append(answer)
        if answer.refused:
            log.warning("%s refused %s: %s %s", url, body, answer.status, answer.answer)


class Teller:
    """Tells one listener what happens, many things in one call: what came up during the last."""

    def __init__(self, callbacks: Callbacks, url: str) -> None:
        self._callbacks = callbacks
        self._url = url
        self._waiting: deque[tuple[dict[str, Any], asyncio.Future[None]]] = deque()
        self._talking: asyncio.Task[None] | None = None

    async def tell(self, event: dict[str, Any]) -> None:
        """Return once the listener has answered this event with 2xx or 4xx."""
        heard: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((event, heard))
        if self._talking is None or self._talking.done():
            self._talking = asyncio.create_task(self._talk())
        await heard

    async def stop(self) -> None:
        """Say no more."""
        if self._talking is not None:
            self._talking.cancel()
            await asyncio.gather(self._talking, return_exceptions=True)

    async def _talk(self) -> None:
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(MOST, len(self._waiting)))]
            try:
                later = await self._say(batch)
            except BaseException as error:
                for _, heard in batch:
                    if not heard.done():
                        heard.set_exception(error)
                raise
            if later:
                self._waiting.extendleft(reversed(later))
                await asyncio.sleep(AGAIN)

    async def _say(self, batch: Batch) -> Batch:
        """Say all of it; what the listener could not take now comes back."""
        reply = await self._callbacks.post(self._url, {"events": [event for event, _ in batch]}, {})
        whole = {"status": reply.status_code, "text": reply.text}
        answers = reply.json()["answers"] if reply.is_success else [whole] * len(batch)
        later = []
        for (event, heard), answer in zip(batch, answers, strict=True):
            if answer["status"] >= 500:
                later.append((event, heard))
                continue
            text = msgspec.json.encode(answer).decode()
            self._callbacks.record(self._url, event, answer["status"], text)
            if not heard.done():
                heard.set_result(None)
        return later
