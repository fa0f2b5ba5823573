"""`crossdock bench`: one run, one table, `results.json` and a plot."""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    """Add the command; what it needs is imported only when it runs."""
    app.command()(bench)


def bench() -> None:
    """Measure the event path and the whole mesh."""
