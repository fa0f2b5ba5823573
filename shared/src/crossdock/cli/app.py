"""The commands for people: the chassis' own, and those of every installed package.

Each command is loaded when it is asked for, since loading all of them takes a second.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.metadata import entry_points

import typer

# Which module here registers which commands; other packages say it in `crossdock.commands`.
OWN = {
    "ground": ("run", "migrate", "topology"),
    "contracts": ("contracts",),
    "new": ("new",),
    "permissions": ("permissions",),
    "look": ("status", "tail"),
    "letters": ("parked", "dead"),
    "acts": ("acts",),
    "pause": ("pause", "resume"),
    "redrive": ("redrive",),
    "replay": ("replay",),
    "rebuild": ("rebuild",),
}
Register = Callable[[typer.Typer], None]


def build(word: str | None = None) -> typer.Typer:
    """The command line with all commands; with only those beside `word`, if it is a command."""
    app = typer.Typer(
        name="crossdock",
        help="Keep a distributor's orders, stock, shipments, invoices and returns in agreement.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode="markdown",
    )
    # One command alone would be the whole command line.
    app.callback()(lambda: None)
    for register in _registering(word) or _registering(None):
        register(app)
    return app


def _registering(word: str | None) -> list[Register]:
    """The functions that register commands: all, or the one that knows `word`."""
    modules = [module for module, words in OWN.items() if word in (None, *words)]
    found: list[Register] = [
        import_module(f".{module}", __package__).register for module in modules
    ]
    points = sorted(entry_points(group="crossdock.commands"), key=lambda point: point.name)
    theirs = {point.value: point for point in points if word in (None, point.name)}
    return found + [point.load() for point in theirs.values()]
