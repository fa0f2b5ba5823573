"""How parked and dead letters, and the acts on them, are printed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from ..letters import ERRAND, Letter
from ..privacy import letter_shown


def pretty(body: bytes) -> str:
    """A body for reading: indented where it is JSON, as it is where not."""
    try:
        return msgspec.json.format(body, indent=2).decode() + "\n"
    except (msgspec.DecodeError, UnicodeDecodeError):
        return body.decode(errors="backslashreplace")


def as_dict(letter: Letter) -> dict[str, Any]:
    """A letter for machines; its body is shown as it is given."""
    return {
        "id": letter.id,
        "service": letter.service,
        "type": letter.type,
        "key": letter.key,
        "state": letter.state,
        "reason": letter.reason,
        "error": letter.error,
        "attempts": letter.attempts,
        "behind": letter.behind,
        "stream": letter.stream,
        "sequence": letter.sequence,
        "event_id": str(letter.event_id),
        "parked_at": letter.parked_at.isoformat(),
        "due_at": letter.due_at.isoformat(),
        "trace_id": letter.trace_id,
        "headers": letter.headers,
        "body": letter.body.decode(errors="replace"),
    }


def print_list(console: Console, found: Sequence[Letter], as_json: bool) -> None:
    """One paragraph each."""
    if as_json:
        typer.echo(json.dumps([as_dict(letter_shown(letter)) for letter in found], indent=2))
        return
    if not found:
        console.print("none")
    for letter in found:
        behind = f", {letter.behind} behind it" if letter.behind else ""
        head = f"{letter.id}  {letter.type}  {letter.key}  {letter.state}"
        why = letter.error or "for an earlier message of its key"
        console.print(head, style="bold", highlight=False, markup=False)
        console.print(
            f"  {letter.reason or 'waits'}: {why}",
            f"\n  attempts {letter.attempts}{behind}, trace {letter.trace_id}",
            highlight=False,
            markup=False,
        )


def print_one(
    console: Console, letter: Letter, queue: Sequence[Any], acts: Sequence[Any], as_json: bool
) -> None:
    """Everything about one."""
    name = "id" if letter.stream == ERRAND else "message_id"
    own = next((n for n, row in enumerate(queue) if row[name] == letter.event_id), 0)
    before, behind = queue[:own], queue[own + 1 :]
    if as_json:
        found = as_dict(letter) | {
            "waits_behind": [_line(letter, row) for row in before],
            "behind_it": [_line(letter, row) for row in behind],
            "acts": [{"at": row["at"].isoformat(), "who": row["who"], "action": row["action"],
                      "reason": row["reason"]} for row in acts],
        }  # fmt: skip
        typer.echo(json.dumps(found, indent=2))
        return
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for field in ("id", "type", "key", "state", "reason", "error", "attempts"):
        table.add_row(field, str(getattr(letter, field)))
    table.add_row("parked", letter.parked_at.isoformat(timespec="seconds"))
    table.add_row("due", letter.due_at.isoformat(timespec="seconds"))
    table.add_row("trace", letter.trace_id)
    for header, value in letter.headers.items():
        table.add_row(header, value)
    for text, rows in (("waits behind", before), ("behind it", behind)):
        for row in rows:
            table.add_row(text, _line(letter, row))
    for row in acts:
        table.add_row("act", _act(row))
    console.print(table)
    console.print(pretty(letter.body), highlight=False, markup=False)


def _line(letter: Letter, row: Any) -> str:
    if letter.stream == ERRAND:
        return f"{letter.service}:{ERRAND}:{row['id']}  {row['kind']}  {row['state']}"
    return f"{letter.service}:{letter.stream}:{row['sequence']}  {row['type']}  {row['state']}"


def _act(row: Any) -> str:
    at = row["at"].isoformat(timespec="seconds")
    return f"{at}  {row['who']}  {row['action']}" + (f": {row['reason']}" if row["reason"] else "")


def print_acts(console: Console, rows: Sequence[dict[str, Any]]) -> None:
    """One line each."""
    if not rows:
        console.print("none")
    for row in rows:
        at = row["at"].isoformat(timespec="seconds")
        why = f": {row['reason']}" if row["reason"] else ""
        text = f"{at}  {row['service']}  {row['who']}  {row['action']}  {row['about']}{why}"
        console.print(text, highlight=False, markup=False)
