"""`crossdock new`: a consumer or a service that runs, and passes its tests, at once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from crossdock_contracts.freeze import ROOT

from .. import scaffold

console = Console(soft_wrap=True, markup=False, highlight=False, emoji=False)
NameArgument = Annotated[str, typer.Argument(help="Its name, such as dock_planner.")]
FolderOption = Annotated[
    Path | None,
    typer.Option(help="Where; services/NAME in Crossdock's repository, NAME elsewhere."),
]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    new = typer.Typer(no_args_is_help=True, help="Write a new service: consumer, service.")
    new.command("consumer")(consumer)
    new.command("service")(service)
    app.add_typer(new, name="new")


def consumer(
    name: NameArgument,
    to: Annotated[list[str], typer.Option(help="An event it hears; again for each.")],
    folder: FolderOption = None,
) -> None:
    """Write a service that subscribes to events; nobody needs to be asked."""
    _tell(name, scaffold.new_consumer(name, to, where := _where(name, folder)), where)


def service(
    name: NameArgument,
    owns: Annotated[str, typer.Option(help="The noun it alone publishes, in the plural.")],
    folder: FolderOption = None,
    contracts: Annotated[
        Path, typer.Option(help="The contracts' folder.", show_default=False)
    ] = ROOT,
) -> None:
    """Write a service with a noun of its own, and declare the noun's first event."""
    where = _where(name, folder)
    _tell(name, scaffold.new_service(name, owns, where, contracts), where)


def _where(name: str, folder: Path | None) -> Path:
    if folder is not None:
        return folder
    home = Path("services")
    return home / name if home.is_dir() and Path("shared/src/crossdock").is_dir() else Path(name)


def _tell(name: str, written: Sequence[Path], folder: Path) -> None:
    for path in written:
        console.print(f"written {path}")
    console.print(
        f"\nNext:\n  python -m pip install --editable '{folder}[test]'\n"
        f"  (cd {folder} && python -m pytest)\n  crossdock migrate {name} && crossdock run {name}"
    )
