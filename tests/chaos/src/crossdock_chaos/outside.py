"""The outside world as a patient caller: it asks again, under the same key, until answered."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx

from crossdock.loopback import loopback_client

from .book import Book

NAMES = ("order_intake", "invoicing", "returns", "partner_edi", "erp_bridge", "erp", "warehouse")
TIMEOUT = 5.0
AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})


class Outside:
    """HTTP clients for the mesh's doors. A request is done when it got an answer, not before."""

    def __init__(self, environment: dict[str, str], book: Book) -> None:
        self._book = book
        self._clients = {
            name: loopback_client(
                base_url=environment[f"{name.upper()}_URL"],
                timeout=TIMEOUT,
                limits=httpx.Limits(max_connections=64, keepalive_expiry=2),
            )
            for name in NAMES
        }

    async def close(self) -> None:
        """Close all connections."""
        await asyncio.gather(*(client.aclose() for client in self._clients.values()))

    async def get(self, name: str, path: str, **query: Any) -> Any:
        """The JSON of a GET, asked until it is there."""
        return (await self._until_answered("GET", name, path, params=query)).json()

    async def post(self, name: str, path: str, body: Any, key: str = "") -> httpx.Response:
        """The answer to a POST; refusals are answers too."""
        headers = {"Idempotency-Key": key} if key else {}
        return await self._until_answered("POST", name, path, json=body, headers=headers)

    async def _until_answered(
        self, method: str, name: str, path: str, **more: Any
    ) -> httpx.Response:
        wait = 0.1
        while True:
            self._book.requests += 1
            try:
                response = await self._clients[name].request(method, path, **more)
                if response.status_code not in AGAIN:
                    return response
            except httpx.HTTPError:
                pass  # no answer: it may have been done or not, so it is asked again
            self._book.repeated += 1
            await asyncio.sleep(wait)
            wait = min(wait * 1.5, 1.0)
