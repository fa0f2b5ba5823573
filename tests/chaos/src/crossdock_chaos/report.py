"""The report: figures for programs, sentences for people."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from rich.markup import escape
from rich.table import Table

SHOWN = 12
COUNTED = ("lost", "duplicated", "violations", "out_of_order")


class Report(msgspec.Struct, kw_only=True):
    """Everything about a run; the first four lists have to be empty."""

    lost: list[str]
    duplicated: list[str]
    violations: list[str]
    out_of_order: list[str]
    orders: int
    orders_by_case: dict[str, int]
    completed: int
    returns: int
    payments: int
    requests: int
    requests_repeated: int
    messages: int
    faults: dict[str, int]
    strikes: list[dict[str, Any]]
    missed: list[str]
    made_up: list[str]
    simulated: list[str]
    copies: int
    quarantined: int
    explained: int
    restarts: dict[str, int]
    recovery_seconds: float | None
    settled: bool
    seconds: float
    seed: int
    duration: float
    plan: list[dict[str, Any]]
    sabotage: str = ""

    @property
    def held(self) -> bool:
        """Whether the promise was kept."""
        return self.settled and not any(getattr(self, name) for name in COUNTED)

    def write(self, path: Path) -> None:
        """Write it as JSON: counts under the four names, their sentences under `details`."""
        found: dict[str, Any] = msgspec.to_builtins(self)
        details = {name: found[name] for name in COUNTED}
        counts = {name: len(details[name]) for name in COUNTED}
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({**found, **counts, "details": details}, indent=2) + "\n")


def show(report: Report, console: Console, path: Path) -> None:
    """The summary for people."""
    table = Table(box=None, show_header=False, pad_edge=False)
    for name, text in (
        ("orders", f"{report.orders:,} acknowledged, {report.completed:,} completed"),
        ("", "  ".join(f"{n:,} {case}" for case, n in sorted(report.orders_by_case.items()))),
        ("also", f"{report.returns} returns, {report.payments} payments"),
        ("events", f"{report.messages:,} in the streams, {report.copies} of them copies"),
        ("requests", f"{report.requests:,}, asked again {report.requests_repeated:,} times"),
        ("faults", "  ".join(f"{kind} {n}" for kind, n in sorted(report.faults.items()))),
        ("restarts", "  ".join(f"{name} {n}" for name, n in sorted(report.restarts.items()))),
        ("quarantined", f"{report.quarantined} rows, all expected"),
        ("recovery", _recovery(report)),
    ):
        table.add_row(f"[dim]{name}[/]", text)
    for name in COUNTED:
        count = len(getattr(report, name))
        table.add_row(name.replace("_", " "), f"[red]{count}[/]" if count else "[green]0[/]")
    console.print(table)
    for name in COUNTED:
        _list(name, getattr(report, name), console)
    for text in report.missed:
        console.print(f"[yellow]did not strike: {escape(text)}[/]", soft_wrap=True)
    for text in report.made_up:
        console.print(f"[dim]made up: {escape(text)}[/]", soft_wrap=True)
    for text in report.simulated:
        console.print(f"[dim]simulated: {escape(text)}[/]")
    verdict = "[green]The promise was kept[/]" if report.held else "[red]The promise was broken[/]"
    console.print(f"{verdict} (seed {report.seed}, {report.seconds:.0f} s). Report: {path}")


def _recovery(report: Report) -> str:
    if report.recovery_seconds is None:
        return "[red]never came to rest[/]"
    return f"{report.recovery_seconds:.1f} s from the last fault to all quiet"


def _list(name: str, sentences: list[str], console: Console) -> None:
    for text in sentences[:SHOWN]:
        console.print(f"[red]{name.replace('_', ' ')}:[/] {escape(text)}", soft_wrap=True)
    if len(sentences) > SHOWN:
        console.print(f"and {len(sentences) - SHOWN:,} more in the report")
