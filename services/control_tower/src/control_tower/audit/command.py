"""`crossdock audit`: runs the audit and decides the exit code."""

from __future__ import annotations

import asyncio
from typing import Annotated

import msgspec
import typer
from rich.console import Console

from crossdock import audit as chassis
from crossdock.errors import NotReady

from .facts import SERVICES
from .report import as_json, show
from .rounds import Audit, audit_stores


def audit(
    json: Annotated[bool, typer.Option("--json", help="Print everything found as JSON.")] = False,
    services: Annotated[
        str, typer.Option("--services", help="Audit only these, separated by commas.")
    ] = "",
) -> None:
    """Prove the six invariants over all stores and streams; exit 1 on any violation."""
    chosen = [name.strip() for name in services.split(",") if name.strip()]
    if unknown := sorted(set(chosen) - set(SERVICES)):
        raise NotReady(f"no such service: {', '.join(unknown)}; there are {', '.join(SERVICES)}")
    found = asyncio.run(audit_stores(chosen or SERVICES, chassis))
    if json:
        typer.echo(msgspec.json.format(msgspec.json.encode(as_json(found))).decode())
    else:
        show(found, Console(highlight=False))
    raise typer.Exit(exit_code(found))


def exit_code(found: Audit) -> int:
    """1 when something is violated or was asked for and could not be audited."""
    return 1 if found.violations or found.missing else 0
