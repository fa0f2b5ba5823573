"""Commands that look: status, tail, parked, dead."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from .. import errands, outbox, parked
from ..ids import new_id
from ..message import place_of, read_message
from ..reach import chosen, jetstream, store
from ..sql import queries

ServiceOption = Annotated[str | None, typer.Option("--service", "-s", help="One service only.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Machine-readable.")]
LimitOption = Annotated[int, typer.Option("--limit", "-n", min=1, help="Rows per service.")]

console = Console(soft_wrap=True)
SQL = queries("look")


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("status")(status)
    app.command("tail")(tail)
    app.command("parked")(parked_command)
    app.command("dead")(dead_command)


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
        for trouble in row["trouble"]:
            console.print(f"{row['service']}: {trouble}", style="red", highlight=False)


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
    lanes = [row for row in leases if row["kind"] == "lane"]
    return {
        "service": name,
        "replicas": live,
        "lanes": f"{sum(bool(row['held']) for row in lanes)}/{len(lanes)}",
        "lag": await _lag(js, lanes),
        "outbox": backlog["rows"],
        "parked": counts["parked"],
        "dead": counts["dead"] + calls["dead"],
        "errands": calls["due"],
        "trouble": [f"{row['name']}: {row['trouble']}" for row in leases if row["trouble"]],
    }


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
) -> None:
    """Show events as they are stored, the latest first ones and then live. Ctrl-C ends it."""
    asyncio.run(_tail(subject, count, since, as_json))


async def _tail(subject: str, count: int, since: int, as_json: bool) -> None:
    noun, _, verb = subject.removesuffix(".>").partition(".")
    nouns = None if noun in {">", "*", ""} else noun
    done = asyncio.Event()
    seen = 0

    async def show(raw: Any) -> None:
        nonlocal seen
        sequence = place_of(raw.reply).sequence
        stream = raw.subject.partition(".")[0].upper()
        message = read_message(stream, sequence, raw.subject, raw.headers, raw.data)
        seen += 1
        if as_json:
            typer.echo(raw.data.decode(errors="replace"))
        else:
            at = message.occurred_at.strftime("%H:%M:%S.%f")[:-3]
            body = raw.data.decode(errors="replace")
            console.print(
                f"{at} {message.type} {message.key} {body}", highlight=False, markup=False
            )
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


def parked_command(
    service: ServiceOption = None, limit: LimitOption = 50, as_json: JsonOption = False
) -> None:
    """Messages that wait to be tried again, with those of the same key behind them."""
    _list(service, ["waiting", "behind"], limit, as_json)


def dead_command(
    service: ServiceOption = None, limit: LimitOption = 50, as_json: JsonOption = False
) -> None:
    """Messages and calls to the outside that wait for a person, and why."""
    _list(service, ["dead"], limit, as_json)


def _list(service: str | None, states: list[str], limit: int, as_json: bool) -> None:
    rows = asyncio.run(_collect(chosen(service), states, limit))
    if as_json:
        typer.echo(json.dumps(rows, indent=2, default=str))
        return
    if not rows:
        console.print("none")
        return
    for row in rows:
        behind = f", {row['behind']} behind it" if row["behind"] else ""
        head = f"{row['service']}  {row['type']}  {row['key']}  {row['state']}"
        console.print(head, style="bold", highlight=False)
        console.print(
            f"  {row['reason'] or 'waits'}: {row['error'] or 'for an earlier message of its key'}",
            f"\n  attempts {row['attempts']}{behind}, {row['where']}, trace {row['trace_id']}",
            highlight=False,
            markup=False,
        )


async def _collect(names: list[str], states: list[str], limit: int) -> list[dict[str, Any]]:
    found = []
    for name in names:
        async with store(name) as db:
            rows = await db.fetch(parked.SQL.list_parked, states, limit)
            found += [_parked_row(name, row) for row in rows]
            if "dead" in states:
                rows = await db.fetch(errands.SQL.list_dead, limit)
                found += [_errand_row(name, row) for row in rows]
    return found


def _parked_row(service: str, row: Any) -> dict[str, Any]:
    return {
        "service": service,
        **{k: row[k] for k in ("type", "key", "state", "reason", "error", "attempts", "behind")},
        "where": f"{row['stream']} {row['sequence']}",
        "event_id": str(row["message_id"]),
        "parked_at": row["parked_at"].isoformat(),
        "due_at": row["due_at"].isoformat(),
        "trace_id": row["traceparent"][3:35],
        "body": row["body"].decode(errors="replace"),
    }


def _errand_row(service: str, row: Any) -> dict[str, Any]:
    return {
        "service": service,
        "type": row["kind"],
        "key": row["key"],
        "state": "dead",
        "reason": "errand",
        "error": row["error"],
        "attempts": row["attempts"],
        "behind": 0,
        "where": f"errand {row['id']}",
        "event_id": str(row["id"]),
        "parked_at": row["created_at"].isoformat(),
        "due_at": "",
        "trace_id": row["traceparent"][3:35],
        "body": row["payload"].decode(errors="replace"),
    }
