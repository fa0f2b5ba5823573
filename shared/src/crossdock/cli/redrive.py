"""`crossdock redrive`: after a broker disaster, streams made whole again from the outboxes."""

from __future__ import annotations

import asyncio
import getpass
import os
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.progress import Progress

from .. import catchup, redrive
from ..acts import By, note
from ..errors import LeaseLost, NotReady
from ..publisher import Mark, Publisher
from ..reach import chosen, jetstream, load_service, service_names, store
from ..topology import streams as all_streams
from .announce import ring

console = Console(soft_wrap=True)
FENCE = timedelta(seconds=30)
# A relay that was at work hears of the fence with its next batch, or when its replica looks.
STAND_DOWN = 2.0


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command("redrive")(command)


def command(
    services: Annotated[
        list[str] | None, typer.Argument(help="Whose outboxes; all installed without any.")
    ] = None,
    for_service: Annotated[
        str | None,
        typer.Option("--for", help="Give this service what its streams no longer hold."),
    ] = None,
    rate: Annotated[int, typer.Option(min=0, help="Events a second; 0 for no limit.")] = 2000,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only compare.")] = False,
    by: Annotated[str | None, typer.Option("--by", help="Who acts, if not the user here.")] = None,
    reason: Annotated[str, typer.Option("--reason", help="Why, for the record.")] = "",
) -> None:
    """Compare outboxes with streams and publish only what is missing, in order, with the same ids.

    Running services do it by themselves when they find a stream rolled back or made anew; this does
    it for all, also for what was purged. With --for, a service that was away for longer than the
    streams keep their events is given what it missed, without anybody else hearing it again.
    """
    who = By(who=by or getpass.getuser(), reason=reason)
    if for_service:
        asyncio.run(_catch_up(for_service, dry_run, who))
        return
    names = [chosen(name)[0] for name in services] if services else chosen(None)
    asyncio.run(_redrive(names, rate, dry_run, who))


async def _redrive(names: Sequence[str], rate: int, dry_run: bool, by: By) -> None:
    async with jetstream() as js:
        for name in names:
            async with store(name) as db:
                await _one(name, db, js, rate, dry_run, by)


async def _one(name: str, db: Any, js: Any, rate: int, dry_run: bool, by: By) -> None:
    owned = [noun.upper() for noun in (*load_service(name).owns, "exceptions")]
    streams = [stream for stream in owned if stream in all_streams()]
    gap = await redrive.compare(db, js, streams)
    if not gap.missing or dry_run:
        _say(name, gap, "missing")
        return
    async with _fence(db) as epoch:
        # Compared anew: what the relay was about to publish is there by now.
        gap = await redrive.compare(db, js, streams)
        publisher = Publisher(js.client, name)
        publisher.salt = f"-{epoch}"
        await publisher.open()
        try:
            await _publish(name, db, publisher, gap, rate, epoch)
            after = {"published": gap.by_stream()}
            await note(db, by, "redrive", name, after=after)
        finally:
            await publisher.close()
            await _let_go(db, epoch, publisher.take_marks())
    _say(name, gap, "published again")


async def _publish(
    name: str, db: Any, publisher: Publisher, gap: redrive.Gap, rate: int, epoch: int
) -> None:
    @asynccontextmanager
    async def connect() -> AsyncIterator[Any]:
        yield db

    async def hold() -> None:
        if await db.fetchval(redrive.SQL.hold, epoch, FENCE) is None:
            raise LeaseLost(f"{name}: a replica has become the relay meanwhile; run this again")

    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(name, total=len(gap.missing))
        await redrive.republish(
            connect,
            publisher,
            gap.missing,
            rate=rate,
            hold=hold,
            tell=lambda count: progress.advance(task, count),
        )


@asynccontextmanager
async def _fence(db: Any) -> AsyncIterator[int]:
    """Be the relay: nothing new is published before what is missing."""
    row = await db.fetchrow(redrive.SQL.relay)
    if row is None:
        raise NotReady("this service has never run: its outbox has no relay")
    me = f"redrive-{socket.gethostname()}-{os.getpid()}"
    epoch = await db.fetchval(redrive.SQL.fence, me, FENCE)
    if row["held"]:
        await asyncio.sleep(STAND_DOWN)
    yield epoch


async def _let_go(db: Any, epoch: int, marks: dict[str, Mark]) -> None:
    await db.execute(redrive.SQL.let_go, epoch, msgspec.json.encode(marks).decode())


def _say(name: str, gap: redrive.Gap, what: str) -> None:
    found = ", ".join(f"{stream} {count}" for stream, count in gap.by_stream().items())
    text = f"{len(gap.missing)} {what} ({found})" if gap.missing else "nothing is missing"
    console.print(f"{name}: {gap.compared} compared, {text}", highlight=False)


async def _catch_up(name: str, dry_run: bool, by: By) -> None:
    [name] = chosen(name)
    async with AsyncExitStack() as stack:
        js = await stack.enter_async_context(jetstream())
        db = await stack.enter_async_context(store(name))
        behind = await catchup.lanes_behind(db, js)
        if not behind:
            console.print(f"{name}: its streams hold all it has to read", highlight=False)
            return
        for lane in behind:
            owners = {
                owner: await stack.enter_async_context(store(owner))
                for owner in service_names()
                if _says(owner, lane.stream)
            }
            events = await catchup.missed(db, js, lane, owners)
            done = len(events)
            if not dry_run:
                done = await catchup.make_up(db, lane, events, owners, by)
            console.print(f"{lane.name}: {done} missed, reads on at {lane.first}", highlight=False)
    if not dry_run:
        await ring([name])


def _says(name: str, stream: str) -> bool:
    """Whether a service publishes into a stream: it owns the noun, or the noun is everybody's."""
    noun = stream.lower()
    return noun == "exceptions" or noun in load_service(name).owns
