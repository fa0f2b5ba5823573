"""The commands for people: the chassis' own, and those of every installed package."""

from __future__ import annotations

from importlib.metadata import entry_points

import typer

from . import (
    acts,
    contracts,
    ground,
    letters,
    look,
    new,
    pause,
    permissions,
    rebuild,
    redrive,
    replay,
)

app = typer.Typer(
    name="crossdock",
    help="Keep a distributor's orders, stock, shipments, invoices and returns in agreement.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)


def build() -> typer.Typer:
    """The chassis' commands, and those of every installed package that offers some."""
    if not app.registered_commands:
        ground.register(app)
        contracts.register(app)
        new.register(app)
        permissions.register(app)
        look.register(app)
        letters.register(app)
        acts.register(app)
        pause.register(app)
        redrive.register(app)
        replay.register(app)
        rebuild.register(app)
        for point in sorted(entry_points(group="crossdock.commands"), key=lambda p: p.name):
            point.load()(app)
    return app
