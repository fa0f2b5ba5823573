"""`crossdock demo`: a mesh of its own, the scenario, the reckoning, and nothing left running."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table

from crossdock_local.cli import one_line_errors
from crossdock_local.ports import Ports
from crossdock_local.programs import installed_services
from crossdock_local.runtime import LocalMesh

from .reckoning import Check, Facts, checks, gather, summary
from .scenario import Notes, Tell, play
from .world import DemoFailed, World

ACTS = 11
FOLDER = Path("var/demo")
BRIEF = 18


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(demo)


def demo(
    folder: Annotated[Path, typer.Option(help="Where its data and summary go.")] = FOLDER,
) -> None:
    """Run the main job end to end on a mesh of its own, and show what happened."""
    console = Console()
    began = time.monotonic()
    with one_line_errors():
        mesh = LocalMesh(folder / "mesh", Ports.free())
        mesh.reset()
        mesh = LocalMesh(folder / "mesh", Ports.free())
        try:
            held = _run(mesh, folder, console, began)
        except DemoFailed as failed:
            console.print(f"[red]The demo failed:[/] {failed}", soft_wrap=True, highlight=False)
            console.print(f"The services' logs are in {mesh.logs}.", highlight=False)
            held = False
        finally:
            mesh.down()
    raise typer.Exit(0 if held else 1)


def _run(mesh: LocalMesh, folder: Path, console: Console, began: float) -> bool:
    with console.status("starting") as status:
        mesh.up(lambda step: status.update(f"{step} ..."))
    environment = mesh.environment()
    console.print(f"The mesh is up after {time.monotonic() - began:.1f} s.")
    with progress(console) as bar:
        task = bar.add_task("", total=ACTS)

        def tell(text: str) -> None:
            bar.update(task, description=text, advance=1)

        notes, facts = asyncio.run(_play(environment, tell))
    found, figures = checks(notes, facts), summary(notes, facts, time.monotonic() - began)
    (folder / "summary.json").write_text(json.dumps(figures, indent=2) + "\n")
    _show(console, environment, found, figures, folder)
    return all(check.held for check in found)


async def _play(environment: dict[str, str], tell: Tell) -> tuple[Notes, Facts]:
    world = World(environment, list(installed_services()))
    try:
        notes = await play(world, tell)
        _, status = crossdock(environment, "status", "--json")
        code, audit = crossdock(environment, "audit", "--json")
        facts = await gather(world, notes, status, audit, code)
    finally:
        await world.close()
    return notes, facts


def crossdock(environment: dict[str, str], *words: str) -> tuple[int, Any]:
    """A command of `crossdock`, as a user would run it, and the JSON it prints."""
    done = _command(environment, *words)
    try:
        return done.returncode, json.loads(done.stdout)
    except ValueError:
        said = (done.stderr or done.stdout).strip()
        raise DemoFailed(f"`crossdock {' '.join(words)}` said: {said[:500]}") from None


def _command(environment: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).parent / "crossdock"), *words]
    return subprocess.run(  # noqa: S603 - our own command
        command, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def progress(console: Console) -> Progress:
    """The bar that says what goes on."""
    return Progress(
        SpinnerColumn(),
        BarColumn(20),
        MofNCompleteColumn(),
        TextColumn("{task.description}"),
        console=console,
        transient=True,
    )


def _show(
    console: Console,
    environment: dict[str, str],
    found: list[Check],
    figures: dict[str, Any],
    folder: Path,
) -> None:
    order_id = figures["trace"]["order_id"]
    console.rule(f"{order_id}: a partner's 850 on its way to the 810")
    console.print(_command(environment, "order", order_id).stdout, markup=False, highlight=False)
    console.rule("documents written for partners")
    for file in sorted((folder / "mesh" / "edi").glob("*/outbox/*")):
        console.print(f"  {file}", highlight=False, soft_wrap=True)
    console.rule("audit")
    console.print(_command(environment, "audit").stdout, markup=False, highlight=False)
    console.rule("what happened")
    console.print(_table(found))
    verdict = "Everything happened as expected" if all(c.held for c in found) else "NOT as expected"
    console.print(
        f"{verdict}: {figures['events']} events, {figures['orders_placed']} orders, "
        f"{figures['invoices_issued']} invoices, {figures['seconds']} s. "
        f"Figures: {folder / 'summary.json'}",
        highlight=False,
    )


def _table(found: list[Check]) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(width=2)
    table.add_column()
    table.add_column(style="dim", overflow="fold")
    for check in found:
        mark = "[green]✓[/]" if check.held else "[red]✗[/]"
        brief = check.seen if not check.held or len(check.seen) <= BRIEF else ""
        table.add_row(mark, check.text, escape(brief))
    return table
