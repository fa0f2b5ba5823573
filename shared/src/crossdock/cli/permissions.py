"""The command that writes the broker's users: permissions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from .. import permissions
from ..reach import load_service, service_names

USERS = Path("infra/nats/users.conf")
console = Console(soft_wrap=True, markup=False, highlight=False)


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command("permissions")(write_permissions)


def write_permissions(
    out: Annotated[Path, typer.Option(help="The file that nats.conf includes.")] = USERS,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing, fail on a difference.")
    ] = False,
) -> None:
    """Write the broker's users: what each installed service may publish and read."""
    wanted = permissions.render(load_service(name) for name in service_names())
    if out.is_file() and out.read_text(encoding="utf-8") == wanted:
        return
    console.print(f"{out}: {'differs' if check else 'written'}")
    if check:
        raise typer.Exit(1)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(wanted, encoding="utf-8")
