"""Commands about what is deployed: contracts can-deploy, contracts deployed."""

from __future__ import annotations

import asyncio
import os
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from .. import deployed
from ..broker import ApiError
from ..deployed import Deployed
from ..errors import NotReady
from ..fits import reasons
from ..reach import jetstream, load_service

console = Console(soft_wrap=True, markup=False, highlight=False)
ENVIRONMENT = "CROSSDOCK_ENVIRONMENT"
JsonOption = Annotated[bool, typer.Option("--json", help="Machine-readable.")]
ToOption = Annotated[
    str | None, typer.Option("--to", help="An environment; this one's own without it.")
]


def register(contracts: typer.Typer) -> None:
    """Add these commands to those for contracts."""
    contracts.command("can-deploy")(can_deploy)
    contracts.command("deployed")(list_deployed)


def can_deploy(
    service: Annotated[str, typer.Argument(help="The candidate, as it is installed here.")],
    to: ToOption = None,
    first: Annotated[
        bool, typer.Option("--first", help="Nothing is deployed there yet, and that is right.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Whether a service fits beside what is deployed; exit 1 with the reasons when it does not."""
    where = _environment(to)
    candidate = deployed.candidate(load_service(service), where)
    there = asyncio.run(_there())
    here = [each for each in there if each.environment == where]
    if not here and not first:
        known = ", ".join(sorted({each.environment for each in there})) or "none"
        raise NotReady(
            f"nothing is recorded of {where!r}; environments that are known: {known}. "
            "Services record themselves at their start; --first says that this is the first"
        )
    found = reasons(candidate, here)
    blocked = any(reason.blocks for reason in found)
    if as_json:
        told = {
            "service": service,
            "version": candidate.version,
            "environment": where,
            "deployable": not blocked,
            "beside": sorted(each.name for each in here),
            "reasons": [msgspec.structs.asdict(reason) for reason in found],
        }
        typer.echo(msgspec.json.format(msgspec.json.encode(told), indent=2).decode())
    else:
        answer = "no" if blocked else "yes"
        console.print(f"{answer}: {candidate.name} to {where}, beside {len(here)} services")
        for reason in found:
            console.print(f"  {'' if reason.blocks else 'note: '}{reason.about}: {reason.text}")
    if blocked:
        raise typer.Exit(1)


def list_deployed(to: ToOption = None, as_json: JsonOption = False) -> None:
    """What each service was when it was last started, in one environment or in all."""
    there = [each for each in asyncio.run(_there()) if to in (None, each.environment)]
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode(there), indent=2).decode())
        return
    table = Table(box=None, pad_edge=False)
    for column in ("environment", "service", "version", "started", "says", "hears"):
        table.add_column(column)
    for each in there:
        started = f"{each.started_at:%Y-%m-%d %H:%M:%S}"
        says, hears = str(len(each.emits)), str(len(each.hears))
        table.add_row(each.environment, each.service, each.version, started, says, hears)
    console.print(table)


def _environment(to: str | None) -> str:
    return to or os.environ.get(ENVIRONMENT, "local")


async def _there() -> list[Deployed]:
    async with jetstream() as js:
        try:
            return await deployed.read(js)
        except ApiError as error:
            raise NotReady(f"{error}: run `crossdock topology`") from error
