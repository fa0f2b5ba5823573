"""`crossdock bench`: one run, one table, `results.json` and a plot."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from crossdock_local.cli import one_line_errors

FOLDER = Path("var/bench")
ROWS = "path,relay,held,history,overhead,latency,dead,edi,mesh"


def register(app: typer.Typer) -> None:
    """Add the command; what it needs is imported only when it runs."""
    app.command()(bench)


def bench(
    rows: Annotated[str, typer.Option(help="Which, separated by commas.")] = ROWS,
    messages: Annotated[int, typer.Option(min=4000, help="Per lap of the fast peers.")] = 40_000,
    rounds: Annotated[int, typer.Option(min=1, help="Laps per peer; they take turns.")] = 3,
    lanes: Annotated[int, typer.Option(min=1, max=16)] = 2,
    dead: Annotated[int, typer.Option(help="Messages before dead tuples are counted.")] = 1_000_000,
    seconds: Annotated[int, typer.Option(min=5, help="Of sustained load on the mesh.")] = 60,
    rate: Annotated[int, typer.Option(min=0, help="Orders/s on the mesh; 0 finds it.")] = 0,
    quick: Annotated[bool, typer.Option(help="Few messages, one round, and labelled so.")] = False,
    folder: Annotated[Path, typer.Option(help="Where data and results go.")] = FOLDER,
    publish: Annotated[
        bool, typer.Option("--publish", help="Measure nothing: show the last run in the README.")
    ] = False,
) -> None:
    """Measure the event path against its peers, and the whole mesh, on embedded servers."""
    if publish:
        from .page import Page

        with one_line_errors():
            Page().publish(folder)
        return
    from .run import Options, run

    if quick:
        messages, rounds, dead, seconds = 8000, 1, 20_000, 10
    options = Options(
        rows=rows.split(","),
        messages=messages,
        rounds=rounds,
        lanes=lanes,
        dead=dead,
        seconds=seconds,
        rate=rate,
        quick=quick,
    )
    raise typer.Exit(run(options, folder))
