"""Commands that stop and go on: pause and resume a service, a stream, a lane, a handler, or all."""

from __future__ import annotations

import asyncio
import getpass
from typing import Annotated, Any

import typer
from rich.console import Console

from .. import pauses
from ..acts import By, note
from ..letters import Refused
from ..reach import chosen, load_service, store
from .announce import ring

console = Console(soft_wrap=True)
ServiceArgument = Annotated[
    str | None, typer.Argument(help="One service; all installed without it.")
]
StreamOption = Annotated[str | None, typer.Option("--stream", help="All lanes of a stream.")]
HandlerOption = Annotated[
    str | None,
    typer.Option("--handler", help="A function: event handler, errand or periodic work."),
]
LaneOption = Annotated[
    str | None, typer.Option("--lane", help="One lane, such as invoicing-on-orders-0, or relay.")
]
ByOption = Annotated[str | None, typer.Option("--by", help="Who acts, if not the user here.")]
NoteOption = Annotated[str, typer.Option("--reason", help="Why, for the record.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("pause")(pause)
    app.command("resume")(resume)


def pause(
    service: ServiceArgument = None,
    stream: StreamOption = None,
    handler: HandlerOption = None,
    lane: LaneOption = None,
    by: ByOption = None,
    reason: NoteOption = "",
) -> None:
    """Stop work until it is resumed, across restarts and in every replica. HTTP still answers.

    Nothing is lost or parked meanwhile: events wait in their streams, and outboxes and errands in
    their stores. Before a paused handler its lane stands still.
    """
    scope, names = _scope(stream, handler, lane), chosen(service)
    asyncio.run(_pause(names, scope, By(who=by or getpass.getuser(), reason=reason)))


def resume(
    service: ServiceArgument = None,
    stream: StreamOption = None,
    handler: HandlerOption = None,
    lane: LaneOption = None,
    by: ByOption = None,
    reason: NoteOption = "",
) -> None:
    """Go on. Without --stream, --handler or --lane everything paused in the service goes on."""
    scope, names = _scope(stream, handler, lane), chosen(service)
    asyncio.run(_resume(names, scope, By(who=by or getpass.getuser(), reason=reason)))


def _scope(stream: str | None, handler: str | None, lane: str | None) -> str:
    given = {"stream": stream and stream.upper(), "handler": handler, "lane": lane}
    named = [f"{kind}:{name}" for kind, name in given.items() if name]
    if len(named) > 1:
        raise Refused("say one of --stream, --handler and --lane")
    return named[0] if named else pauses.SERVICE


async def _pause(names: list[str], scope: str, by: By) -> None:
    where = [name for name in names if await _has(name, scope)]
    if not where:
        raise Refused(f"nothing here is called {scope.partition(':')[2]}: {', '.join(names)}")
    for name in where:
        async with store(name) as db, db.transaction():
            done = await db.fetchval(pauses.SQL.pause, scope, by.who, by.reason)
            if done:
                await note(db, by, "pause", scope)
        console.print(f"{name}: {_words(scope)} {'paused' if done else 'was paused already'}")
    await ring(where)


async def _has(name: str, scope: str) -> bool:
    """Whether a service has what is to be paused."""
    kind, _, wanted = scope.partition(":")
    if kind == pauses.SERVICE:
        return True
    if kind == "handler":
        return wanted in _functions(load_service(name).handlers)
    async with store(name) as db:
        rows = await db.fetch(pauses.SQL.leases)
    return wanted in {row["stream" if kind == "stream" else "name"] for row in rows}


def _functions(handlers: Any) -> set[str]:
    found = [handler.function for handler in handlers.events.values()]
    found += [*handlers.errands.values(), *(function for _, function in handlers.periodic)]
    return {function.__name__ for function in found}


async def _resume(names: list[str], scope: str, by: By) -> None:
    count = 0
    for name in names:
        async with store(name) as db, db.transaction():
            if scope == pauses.SERVICE:
                rows = await db.fetch(pauses.SQL.resume_all)
            else:
                rows = await db.fetch(pauses.SQL.resume, scope)
            for row in rows:
                before = {"who": row["who"], "reason": row["reason"], "since": row["paused_at"]}
                await note(db, by, "resume", row["scope"], before=before)
                console.print(f"{name}: {_words(row['scope'])} goes on")
        count += len(rows)
    if not count:
        console.print("nothing was paused")
    await ring(names)


def _words(scope: str) -> str:
    return "everything" if scope == pauses.SERVICE else scope.replace(":", " ")
