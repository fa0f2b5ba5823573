"""Commands for what is parked or dead: list, show, retry, edit, discard."""

from __future__ import annotations

import asyncio
import getpass
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Annotated, Any

import click
import typer
from rich.console import Console
from rich.progress import Progress

from .. import letters, privacy
from ..acts import By
from ..letters import Filters, Letter, Refused
from ..reach import chosen, load_service, store
from . import letterhead
from .announce import ring

console = Console(soft_wrap=True)
STATES = {"parked": ("waiting", "behind"), "dead": ("dead",)}
HELP = {
    "parked": "Messages that wait to be tried again, with those of the same key behind them.",
    "dead": "Messages and calls to the outside that wait for a person, and why.",
}
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}

Id = Annotated[str, typer.Argument(help="Such as invoicing:SHIPMENTS:42.")]
MaybeId = Annotated[str | None, typer.Argument(help="Such as invoicing:SHIPMENTS:42.")]
All = Annotated[bool, typer.Option("--all", help="Every one that matches, as it is now.")]
ServiceOption = Annotated[str | None, typer.Option("--service", "-s", help="One service only.")]
StreamOption = Annotated[str | None, typer.Option("--stream", help="Such as SHIPMENTS.")]
TypeOption = Annotated[str | None, typer.Option("--type", help="Such as shipments.shipped.")]
KeyOption = Annotated[str | None, typer.Option("--key", help="Such as ORD-1042.")]
ReasonOption = Annotated[
    str | None,
    typer.Option("--why", help="reject, technical, retry_later, too_new, undecodable, errand."),
]
OlderOption = Annotated[str | None, typer.Option("--older-than", help="Such as 90s, 10m, 2h, 3d.")]
RateOption = Annotated[float, typer.Option(min=0, help="At most so many a second; 0 for no limit.")]
ByOption = Annotated[str | None, typer.Option("--by", help="Who acts, if not the user here.")]
NoteOption = Annotated[str, typer.Option("--reason", help="Why, for the record.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Machine-readable.")]
UnredactedOption = Annotated[
    bool, typer.Option("--unredacted", help="Personal data too; needs the role and --reason.")
]
LimitOption = Annotated[int, typer.Option("--limit", "-n", min=1, help="Rows per service.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    for name in STATES:
        app.add_typer(_group(name), name=name, help=HELP[name])


def _group(name: str) -> typer.Typer:
    group = typer.Typer(invoke_without_command=True, no_args_is_help=False)

    @group.callback()
    def list_them(
        context: typer.Context,
        service: ServiceOption = None,
        stream: StreamOption = None,
        type: TypeOption = None,
        key: KeyOption = None,
        why: ReasonOption = None,
        older_than: OlderOption = None,
        limit: LimitOption = 50,
        as_json: JsonOption = False,
    ) -> None:
        if context.invoked_subcommand is None:
            filters = _filters(stream, type, key, why, older_than)
            found = asyncio.run(_select(service, STATES[name], filters, limit))
            letterhead.print_list(console, found, as_json)

    @group.command("retry")
    def retry(
        id: MaybeId = None,
        all: All = False,
        service: ServiceOption = None,
        stream: StreamOption = None,
        type: TypeOption = None,
        key: KeyOption = None,
        why: ReasonOption = None,
        older_than: OlderOption = None,
        rate: RateOption = 50,
        by: ByOption = None,
        reason: NoteOption = "",
    ) -> None:
        """Have it tried now. With --all, what matches now, and nothing that comes later."""
        filters = _filters(stream, type, key, why, older_than)
        heads = ("waiting",) if name == "parked" else STATES[name]
        who = By(who=by or getpass.getuser(), reason=reason)
        asyncio.run(_act("retry", letters.retry, id, all, service, heads, filters, rate, who))

    @group.command("discard")
    def discard(
        reason: Annotated[str, typer.Option("--reason", help="Why, for the record.")],
        id: MaybeId = None,
        all: All = False,
        service: ServiceOption = None,
        stream: StreamOption = None,
        type: TypeOption = None,
        key: KeyOption = None,
        why: ReasonOption = None,
        older_than: OlderOption = None,
        rate: RateOption = 50,
        by: ByOption = None,
    ) -> None:
        """Take it out for good. What waits behind it goes on; its bytes stay among the acts."""
        if not reason.strip():
            raise Refused("say why with --reason: it is kept with what was discarded")
        filters = _filters(stream, type, key, why, older_than)
        who = By(who=by or getpass.getuser(), reason=reason)
        states = STATES[name]
        asyncio.run(_act("discard", letters.discard, id, all, service, states, filters, rate, who))

    group.command("show")(show)
    group.command("edit")(edit)
    return group


def _filters(
    stream: str | None, type: str | None, key: str | None, why: str | None, older: str | None
) -> Filters:
    return Filters(stream=stream, type=type, key=key, reason=why, older_than=_span(older))


def _span(text: str | None) -> timedelta | None:
    if text is None:
        return None
    match = re.fullmatch(r"(\d+)([smhd])", text)
    if match is None:
        raise Refused(f"--older-than {text!r}: say 90s, 10m, 2h or 3d")
    return timedelta(**{UNITS[match[2]]: int(match[1])})


async def _select(
    service: str | None, states: tuple[str, ...], filters: Filters, limit: int | None
) -> tuple[Letter, ...]:
    found: list[Letter] = []
    for name in chosen(service):
        async with store(name) as db:
            found += await letters.select(db, name, states, filters, limit)
    return tuple(found)


async def _one(letter_id: str) -> Letter:
    async with store(letters.split(letter_id)[0]) as db:
        return await letters.find(db, letter_id)


def show(
    id: Id,
    as_json: JsonOption = False,
    unredacted: UnredactedOption = False,
    by: ByOption = None,
    reason: NoteOption = "",
) -> None:
    """Everything about one: body, headers, error, attempts, trace, and what waits behind it.

    What is personal in the body is left out, unless asked for by whoever may see it.
    """
    asyncio.run(_show(id, as_json, looker(by, reason) if unredacted else None))


async def _show(letter_id: str, as_json: bool, by: By | None) -> None:
    async with store(letters.split(letter_id)[0]) as db:
        letter = await letters.find(db, letter_id)
        if by is not None:
            await privacy.note_look(letter.service, by, letter.id)
        else:
            letter = privacy.letter_shown(letter)
        queue = await letters.queue(db, letter)
        done = await db.fetch(letters.SQL.acts, letter.id, 20)
    letterhead.print_one(console, letter, queue, done, as_json)


def edit(
    id: Id,
    body: Annotated[
        typer.FileBinaryRead | None, typer.Option(help="The new body; - reads it from the input.")
    ] = None,
    by: ByOption = None,
    reason: NoteOption = "",
) -> None:
    """Change the body and have it tried. The original bytes stay among the acts.

    Without --body it opens $EDITOR with all of it, for whoever may see personal data.
    """
    given = None if body is None else body.read()
    asyncio.run(_edit(id, given, By(who=by or getpass.getuser(), reason=reason)))


def looker(by: str | None, reason: str) -> By:
    """Whoever looks, and why."""
    return By(who=by or getpass.getuser(), reason=reason)


async def _edit(letter_id: str, given: bytes | None, by: By) -> None:
    letter = await _one(letter_id)
    service = load_service(letter.service)
    if given is not None:
        new = given
        letters.check(letter, new, service)
    else:
        await privacy.note_look(letter.service, by, letter.id)
        new = _in_editor(letter, lambda bytes: letters.check(letter, bytes, service))
    async with store(letter.service) as db:
        await letters.retry(db, letter, by, body=new)
    await ring([letter.service])
    console.print(f"{letter.id}: edited, to be tried now", highlight=False)


def _in_editor(letter: Letter, check: Callable[[bytes], None]) -> bytes:
    """What a person saved, once it is accepted; they may correct it as often as they like."""
    text = letterhead.pretty(letter.body)
    while True:
        saved = click.edit(text, extension=".json", require_save=True)
        if saved is None:
            raise Refused("nothing was saved; the message is as it was")
        try:
            check(saved.encode())
            return saved.encode()
        except Refused as error:
            console.print(str(error), style="red", highlight=False, markup=False)
            if not click.confirm("Edit again?", default=True):
                raise
            text = saved


async def _act(
    verb: str,
    act: Callable[[Any, Letter, By], Awaitable[None]],
    letter_id: str | None,
    all: bool,
    service: str | None,
    states: tuple[str, ...],
    filters: Filters,
    rate: float,
    by: By,
) -> None:
    if (letter_id is None) != all:
        raise Refused(f"say which: an id, or --all with filters, to {verb}")
    selection = (
        (await _one(letter_id),) if letter_id else await _select(service, states, filters, None)
    )
    refused = await _run(act, selection, rate, by)
    await ring({letter.service for letter in selection})
    done = len(selection) - len(refused)
    console.print(f"{verb}: {done} of {len(selection)} selected", highlight=False)
    for text in refused:
        console.print(f"  left alone: {text}", highlight=False, markup=False)
    if refused and letter_id:
        raise typer.Exit(1)


async def _run(
    act: Callable[[Any, Letter, By], Awaitable[None]],
    selection: tuple[Letter, ...],
    rate: float,
    by: By,
) -> list[str]:
    """Act on a selection; what was refused, and why."""
    refused: list[str] = []
    by_service = sorted(selection, key=lambda letter: letter.service)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=len(selection))
        for name in sorted({letter.service for letter in selection}):
            mine = [letter for letter in by_service if letter.service == name]
            async with store(name) as db:
                async for letter in letters.throttled(mine, rate):
                    try:
                        await act(db, letter, by)
                    except Refused as error:
                        refused.append(str(error))
                    progress.advance(task)
    return refused
