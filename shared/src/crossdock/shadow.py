"""What a version of a service would have said of history, beside what its outbox says it said."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec

from .database import Connection, connect
from .difference import Said, Verdict, compare
from .rehearsal import SQL, Tell, database_of, rehearse, second_store
from .service import Service


class Report(msgspec.Struct):
    """What a run over history found. `messages` both versions handled, and only those count."""

    service: str
    version: str
    messages: int
    unheard: int
    parked: int
    other_causes: int
    events: dict[str, Verdict]

    @property
    def agrees(self) -> bool:
        """Whether the two say the same."""
        return all(verdict.agrees for verdict in self.events.values())


async def shadow(
    service: Service,
    url: str,
    version: str,
    tell: Tell = lambda done, total: None,
    *,
    keep: bool = False,
    **settings: Any,
) -> Report:
    """Run a service over history in a store of its own, and compare it with the store at `url`."""
    name = f"{database_of(url)}_shadow"
    async with second_store(service, url, name, keep=keep) as second:
        parked = await rehearse(service, second, tell, **settings)
        new = await connect(second)
        real = await connect(url)
        try:
            return await _report(service.name, version, parked, real, new)
        finally:
            await new.close()
            await real.close()


async def _report(
    name: str, version: str, parked: int, real: Connection, new: Connection
) -> Report:
    # What the one at work has not handled yet, or forgot with its old days, says nothing.
    before, now = await _taken(real), await _taken(new)
    both = before & now
    return Report(
        service=name,
        version=version,
        messages=len(both),
        unheard=len(now - before),
        parked=parked,
        other_causes=await real.fetchval(SQL.other_causes),
        events=compare(await _said(real, both), await _said(new, both)),
    )


async def _taken(connection: Connection) -> set[UUID]:
    return {row["message_id"] for row in await connection.fetch(SQL.taken)}


async def _said(connection: Connection, causes: set[UUID]) -> list[Said]:
    return [Said(*row) for row in await connection.fetch(SQL.said) if row["causation_id"] in causes]
