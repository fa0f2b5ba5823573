"""The ERP's HTTP API as a reader of its master data sees it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import msgspec

from .settings import ErpBridgeSettings


class Page(msgspec.Struct, frozen=True):
    """Some records of a list, oldest change first, and where the next page starts."""

    records: list[dict[str, Any]]
    next_cursor: str | None = None


async def changes(
    http: httpx.AsyncClient, settings: ErpBridgeSettings, name: str, after: int
) -> AsyncIterator[Page]:
    """The pages of a list's changes after a version; httpx.HTTPError when the ERP cannot tell."""
    where: dict[str, str | int] = {"since_version": after}
    while True:
        reply = await http.get(
            f"{settings.erp_url}/{name}",
            params={**where, "limit": settings.page_size},
            timeout=settings.erp_timeout_seconds,
        )
        reply.raise_for_status()
        page = msgspec.json.decode(reply.content, type=Page)
        yield page
        if page.next_cursor is None or page.next_cursor == where.get("cursor"):
            return
        where = {"cursor": page.next_cursor}
