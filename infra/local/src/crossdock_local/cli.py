"""The commands that run the mesh on this machine: up, down, reset, logs."""

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from .errors import LocalError
from .logs import follow, tail
from .runtime import LocalMesh

State = Annotated[Path, typer.Option(help="The folder of data, logs and passwords.")]
DEFAULT_STATE = Path("var/local")


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    for command in (up, down, reset, logs):
        app.command()(command)


def up(state: State = DEFAULT_STATE) -> None:
    """Start the mesh on this machine, and return when every service is ready."""
    console = Console()
    with one_line_errors():
        mesh = LocalMesh(state)
        if mesh.is_up():
            console.print("Crossdock is already up.")
        else:
            _start(mesh, console)
        console.print(_table(mesh))


def _start(mesh: LocalMesh, console: Console) -> None:
    began = time.monotonic()
    with console.status("starting") as status:
        mesh.up(lambda step: status.update(f"{step} ..."))
    console.print(f"Crossdock is up after {time.monotonic() - began:.1f} s.")


def down(state: State = DEFAULT_STATE) -> None:
    """Stop the mesh on this machine; its data stays."""
    with one_line_errors():
        stopped = LocalMesh(state).down()
        typer.echo("Crossdock is down, its data is kept." if stopped else "Nothing is running.")


def reset(state: State = DEFAULT_STATE) -> None:
    """Stop the mesh on this machine and forget its data."""
    with one_line_errors():
        mesh = LocalMesh(state)
        forgotten = mesh.reset()
        typer.echo(f"Forgot all in {state}." if forgotten else "There is nothing to forget.")
        if forgotten and mesh.given:
            typer.echo("What your own servers hold stays there.")


def logs(
    service: Annotated[str | None, typer.Argument(help="One service; all when left out.")] = None,
    following: Annotated[bool, typer.Option("--follow", "-f", help="Go on as they grow.")] = False,
    lines: Annotated[int, typer.Option("-n", min=0, help="How many lines of each.")] = 20,
    state: State = DEFAULT_STATE,
) -> None:
    """Print the logs of the services and servers."""
    with one_line_errors():
        paths = _log_files(state / "logs", service)
        for path in paths:
            for line in tail(path, lines):
                typer.echo(line if service else f"{path.stem:18} {line}")
        if following:
            with contextlib.suppress(KeyboardInterrupt):
                for path, line in follow(paths):
                    typer.echo(line if service else f"{path.stem:18} {line}")


def _log_files(folder: Path, service: str | None) -> list[Path]:
    paths = sorted(folder.glob("*.log"))
    if not paths:
        raise LocalError(f"no logs in {folder}: `crossdock up` has not run here")
    chosen = [path for path in paths if service in (None, path.stem)]
    if not chosen:
        raise LocalError(f"no log of {service}: there are {', '.join(p.stem for p in paths)}")
    return chosen


def _table(mesh: LocalMesh) -> Table:
    table = Table(box=None, show_header=False)
    for name, url in mesh.urls().items():
        table.add_row(name, url)
    return table


@contextlib.contextmanager
def one_line_errors() -> Iterator[None]:
    """Turn what can go wrong on a machine into one line and exit code 1."""
    try:
        yield
    except LocalError as error:
        _fail(str(error), 1)
    except OSError as error:
        _fail(f"{error.strerror or error}: {error.filename or 'see the logs'}", 1)
    except KeyboardInterrupt:
        _fail("interrupted; everything that was started is stopped", 130)


def _fail(text: str, code: int) -> None:
    typer.echo(f"crossdock: {' '.join(text.split())}", err=True)
    raise typer.Exit(code)
