"""`crossdock replay`: history once more, into a consumer or into its shadow."""

from __future__ import annotations

import asyncio
import getpass
import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated

import msgspec
import structlog
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ..acts import By
from ..difference import Differing, Lone, Verdict
from ..errors import NotReady
from ..history import give_key, move_back
from ..reach import chosen, database_url, jetstream, load_service, package_version, store
from ..rehearsal import Tell
from ..shadow import Report, shadow
from .announce import ring

console = Console(soft_wrap=True, markup=False, highlight=False, emoji=False)
# Progress is for eyes: a program reads the other stream.
screen = Console(stderr=True)


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command("replay")(replay)


def replay(
    into: Annotated[str, typer.Option(help="The consumer that hears history.")],
    since: Annotated[
        str | None,
        typer.Option("--from", help="`first`, or a time such as 2026-03-01T00:00Z."),
    ] = None,
    key: Annotated[str | None, typer.Option(help="Only of this order, SKU or document.")] = None,
    in_shadow: Annotated[
        bool, typer.Option("--shadow", help="In a store of its own; nothing is said to anybody.")
    ] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the shadow's store there.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable.")] = False,
    by: Annotated[str | None, typer.Option("--by", help="Who acts, if not the user here.")] = None,
    reason: Annotated[str, typer.Option("--reason", help="Why, for the record.")] = "",
) -> None:
    """Let a consumer hear history that it has not heard, or compare what it would say of it.

    With --from or --key it handles what it has not handled, and goes on with what is said now. With
    --shadow it runs as it is installed here in a store of its own, publishes nothing and makes no
    calls; exit 1 when it would do differently from what its outbox holds.
    """
    [name] = chosen(into)
    if [since is not None, key is not None, in_shadow].count(True) != 1:
        raise NotReady("say one of --from first, --from TIME, --key KEY and --shadow")
    if in_shadow:
        _compare(name, keep, as_json)
        return
    who = By(who=by or getpass.getuser(), reason=reason)
    count = asyncio.run(_again(name, _moment(since), key, who))
    what = f"{count} events of {key} to handle" if key else f"{count} events before it"
    console.print(f"{name}: {what}; what it handled already is not handled again")


def _moment(text: str | None) -> datetime | None:
    if text is None or text == "first":
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise NotReady(f"--from {text!r}: say `first`, or a time: 2026-03-01T00:00Z") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


async def _again(name: str, since: datetime | None, key: str | None, by: By) -> int:
    service = load_service(name)
    async with jetstream() as js, store(name) as db:
        if key is not None:
            count = await give_key(service, db, js, key, by)
        else:
            count = await move_back(service, db, js, since, by)
    await ring([name])
    return count


def _compare(name: str, keep: bool, as_json: bool) -> None:
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
