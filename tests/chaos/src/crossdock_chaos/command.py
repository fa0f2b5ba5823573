"""`crossdock chaos`: strike the mesh under load, and show whether it kept its promise."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.live import Live
from rich.table import Table

from crossdock_local.cli import one_line_errors

from .options import SAFEGUARDS, Options, chosen, safeguard
from .plan import KINDS
from .report import Report, show
from .run import Run

EVERY = 10.0


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(chaos)


def chaos(
    orders: Annotated[int, typer.Option(envvar="ORDERS", min=1, help="How many orders.")] = 5000,
    duration: Annotated[
        float, typer.Option(envvar="DURATION", min=5, help="Seconds of load and faults.")
    ] = 600,
    seed: Annotated[int, typer.Option(envvar="SEED", help="The same seed, the same plan.")] = 1,
    faults: Annotated[
        str, typer.Option(envvar="FAULTS", help=f"all, none, or some of: {', '.join(KINDS)}.")
    ] = "all",
    settle: Annotated[
        float, typer.Option(envvar="SETTLE", min=1, help="Seconds to come to rest at most.")
    ] = 600,
    folder: Annotated[Path, typer.Option(help="Where its data, plan and report go.")] = Path(
        "var/chaos"
    ),
    sabotage: Annotated[
        str, typer.Option(help=f"Run without a safeguard: {', '.join(SAFEGUARDS)}.")
    ] = "",
    only_plan: Annotated[bool, typer.Option("--plan", help="Print the plan and end.")] = False,
) -> None:
    """Run the mesh under load while faults strike; exit 1 when anything was lost or doubled."""
    console = Console()
    with one_line_errors():
        options = Options(
            orders=orders,
            duration=duration,
            seed=seed,
            faults=chosen(faults),
            folder=folder.absolute(),
            settle_seconds=settle,
            sabotage=safeguard(sabotage),
        )
        run = Run(options)
        print_plan(run, console)
        if only_plan:
            return
        report = _live(run, console) if console.is_terminal else _plain(run, console)
        show(report, console, options.folder / "report.json")
    raise typer.Exit(0 if report.held else 1)


def print_plan(run: Run, console: Console) -> None:
    """The faults to come."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("at", "fault", "", "whom", "for"):
        table.add_column(name)
    for strike in run.plan:
        lasts = f"{strike.lasts:.1f} s" if strike.lasts else ""
        table.add_row(
            f"{strike.at:.1f} s",
            strike.kind,
            KINDS[strike.kind],
            ", ".join(strike.targets),
            lasts or (f"{strike.count} times" if strike.count else ""),
        )
    console.print(table)


def _live(run: Run, console: Console) -> Report:
    with Live(run.display, console=console, refresh_per_second=4, transient=True):
        return run.play(run.display.say)


def _plain(run: Run, console: Console) -> Report:
    """Where nobody watches, a line now and then."""
    began = last = time.monotonic()
    say = run.display.say

    def line(text: str) -> None:
        nonlocal last
        say(text)
        last = time.monotonic()
        console.print(f"{last - began:7.1f} s  {text}", highlight=False, soft_wrap=True)

    run.display.say = line  # type: ignore[method-assign]
    return run.play(line)
