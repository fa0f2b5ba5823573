"""`crossdock edi list`, `show`, `resend` and `reprocess`: documents of the running service."""

from __future__ import annotations

import asyncio
import getpass
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from crossdock.acts import By
from crossdock.enquiry import enquire
from crossdock.privacy import note_look

from .personal import told

WIDTH = 80
SHOWN = (
    ("partner", "partner_id"), ("state", "state"), ("purchase order", "po_number"),
    ("order", "order_id"), ("reference", "reference"), ("control number", "control_number"),
    ("file", "file_name"), ("recorded", "recorded_at"), ("sent", "sent_at"),
    ("answer due", "due_at"), ("overdue since", "overdue_at"), ("answered", "answered_at"),
    ("answer", "answer"),
    ("profile", "profile_version"), ("trace", "trace_id"),
)  # fmt: skip

Id = Annotated[str, typer.Argument(metavar="DOCUMENT", help="Such as 855-ORD-100001.")]
Json = Annotated[bool, typer.Option("--json", help="Machine-readable.")]
Who = Annotated[str | None, typer.Option("--by", help="Who acts, if not the user here.")]
Reason = Annotated[str, typer.Option("--reason", help="Why, for the record.")]


def register(edi: typer.Typer) -> None:
    """Add these commands to `crossdock edi`."""
    edi.command("list")(list_documents)
    edi.command("show")(show)
    edi.command("resend")(resend)
    edi.command("reprocess")(reprocess)


def list_documents(
    partner: Annotated[str | None, typer.Option(help="Such as SENDER.")] = None,
    set_code: Annotated[str | None, typer.Option("--set", help="Such as 850 or ORDERS.")] = None,
    state: Annotated[
        str | None, typer.Option(help="received, translated, sent, acknowledged, rejected, ...")
    ] = None,
    direction: Annotated[str | None, typer.Option(help="in or out.")] = None,
    po: Annotated[str | None, typer.Option(help="The partner's purchase order number.")] = None,
    order: Annotated[str | None, typer.Option(help="Our order id.")] = None,
    since: Annotated[str | None, typer.Option(help="A time, such as 2026-03-01T00:00:00Z.")] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="Not acknowledged in time.")] = False,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=1000)] = 50,
    as_json: Json = False,
) -> None:
    """Documents in and out, the newest first."""
    filters = {
        "partner": partner,
        "set": set_code,
        "state": state,
        "direction": direction,
        "po": po,
        "order": order,
        "since": since,
        "overdue": "true" if overdue else None,
        "limit": str(limit),
    }
    given = {name: value for name, value in filters.items() if value is not None}
    rows = [_told(row) for row in enquire("partner_edi", "/documents", params=given)]
    if as_json:
        _print_json(rows)
        return
    Console(width=WIDTH, highlight=False).print(_table(rows) if rows else "no document matches")


def show(
    document_id: Id,
    as_json: Json = False,
    unredacted: Annotated[
        bool, typer.Option("--unredacted", help="Its text too; needs the role and --reason.")
    ] = False,
    by: Who = None,
    reason: Reason = "",
) -> None:
    """One document: where it stands, what is wrong with it, how often it was sent."""
    if unredacted:
        looker = By(who=by or getpass.getuser(), reason=reason)
        asyncio.run(note_look("partner_edi", looker, f"document {document_id}"))
    found = enquire("partner_edi", f"/documents/{document_id}")
    if not unredacted:
        found = {**_told(found), "raw": "(personal)" if found["raw"] else ""}
    if as_json:
        _print_json(found)
        return
    console = Console(width=WIDTH, highlight=False, markup=False)
    console.print(Text(f"{document_id}  {found['set_code']} {found['direction']}", style="bold"))
    for name, field in SHOWN:
        if found[field]:
            console.print(f"  {name:<15} {found[field]}")
    for sent in found["sendings"]:
        at = sent["written_at"][:19].replace("T", " ")
        console.print(f"  sent as         {sent['control_number']} at {at}, {sent['file_name']}")
    for finding in found["findings"]:
        console.print(f"  ! {finding}")
    if unredacted:
        console.print(Text(found["raw"]))


def resend(
    document_id: Id,
    renumber: Annotated[
        bool, typer.Option("--renumber", help="Write it anew, under a new control number.")
    ] = False,
    by: Who = None,
    reason: Reason = "",
) -> None:
    """Send a document of ours again: the same bytes under the same number, or --renumber."""
    _act(document_id, "resend", by, reason, renumber=renumber)
    typer.echo(f"{document_id}: is sent again, {'renumbered' if renumber else 'as it was'}")


def reprocess(document_id: Id, by: Who = None, reason: Reason = "") -> None:
    """Take a document that was refused or failed in again, once, as code and profile are now."""
    _act(document_id, "reprocess", by, reason)
    typer.echo(
        f"{document_id}: is taken again; `crossdock edi show {document_id}` tells how it went"
    )


def _act(document_id: str, act: str, by: str | None, reason: str, **more: bool) -> None:
    body = {"by": by or getpass.getuser(), "reason": reason, **more}
    enquire("partner_edi", f"/documents/{document_id}/{act}", method="POST", json=body)


def _told(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "findings": [told(finding) for finding in row["findings"]]}


def _print_json(value: Any) -> None:
    typer.echo(msgspec.json.format(msgspec.json.encode(value)).decode())


def _table(rows: list[dict[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1), header_style="dim")
    for name in ("document", "partner", "state", "about", "at (UTC)"):
        table.add_column(name, overflow="fold")
    for row in rows:
        state = Text(row["state"])
        if row["answer"] == "accepted_with_errors":
            state = Text("with errors", style="yellow")
        if row["overdue_at"] and row["state"] == "sent":
            state = Text("overdue", style="red")
        elif row["state"] in ("rejected", "failed"):
            state.stylize("red")
        at = row["recorded_at"][5:16].replace("T", " ")
        about = row["po_number"] or row["reference"]
        name = f"{'<' if row['direction'] == 'in' else '>'} {row['document_id']}"
        table.add_row(name, row["partner_id"], state, about, at)
    return table
