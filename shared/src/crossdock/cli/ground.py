"""Commands that lay the ground and run services: run, migrate, topology."""

from __future__ import annotations

import asyncio
import os
from typing import Annotated

import typer
from rich.console import Console

from ..errors import NotReady
from ..migrate import make_database, migrate
from ..reach import chosen, database_url, jetstream, load_service
from ..topology import lay_streams
from .run import run_service

ServiceArgument = Annotated[
    str | None, typer.Argument(help="One service; all installed without it.")
]

console = Console(soft_wrap=True)


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("run")(run)
    app.command("migrate")(migrate_command)
    app.command("topology")(topology)


def run(
    service: Annotated[
        str | None, typer.Argument(help="Which; the only one installed without it.")
    ] = None,
) -> None:
    """Run one service in the foreground until SIGTERM or Ctrl-C."""
    run_service([service] if service else [])


def migrate_command(
    service: ServiceArgument = None,
    deploying: Annotated[
        bool,
        typer.Option(
            "--deploying",
            help="Leave the last `post` migrations: the release before still runs.",
        ),
    ] = False,
) -> None:
    """Make databases and roles where they are missing, and apply migrations.

    A rolling deploy runs it with --deploying before, and without after the last replica changed.

    CROSSDOCK_POSTGRES_URL is the administrator's URL; without it, databases must exist already.
    """
    asyncio.run(_migrate(chosen(service), deploying))


async def _migrate(names: list[str], deploying: bool) -> None:
    # Not a task group: it would wrap what is one line for people.
    await asyncio.gather(*(_migrate_one(name, deploying) for name in names))


async def _migrate_one(name: str, deploying: bool) -> None:
    url = os.environ.get(f"{name.upper()}_DATABASE_URL")
    if url is None:
        raise NotReady(f"{name.upper()}_DATABASE_URL is not set: it names the database and role")
    admin = os.environ.get("CROSSDOCK_POSTGRES_URL")
    made = await make_database(admin, url) if admin else False
    applied = await migrate(load_service(name), database_url(name), deploying=deploying)
    what = ", ".join(applied) if applied else "nothing to do"
    console.print(f"{name}: {'database made, ' if made else ''}{what}", highlight=False)


def topology(
    replicas: Annotated[
        int | None, typer.Option(min=1, max=5, help="Copies of each stream; 1 at first.")
    ] = None,
    keep_days: Annotated[
        int | None, typer.Option(min=0, help="Days events are kept; 0 for ever, as at first.")
    ] = None,
) -> None:
    """Make or change the streams, one for each noun of the contracts.

    What is not said stays as it is.
    """
    asyncio.run(_topology(replicas, keep_days))


async def _topology(replicas: int | None, keep_days: int | None) -> None:
    async with jetstream() as js:
        await lay_streams(
            js,
            replicas=replicas,
            keep_days=keep_days,
            tell=lambda stream, what: console.print(f"{stream}: {what}", highlight=False),
        )
