"""Commands that look: status, tail."""

from __future__ import annotations

import asyncio
import getpass
import json
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from .. import errands, outbox, parked, pauses, privacy
from ..acts import By
from ..ids import new_id
from ..message import place_of, read_message
from ..reach import chosen, jetstream, store
from ..sql import queries

ServiceOption = Annotated[str | None, typer.Option("--service", "-s", help="One service only.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Machine-readable.")]

console = Console(soft_wrap=True)
SQL = queries("look")


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("status")(status)
    app.command("tail")(tail)


def status(service: ServiceOption = None, as_json: JsonOption = False) -> None:
    """Each service: replicas that live, backlog of its outbox, lag of its lanes, parked, dead."""
    rows = asyncio.run(_status(chosen(service)))
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    table = Table(box=None, pad_edge=False)
    table.add_column("service")
    columns = ("replicas", "lanes", "lag", "outbox", "parked", "dead", "errands")
    for name in columns:
        table.add_column(name, justify="right")
    for row in rows:
        table.add_row(row["service"], *(str(row[name]) for name in columns))
    console.print(table)
    for row in rows:
        for pause in row["paused"]:
            text = f"{row['service']}: {pause}"
            console.print(text, style="yellow", highlight=False, markup=False)
        if row["too_new"]:
            text = f"{row['service']}: {row['too_new']} parked, newer than its release: upgrade it"
            console.print(text, style="yellow", highlight=False, markup=False)
        for trouble in row["trouble"]:
            text = f"{row['service']}: {trouble}"
            console.print(text, style="red", highlight=False, markup=False)


async def _status(names: list[str]) -> list[dict[str, Any]]:
    async with jetstream() as js:
        return [await _status_of(name, js) for name in names]


async def _status_of(name: str, js: Any) -> dict[str, Any]:
    async with store(name) as db:
        leases = await db.fetch(SQL.leases)
        live = await db.fetchval(SQL.replicas)
        [counts] = await db.fetch(parked.SQL.counts)
        [backlog] = await db.fetch(outbox.SQL.backlog)
        [calls] = await db.fetch(errands.SQL.counts)
        paused = await db.fetch(pauses.SQL.list)
    lanes = [row for row in leases if row["kind"] == "lane"]
    return {
        "service": name,
        "replicas": live,
        "lanes": f"{sum(bool(row['held']) for row in lanes)}/{len(lanes)}",
        "lag": await _lag(js, lanes),
        "outbox": backlog["rows"],
        "parked": counts["parked"],
        "too_new": counts["too_new"],
        "dead": counts["dead"] + calls["dead"],
        "errands": calls["due"],
        "paused": [_pause(row) for row in paused],
        "trouble": [f"{row['name']}: {row['trouble']}" for row in leases if row["trouble"]],
    }


def _pause(row: Any) -> str:
    what = "everything" if row["scope"] == pauses.SERVICE else row["scope"].replace(":", " ")
    why = f": {row['reason']}" if row["reason"] else ""
    return f"{what} paused by {row['who']} since {row['paused_at']:%Y-%m-%d %H:%M:%S}{why}"


async def _lag(js: Any, lanes: list[Any]) -> int:
    """Messages above the lanes' positions; an upper bound: a lane hears only some subjects."""
    total = 0
    for stream in {row["stream"] for row in lanes}:
        info = await js.stream(stream)
        if info is None:
            continue
        for row in (row for row in lanes if row["stream"] == stream):
            pending = info["state"]["last_seq"] - row["position"]
            total += max(0, pending) * len(row["partitions"]) // 16
    return total


def tail(
    subject: Annotated[str, typer.Argument(help="Such as orders.accepted, orders, or '>'.")],
    count: Annotated[
        int, typer.Option("--count", "-c", min=0, help="Stop after so many; 0 never.")
    ] = 0,
    since: Annotated[int, typer.Option(min=0, help="Begin so many stored messages back.")] = 10,
    as_json: JsonOption = False,
    unredacted: Annotated[
        bool, typer.Option("--unredacted", help="Personal data too; needs the role and --reason.")
    ] = False,
    reason: Annotated[str, typer.Option("--reason", help="Why, for the record.")] = "",
) -> None:
    """Show events as they are stored, the latest first ones and then live. Ctrl-C ends it.

    What is personal in them is left out, unless asked for by whoever may see it.
    """
    by = By(who=getpass.getuser(), reason=reason) if unredacted else None
    asyncio.run(_tail(subject, count, since, as_json, by))


async def _tail(subject: str, count: int, since: int, as_json: bool, by: By | None) -> None:
    noun, _, verb = subject.removesuffix(".>").partition(".")
    nouns = None if noun in {">", "*", ""} else noun
    done = asyncio.Event()
    seen = 0
    if by is not None:
        await privacy.note_look_at_noun(nouns, by)

    async def show(raw: Any) -> None:
        nonlocal seen
        if done.is_set():
            return
        sequence = place_of(raw.reply).sequence
        stream = raw.subject.partition(".")[0].upper()
        message = read_message(stream, sequence, raw.subject, raw.headers, raw.data)
        seen += 1
        body = raw.data if by else privacy.event_shown(message.type, raw.data)
        text = body.decode(errors="replace")
        if as_json:
            typer.echo(text)
        else:
            at = message.occurred_at.strftime("%H:%M:%S.%f")[:-3]
            line = f"{at} {message.type} {message.key} {text}"
            console.print(line, highlight=False, markup=False)
        if count and seen >= count:
            done.set()

    from ..topology import streams

    async with jetstream() as js:
        for stream in [nouns.upper()] if nouns else streams():
            info = await js.stream(stream)
            if info is None:
                console.print(f"no stream {stream}; run `crossdock topology`", style="red")
                raise typer.Exit(1)
            start = max(info["state"]["first_seq"], info["state"]["last_seq"] - since + 1, 1)
            wanted = f"{stream.lower()}.{verb.partition('.')[0] or '*'}.*.*"
            await js.client.subscribe(inbox := js.client.new_inbox(), cb=show)
            await js.api(
                f"CONSUMER.CREATE.{stream}",
                {
                    "stream_name": stream,
                    "config": {
                        "deliver_subject": inbox,
                        "deliver_policy": "by_start_sequence",
                        "opt_start_seq": start,
                        "filter_subject": wanted,
                        "ack_policy": "none",
                        "mem_storage": True,
                        "num_replicas": 1,
                        "description": f"tail-{new_id().hex[:8]}",
                    },
                },
            )
        await done.wait()
