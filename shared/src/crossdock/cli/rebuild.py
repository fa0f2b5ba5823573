"""`crossdock rebuild`: a projection's store made anew from the streams, and switched over to."""

from __future__ import annotations

import asyncio
import getpass
from typing import Annotated

import typer
from rich.console import Console

from ..acts import By
from ..reach import chosen, database_url, load_service
from ..rebuild import Rebuilt, drop_kept, must_be_projection, rebuild
from .announce import ring
from .replay import history

console = Console(soft_wrap=True, markup=False, highlight=False, emoji=False)


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command("rebuild")(command)


def command(
    service: Annotated[str, typer.Argument(help="A projection, such as control_tower.")],
    drop: Annotated[bool, typer.Option("--drop", help="Drop the store that was replaced.")] = False,
    by: Annotated[str | None, typer.Option("--by", help="Who acts, if not the user here.")] = None,
    reason: Annotated[str, typer.Option("--reason", help="Why, for the record.")] = "",
) -> None:
    """Build a second store from the streams beside the first, and switch over without a gap.

    The service goes on meanwhile; for the moment of the switch its store is away. Refused for a
    service whose store holds more than the streams do, or whose handlers say or ask for something.
    """
    [name] = chosen(service)
    must_be_projection(load_service(name))
    who = By(who=by or getpass.getuser(), reason=reason)
    done = asyncio.run(_rebuild(name, who, drop))
    console.print(f"{name}: rebuilt, switched in {done.seconds * 1000:.0f} ms")
    if done.parked:
        console.print(f"  {done.parked} messages are parked in the new store: crossdock parked")
    kept = "dropped" if drop else f"kept as {done.before}: drop it once nobody misses it"
    console.print(f"  the store before is {kept}")


async def _rebuild(name: str, by: By, drop: bool) -> Rebuilt:
    with history(name) as tell:
        done = await rebuild(load_service(name), database_url(name), by, tell)
    await ring([name])
    if drop:
        await drop_kept(done.before)
    return done
