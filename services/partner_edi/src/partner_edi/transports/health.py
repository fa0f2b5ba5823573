"""Whether files come and go: what fails is tried again, and told to a person after a while."""

from __future__ import annotations

from datetime import timedelta

import structlog

from crossdock import Service

from . import store
from .store import Line, Way

log = structlog.get_logger()
WHAT: dict[Way, str] = {
    "inbox": "files in the inbox of {} cannot be taken",
    "fetch": "files of {} cannot be fetched from its server",
    "put": "our documents cannot be put on the server of {}",
}


async def begin(service: Service) -> None:
    """After a start every inbox is tried anew: what was wrong with one before is found again."""
    async with service.begin() as tx:
        for line in await store.lines(tx):
            if line.way == "inbox" and line.failing_since is not None:
                await store.worked(tx, line.partner_id, "inbox")


async def worked(service: Service, partner_id: str, way: Way) -> None:
    """A way works (again)."""
    async with service.begin() as tx:
        await store.worked(tx, partner_id, way)


async def failed(service: Service, partner_id: str, way: Way, trouble: str) -> Line:
    """A way failed once more; who can help is told once, when that has gone on for a while."""
    log.warning("transport_failed", partner=partner_id, way=way, trouble=trouble)
    patience = timedelta(seconds=service.settings.transport_patience_seconds)
    async with service.begin() as tx:
        line = await store.failed(tx, partner_id, way, trouble[:2000])
        since = line.failing_since or tx.now
        if line.told_at is not None or tx.now - since < patience:
            return line
        await store.mark_told(tx, line)
        tx.raise_exception(
            code="transport_failing",
            kind="technical",
            text=f"{WHAT[way].format(partner_id)} since {since:%Y-%m-%d %H:%M} UTC: {trouble}"[
                :2000
            ],
            team="it",
            about=partner_id,
            context={
                "partner_id": partner_id,
                "way": way,
                "failing_since": since.isoformat(),
                "failures": str(line.failures),
                "next_step": "it is tried again by itself; GET /transports says how it stands",
            },
        )
    return line
