"""`crossdock replay`: history once more, into a consumer or into its shadow."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import msgspec
import structlog
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ..difference import Differing, Lone, Verdict
from ..reach import chosen, database_url, load_service, package_version
from ..rehearsal import Tell
from ..shadow import Report, shadow

console = Console(soft_wrap=True, markup=False, highlight=False, emoji=False)
# Progress is for eyes: a program reads the other stream.
screen = Console(stderr=True)


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command("replay")(replay)


def replay(
    into: Annotated[str, typer.Option(help="The consumer that hears history.")],
    in_shadow: Annotated[
        bool, typer.Option("--shadow", help="In a store of its own; nothing is said to anybody.")
    ] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the shadow's store there.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable.")] = False,
) -> None:
    """Run a consumer as it is installed here over history, and report what it would say otherwise.

    It publishes nothing and makes no calls. Exit 1 when it differs from what its outbox holds.
    """
    [name] = chosen(into)
    with history(name) as tell:
        report = asyncio.run(
            shadow(load_service(name), database_url(name), package_version(name), tell, keep=keep)
        )
    if as_json:
        told = {**msgspec.to_builtins(report), "agrees": report.agrees}
        typer.echo(json.dumps(told, indent=2))
    else:
        for line in lines(report):
            console.print(line)
    if not report.agrees:
        raise typer.Exit(1)


@contextmanager
def history(what: str) -> Iterator[Tell]:
    """A run over history as people see it: a bar, and what the service warns of."""
    before = structlog.get_config()
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    try:
        with _progress(what) as tell:
            yield tell
    finally:
        structlog.configure(**before)


@contextmanager
def _progress(what: str) -> Iterator[Tell]:
    """A bar that a run over history moves; nothing where nobody looks."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(
        *columns,
        TimeRemainingColumn(),
        console=screen,
        transient=True,
        disable=not screen.is_terminal,
    ) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def lines(report: Report) -> Iterator[str]:
    """A report for people."""
    yield f"{report.service} {report.version}: {report.messages} messages of history compared"
    if report.unheard:
        yield f"  {report.unheard} more were not compared: the one at work has not handled them"
    if report.parked:
        yield f"  {report.parked} are parked in the shadow, and may yet say something"
    if report.other_causes:
        yield f"  {report.other_causes} events with other causes than messages were not compared"
    for literal, verdict in sorted(report.events.items()):
        counts = [f"{verdict.same} the same"]
        names = ("missing", "additional", "differing")
        counts += [f"{n} {name}" for name in names if (n := getattr(verdict, name))]
        yield f"{literal}: {', '.join(counts)}"
        yield from _examples(verdict)
    yield "it would say the same" if report.agrees else "it would do differently"


def _examples(verdict: Verdict) -> Iterator[str]:
    for what, examples in verdict.examples.items():
        for example in examples:
            if isinstance(example, Differing):
                for field, (old, new) in example.fields.items():
                    yield f"  {what} {example.key} {field}: {_short(old)} -> {_short(new)}"
            elif isinstance(example, Lone):
                yield f"  {what} {example.key} {_short(example.body)}"


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 100 else f"{text[:97]}..."
