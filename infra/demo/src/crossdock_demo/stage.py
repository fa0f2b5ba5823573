"""A mesh of its own for a demo: up, played on, and down again whatever happens."""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table

from crossdock_local.cli import one_line_errors
from crossdock_local.ports import Ports
from crossdock_local.programs import installed_services
from crossdock_local.runtime import LocalMesh

from .reckoning import Check
from .scenario import Tell
from .world import DemoFailed, World

Found = TypeVar("Found")
# What was seen is shown when it is so short, or when it is not what was expected.
BRIEF = 18


class Stage:
    """A running mesh, the folder of its data and figures, and the console that people look at."""

    def __init__(self, folder: Path, mesh: LocalMesh) -> None:
        self.folder, self._mesh, self.console = folder, mesh, Console()
        self._began = time.monotonic()
        with self.console.status("starting") as status:
            mesh.up(lambda step: status.update(f"{step} ..."))
        self._environment = mesh.environment()
        self.console.print(f"The mesh is up after {self.seconds:.1f} s.")

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._began

    def play(self, acts: int, scene: Callable[[World, Tell], Awaitable[Found]]) -> Found:
        """What a scene finds out; it tells each of its acts as it begins."""
        with self._bar() as bar:
            task = bar.add_task("", total=acts)

            def tell(text: str) -> None:
                bar.update(task, description=text, advance=1)
                if not self.console.is_terminal:
                    self.console.print(f"{self.seconds:5.1f} s  {text}", highlight=False)

            return asyncio.run(self._play(scene, tell))

    def _bar(self) -> Progress:
        count, text = MofNCompleteColumn(), TextColumn("{task.description}")
        columns = SpinnerColumn(), BarColumn(20), count, text
        return Progress(*columns, console=self.console, transient=True)

    async def _play(self, scene: Callable[[World, Tell], Awaitable[Found]], tell: Tell) -> Found:
        world = World(self._environment, list(installed_services()))
        try:
            return await scene(world, tell)
        except DemoFailed as failed:
            # What did not come was often refused, and a person was told why.
            with contextlib.suppress(DemoFailed):
                for told in await world.raised():
                    failed.add_note(f"{told['code']}: {told['text']}")
            raise
        finally:
            await world.close()

    def shown(self, *words: str) -> str:
        """What a command of `crossdock` shows to a user."""
        return self._command(*words).stdout

    def asked(self, *words: str) -> tuple[int, Any]:
        """A command's exit code, and the JSON it prints."""
        done = self._command(*words, "--json")
        try:
            return done.returncode, json.loads(done.stdout)
        except ValueError:
            said = (done.stderr or done.stdout).strip()
            raise DemoFailed(f"`crossdock {' '.join(words)}` said: {said[:500]}") from None

    def _command(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [str(Path(sys.executable).parent / "crossdock"), *words]
        return subprocess.run(  # noqa: S603 - our own command
            command,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def keep(self, figures: dict[str, Any]) -> Path:
        """Write the figures into the folder; where they are."""
        path = self.folder / "summary.json"
        path.write_text(json.dumps(figures, indent=2) + "\n")
        return path


def on_a_mesh(folder: Path, play: Callable[[Stage], bool], **where: Path) -> NoReturn:
    """Play on a new mesh; exit 0 when `play` says that all went as expected, and 1 otherwise.

    `where` names other folders than the usual ones for partner profiles and master data.
    """
    with one_line_errors():
        # One that was left running keeps its ports until it is forgotten.
        LocalMesh(folder / "mesh", Ports.free(), **where).reset()
        mesh = LocalMesh(folder / "mesh", Ports.free(), **where)
        try:
            held = play(Stage(folder, mesh))
        except DemoFailed as failed:
            held = False
            _explain(failed, mesh)
        finally:
            mesh.down()
    raise typer.Exit(0 if held else 1)


def _explain(failed: DemoFailed, mesh: LocalMesh) -> None:
    console = Console(soft_wrap=True, highlight=False)
    console.print(f"[red]The demo failed:[/] {escape(str(failed))}")
    if notes := getattr(failed, "__notes__", []):
        console.print("People were told:", *(escape(note) for note in notes), sep="\n  ")
    console.print(f"The services' logs are in {mesh.logs}.", markup=False)


def checks_table(groups: Iterable[tuple[str, Iterable[Check]]]) -> Table:
    """Checks under their headings, each with its mark and, where it is worth it, what was seen."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(width=2)
    table.add_column()
    table.add_column(style="dim", overflow="fold")
    for heading, checks in groups:
        if heading:
            table.add_row("", f"[bold]{escape(heading)}[/]")
        for check in checks:
            mark = "[green]✓[/]" if check.held else "[red]✗[/]"
            brief = check.seen if not check.held or len(check.seen) <= BRIEF else ""
            table.add_row(mark, check.text, escape(brief))
    return table
