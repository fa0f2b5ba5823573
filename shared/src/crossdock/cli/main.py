"""`crossdock`: run, migrate, lay streams, look. Errors are one line with the next step."""

from __future__ import annotations

import os
import sys
from importlib.metadata import entry_points

import typer
from rich.console import Console

from ..errors import CrossdockError
from ..settings import cli_environment
from . import contracts, ground, letters, look, pause, redrive

app = typer.Typer(
    name="crossdock",
    help="Keep a distributor's orders, stock, shipments, invoices and returns in agreement.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


def build() -> typer.Typer:
    """The chassis' commands, and those of every installed package that offers some."""
    if not app.registered_commands:
        ground.register(app)
        contracts.register(app)
        look.register(app)
        letters.register(app)
        pause.register(app)
        redrive.register(app)
        for point in sorted(entry_points(group="crossdock.commands"), key=lambda p: p.name):
            point.load()(app)
    return app


def main() -> None:
    """Run the command line; a user's mistake or a missing server is one line, never a traceback."""
    try:
        if sys.argv[1:2] == ["run"]:
            ground.run_service(sys.argv[2:])
        else:
            os.environ.update(cli_environment())
            build()()
    except CrossdockError as error:
        Console(stderr=True, soft_wrap=True).print(
            f"crossdock: {error}", markup=False, highlight=False
        )
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
