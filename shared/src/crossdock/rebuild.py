"""A store built anew from the streams, beside the one at work, and put into its place.

The new store knows how far it has read, so whatever comes between the last look and the switch is
read from there: nothing is left out, and nothing counts twice.
"""

from __future__ import annotations

import asyncio
import io
import typing
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Any, NamedTuple

from .acts import By, note
from .database import Connection, connect, with_database
from .errors import NotReady
from .rehearsal import (
    SQL,
    Tell,
    admin_url,
    change_database,
    database_of,
    drop_database,
    rehearse,
    second_store,
)
from .service import Service

PATIENCE = 10.0
# What people and the relay have to go on with: their acts, what is paused, what was said.
CARRIED = {
    "outbox": SQL.outbox,
    "acts": SQL.acts,
    "pauses": SQL.pauses,
    "leases": SQL.other_leases,
}
READS = {"GET", "HEAD", "OPTIONS"}


class Rebuilt(NamedTuple):
    """What was built, and the name under which the store before it is kept."""

    before: str
    parked: int
    seconds: float  # how long nobody could reach the store


def reasons_against(service: Service) -> list[str]:
    """Why a store does not follow from the streams alone; empty where it does."""
    if service.projection:
        return []
    found = []
    for handler in service.handlers.events.values():
        says = typing.get_type_hints(handler.function).get("return")
        if says not in (None, type(None)):
            found.append(f"{handler.name} says events: a second store would say them once more")
    found += [
        f"{function.__name__} calls the outside, which would be called once more"
        for function in service.handlers.errands.values()
    ]
    found += [
        f"{function.__name__} works by the clock, and no stream holds what it did"
        for _, function in service.handlers.periodic
    ]
    found += [
        f"{sorted(route.paths)[0]} changes the store, and no stream holds what was asked"
        for route in service.routes
        if not set(getattr(route, "http_methods", READS)) <= READS
    ]
    return found


def must_be_projection(service: Service) -> None:
    """NotReady with every reason where a store cannot be made from the streams."""
    found = reasons_against(service)
    if found:
        raise NotReady(
            f"{service.name} cannot be rebuilt from the streams: {'; '.join(found)}. "
            "Only a projection can: a service whose handlers write and say nothing, "
            "or one that declares `projection=True` because the streams hold all it knows"
        )


async def rebuild(
    service: Service,
    url: str,
    by: By,
    tell: Tell = lambda done, total: None,
    *,
    before_switch: Callable[[], Awaitable[None]] | None = None,
    **settings: Any,
) -> Rebuilt:
    """Build a second store of a service at work at `url`, and switch over to it.

    The store before is kept under another name. `before_switch` is called with the new one built.
    """
    must_be_projection(service)
    name, admin = database_of(url), admin_url()
    built = f"{name}_rebuilt"
    async with second_store(service, url, built, keep=True) as second:
        parked = await rehearse(service, second, tell, patience=PATIENCE, **settings)
        if not service.projection:
            await _must_be_silent(service, second)
        if before_switch is not None:
            await before_switch()
        kept = f"{name}_before_{datetime.now(UTC):%Y%m%d%H%M%S}"
        seconds = await _switch(admin, name, built, kept, by)
    return Rebuilt(kept, parked, seconds)


async def drop_kept(kept: str) -> None:
    """Drop the store that was replaced."""
    await drop_database(admin_url(), kept)


async def _must_be_silent(service: Service, url: str) -> None:
    connection = await connect(url)
    try:
        count = await connection.fetchval(SQL.spoke)
    finally:
        await connection.close()
    if count:
        raise NotReady(
            f"{service.name} cannot be rebuilt: over history it said or asked for {count} things, "
            "which are said and done already. Nothing was switched"
        )


async def _switch(admin: str, name: str, built: str, kept: str, by: By) -> float:
    """Close the old store, give the new one what is not in the streams, and change their names.

    Services wait as they do when PostgreSQL restarts, and find the new store when it answers.
    """
    started = asyncio.get_running_loop().time()
    connection = await connect(admin)
    try:
        await _close(connection, name)
        await change_database(connection, SQL.rename_database, name, kept)
        try:
            await change_database(connection, SQL.open_database, kept)
            await _carry(with_database(admin, kept), with_database(admin, built), by, name)
            await _close(connection, built)
            await change_database(connection, SQL.rename_database, built, name)
        except BaseException:
            await _close(connection, kept)
            await change_database(connection, SQL.rename_database, kept, name)
            raise
        finally:
            await change_database(connection, SQL.open_database, name)
    finally:
        await connection.close()
    return asyncio.get_running_loop().time() - started


async def _close(connection: Connection, name: str) -> None:
    """Let nobody in, and wait until everybody is out."""
    await change_database(connection, SQL.close_database, name)
    while await connection.fetchval(SQL.connected, name):
        await connection.execute(SQL.expel, name)
        await asyncio.sleep(0.01)


async def _carry(old_url: str, new_url: str, by: By, name: str) -> None:
    """What the old store has and no stream holds; in one transaction."""
    async with AsyncExitStack() as stack:
        old, new = await connect(old_url), await connect(new_url)
        for each in (old, new):
            stack.push_async_callback(each.close)
        async with new.transaction():
            await new.execute(SQL.forget_rehearsal)
            await new.execute(SQL.forget_work)
            for table, rows in CARRIED.items():
                await _copy(old, new, rows, table)
            epochs = [await each.fetchval(SQL.highest_epoch) for each in (old, new)]
            await new.execute(SQL.raise_epochs, max(epochs))
            for table, last in (("outbox", SQL.last_number), ("acts", SQL.last_act)):
                number = await new.fetchval(last)
                await new.execute(SQL.go_on_counting, f"crossdock.{table}", number)
            await note(new, by, "rebuild", name)


async def _copy(old: Connection, new: Connection, query: str, table: str) -> None:
    rows = io.BytesIO()
    await old.copy_from_query(query, output=rows, format="binary")
    rows.seek(0)
    await new.copy_to_table(table, source=rows, schema_name="crossdock", format="binary")
