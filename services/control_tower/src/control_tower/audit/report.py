"""What an audit found, for people and for programs."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from .rounds import Audit

VIOLATIONS_SHOWN = 20
IN_FLIGHT_SHOWN = 5


def as_json(audit: Audit) -> dict[str, Any]:
    """Everything that was found, nothing left out."""
    return {
        "violations": audit.violations,
        "in_flight": audit.in_flight,
        "not_audited": dict(audit.missing),
        "invariants": [
            {
                "number": verdict.number,
                "name": verdict.name,
                "checked": verdict.checked,
                "in_flight": [
                    {"text": found.text, "because": list(found.because)}
                    for found in verdict.in_flight
                ],
                "violations": [
                    {"check": found.check, "subject": found.subject, "text": found.text}
                    for found in verdict.violations
                ],
            }
            for verdict in audit.verdicts
        ],
    }


def show(audit: Audit, console: Console) -> None:
    """One row per invariant, then each violation in a sentence."""
    console.print(_table(audit))
    for service, why in audit.missing.items():
        console.print(f"[yellow]{service} was not audited:[/] {escape(why)}")
    _list_violations(audit, console)
    _list_in_flight(audit, console)


def _table(audit: Audit) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("", justify="right")
    table.add_column("invariant")
    for name in ("checked", "in flight", "violations"):
        table.add_column(name, justify="right")
    for verdict in audit.verdicts:
        count = len(verdict.violations)
        table.add_row(
            str(verdict.number),
            verdict.name,
            f"{verdict.checked:,}",
            f"{len(verdict.in_flight):,}",
            f"[bold red]{count:,}[/]" if count else "[green]0[/]",
        )
    return table


def _list_violations(audit: Audit, console: Console) -> None:
    found = [(v.number, violation.text) for v in audit.verdicts for violation in v.violations]
    for number, text in found[:VIOLATIONS_SHOWN]:
        console.print(f"[bold red]violation of {number}:[/] {escape(text)}", soft_wrap=True)
    if len(found) > VIOLATIONS_SHOWN:
        console.print(f"and {len(found) - VIOLATIONS_SHOWN:,} more: `crossdock audit --json`")


def _list_in_flight(audit: Audit, console: Console) -> None:
    found = [(v.number, difference) for v in audit.verdicts for difference in v.in_flight]
    for number, difference in found[:IN_FLIGHT_SHOWN]:
        why = f" ({difference.because[0]})" if difference.because else ""
        text = escape(difference.text + why)
        console.print(f"[yellow]in flight, {number}:[/] {text}", soft_wrap=True)
    if len(found) > IN_FLIGHT_SHOWN:
        console.print(f"and {len(found) - IN_FLIGHT_SHOWN:,} more: `crossdock audit --json`")
