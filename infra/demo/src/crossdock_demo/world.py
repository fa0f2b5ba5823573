"""The running mesh as the demo touches it: over HTTP, through folders, and never otherwise."""

from __future__ import annotations

import asyncio
import os
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx

from crossdock import audit
from crossdock.loopback import loopback_client
from crossdock.reach import jetstream
from crossdock_contracts import catalogue

# Seconds that a slow or busy machine may take; on an idle one each step takes a few at most.
PATIENCE = 180.0
PAUSE = 0.1


class DemoFailed(Exception):
    """Something the demo waited for did not happen; the text says what."""


class World:
    """Clients for every service and stand-in of one mesh."""

    def __init__(self, environment: dict[str, str], services: list[str]) -> None:
        self.environment = environment
        self.services = services
        self.edi = Path(environment["PARTNER_EDI_ROOT"])
        names = [*services, "erp", "warehouse"]
        self._clients = {
            name: loopback_client(base_url=environment[f"{name.upper()}_URL"], timeout=60)
            for name in names
        }

    async def close(self) -> None:
        """Close all connections."""
        await asyncio.gather(*(client.aclose() for client in self._clients.values()))

    async def get(self, service: str, path: str, **query: Any) -> Any:
        """The JSON that a GET answers; DemoFailed shows any other answer."""
        return _json(await self.request(service, "GET", path, params=query))

    async def post(self, service: str, path: str, body: Any, key: str = "") -> Any:
        """The JSON that a POST answers; DemoFailed shows any refusal."""
        headers = {"Idempotency-Key": key} if key else {}
        return _json(await self.request(service, "POST", path, json=body, headers=headers))

    async def put(self, service: str, path: str, body: Any) -> Any:
        """The JSON that a PUT answers; DemoFailed shows any refusal."""
        return _json(await self.request(service, "PUT", path, json=body))

    async def request(self, service: str, method: str, path: str, **more: Any) -> httpx.Response:
        """Any answer of a service; DemoFailed where there is none."""
        try:
            return await self._clients[service].request(method, path, **more)
        except httpx.TransportError as error:
            raise DemoFailed(
                f"{service} did not answer {method} {path} ({type(error).__name__})"
            ) from error

    async def until(self, what: str, look: Callable[[], Awaitable[Any]]) -> Any:
        """Look until the answer is true; DemoFailed says what did not come in time."""
        deadline = time.monotonic() + PATIENCE
        while True:
            found = await look()
            if found:
                return found
            if time.monotonic() > deadline:
                raise DemoFailed(f"{what}: not seen within {PATIENCE:.0f} s")
            await asyncio.sleep(PAUSE)

    async def quiet(self) -> None:
        """Return when no event is on its way anywhere."""
        os.environ.update(self.environment)

        async def nothing_on_its_way() -> bool:
            async with audit.open_stores(self.services) as stores:
                return not await audit.in_flight(stores)

        await self.until("a quiet mesh", nothing_on_its_way)

    async def event_counts(self) -> Counter[str]:
        """How many events of each kind the streams hold, as the broker counts them."""
        found: Counter[str] = Counter()
        async with jetstream(self.environment["CROSSDOCK_NATS_URL"]) as js:
            for stream in {literal.split(".")[0].upper() for literal in catalogue()}:
                info = await js.api(f"STREAM.INFO.{stream}", {"subjects_filter": ">"})
                for subject, count in (info["state"].get("subjects") or {}).items():
                    found[subject.rpartition(".v")[0]] += count
        return found

    async def raised(self) -> list[dict[str, Any]]:
        """The exceptions that were put before people, as the control tower has them."""
        cases = await self.get("control_tower", "/cases", limit=500)
        return [case["exception"] for case in cases if case["exception"]]

    def drop(self, partner: str, name: str, content: bytes) -> None:
        """Put a file into a partner's inbox the way partners should: under another name first."""
        inbox = self.edi / partner / "inbox"
        inbox.mkdir(parents=True, exist_ok=True)
        hidden = inbox / f".{name}"
        hidden.write_bytes(content)
        hidden.rename(inbox / name)

    def written(self) -> Counter[str]:
        """Documents in the partners' outbox folders, counted by transaction set."""
        found: Counter[str] = Counter()
        for file in self.edi.glob("*/outbox/[!.]*"):
            text = file.read_text(encoding="latin-1")
            element, segment = text[3], text[105]  # an ISA says its own delimiters, by position
            for words in (part.strip().split(element) for part in text.split(segment)):
                if words[0] == "ST":
                    found[words[1]] += 1
        return found


def _json(response: httpx.Response) -> Any:
    if response.status_code >= 400:
        where = f"{response.request.method} {response.request.url}"
        raise DemoFailed(f"{where} answered {response.status_code}: {response.text[:500]}")
    return response.json()
