"""`crossdock order`, `audit` and `catalogue`: what the control tower adds to the command line."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from crossdock.enquiry import enquire

from .audit.command import audit

WIDTH = 80


def register(app: typer.Typer) -> None:
    """Add this service's commands to `crossdock`."""
    app.command("order")(order)
    app.command("audit")(audit)
    app.command("catalogue")(write_catalogue)


def order(
    order_id: Annotated[str, typer.Argument(metavar="ORD-…", help="The canonical order id.")],
    json: Annotated[bool, typer.Option("--json", help="Print the timeline as JSON.")] = False,
) -> None:
    """Follow one order through every service: what happened, when, caused by what."""
    story = enquire("control_tower", f"/orders/{order_id}/timeline")
    if json:
        typer.echo(msgspec.json.format(msgspec.json.encode(story)).decode())
        return
    console = Console(width=min(Console().width, WIDTH), highlight=False)
    console.print(header(story))
    console.print(table(story))


def write_catalogue(
    out: Annotated[Path, typer.Argument(help="The file to write.")] = Path("catalogue.html"),
) -> None:
    """Write the catalogue of all events as one HTML file; the control tower serves it too."""
    # Here: every command of `crossdock` imports this file, beside whatever contracts there are.
    from .catalogue import page

    out.write_text(page(), encoding="utf-8")
    typer.echo(f"{out}: written")


def clock(at: str) -> str:
    """The time of day in UTC, to the millisecond."""
    return f"{datetime.fromisoformat(at).astimezone(UTC):%H:%M:%S.%f}"[:-3]


def header(story: dict[str, Any]) -> Text:
    """Where the order stands, how far it came, and the trace to look up."""
    counts = ", ".join(
        f"{count} {name.replace('_', ' ') if count != 1 else name.replace('_', ' ')[:-1]}"
        for name, count in story["counts"].items()
        if count
    )
    facts = [
        f"{len(story['steps'])} events in {story['total_seconds']:.1f} s"
        f" over {len(story['services'])} services",
        counts,
        f"from {story['steps'][0]['at'][:19].replace('T', ' ')} UTC",
    ]
    text = Text.assemble((story["order_id"], "bold"), "  ", (story["status"], "bold green"), "\n")
    text.append("\n".join(fact for fact in facts if fact))
    for trace_id in story["trace_ids"]:
        text.append(f"\ntrace {trace_id}", style="cyan")
    return text


def table(story: dict[str, Any]) -> Table:
    """One step per row; what happened stands below the event's name, so that 80 columns do."""
    rows = Table(box=None, pad_edge=False, padding=(0, 1), header_style="dim")
    rows.add_column("time", no_wrap=True)
    rows.add_column("service", no_wrap=True)
    rows.add_column("event: what happened", ratio=1, overflow="fold")
    rows.add_column("+ms", justify="right", no_wrap=True)
    for step in story["steps"]:
        event = Text(step["type"].rpartition(".")[0], style="bold")
        event.append(f"\n{step['summary']}", style="not bold")
        waited = f"{step['since_previous_ms']:,.0f}"
        rows.add_row(clock(step["at"]), step["service"], event, waited)
    return rows
