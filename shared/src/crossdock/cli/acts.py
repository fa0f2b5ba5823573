"""The command that shows what people did: acts."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import msgspec
import typer
from rich.console import Console

from .. import letters, privacy
from ..acts import By
from ..reach import chosen, store
from . import letterhead
from .letters import (
    ByOption,
    JsonOption,
    LimitOption,
    NoteOption,
    ServiceOption,
    UnredactedOption,
    looker,
)

console = Console(soft_wrap=True)


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command("acts")(acts)


def acts(
    service: ServiceOption = None,
    limit: LimitOption = 50,
    as_json: JsonOption = False,
    unredacted: UnredactedOption = False,
    by: ByOption = None,
    reason: NoteOption = "",
) -> None:
    """What people did to messages, calls and lanes, and who looked, the latest first.

    With --json and --unredacted, the bodies of what was edited and discarded as well.
    """
    rows = asyncio.run(_acts(chosen(service), limit, looker(by, reason) if unredacted else None))
    if as_json:
        typer.echo(json.dumps(rows, indent=2, default=str))
    else:
        letterhead.print_acts(console, rows)


async def _acts(names: list[str], limit: int, by: By | None) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for name in names:
        if by is not None:
            await privacy.note_look(name, by, "bodies among the acts")
        async with store(name) as db:
            found += [
                {"service": name, **row} for row in await db.fetch(letters.SQL.acts, None, limit)
            ]
    found.sort(key=lambda row: row["at"], reverse=True)
    for row in found:
        for field in ("body_before", "body_after"):
            row[field] = None if row[field] is None else _told(row[field], by)
        for field in ("before", "after"):
            row[field] = msgspec.json.decode(row[field])
    return found


def _told(body: bytes, by: By | None) -> str:
    return body.decode(errors="replace") if by else f"({len(body)} bytes: --unredacted)"
