"""A run of the bench: its groups one after the other, with progress, and what came out."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from .ground import Ground
from .latency import event_to_event
from .plot import plot
from .report import Measured, Results, conditions, save, show
from .rows import Tell, compare, dead_tuples, groups, profiled

STEADY = 200


class Options(msgspec.Struct, kw_only=True):
    """What was asked for."""

    rows: list[str]
    messages: int
    rounds: int
    lanes: int
    dead: int
    seconds: int
    rate: int
    quick: bool


def run(options: Options, folder: Path) -> int:
    """Measure; 0 when every floor that was measured is met."""
    console = Console()
    folder = folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    results = Results(conditions=conditions(msgspec.to_builtins(options)))
    try:
        with _progress(console) as progress:
            task = progress.add_task("starting", total=None)

            def tell(text: str) -> None:
                progress.update(task, description=text)

            if "edi" in options.rows:
                from .edi import measure_edi

                measure_edi(options.rounds, options.quick, results, tell)
            _event_path(options, folder, results, tell)
            if "mesh" in options.rows:
                from .mesh import measure_mesh

                measure_mesh(options, folder, results, tell)
    finally:
        save(results, folder / "results.json")
        plot(results, folder / "results.png")
        show(results, console)
    console.print(f"All figures: {folder / 'results.json'}", highlight=False, soft_wrap=True)
    return 0 if all(row.met is not False for row in _rows(results)) else 1


def _rows(results: Results) -> list[Measured]:
    return [*results.compared, *results.measured]  # type: ignore[list-item]


def _progress(console: Console) -> Progress:
    columns = (
        SpinnerColumn(),
        BarColumn(16),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    return Progress(*columns, console=console, transient=True)


def _event_path(options: Options, folder: Path, results: Results, tell: Tell) -> None:
    chosen = [
        group
        for group in groups(options.messages, options.lanes)
        if any(row.key in options.rows for row in group.rows)
    ]
    if not chosen and not {"latency", "dead"} & set(options.rows):
        return
    servers, logs = folder / "servers", folder / "logs"
    shutil.rmtree(servers, ignore_errors=True)
    shutil.rmtree(logs, ignore_errors=True)
    logs.mkdir(parents=True)
    ground = Ground(servers)
    with ground.running():
        asyncio.run(_measure(options, ground, logs, results, chosen, tell))
    shutil.rmtree(servers, ignore_errors=True)


async def _measure(
    options: Options, ground: Ground, logs: Path, results: Results, chosen: list[Any], tell: Tell
) -> None:
    await ground.fill(2000, lambda _: None)
    if "latency" in options.rows:
        await _latency(options, ground, logs, results, tell)
    if chosen:
        tell(f"{options.messages} orders into the stream")
        # A little more than is measured, so that no peer runs dry at the end of its lap.
        await ground.fill(options.messages + 4000, lambda _: None)
    for group in chosen:
        laps = await compare(ground, group, options.rounds, options.lanes, logs, tell)
        results.laps.update(laps)
        results.compared.extend(group.rows)
    if "overhead" in options.rows:
        results.profile = await profiled(ground, options.messages, options.lanes, logs, tell)
    if "dead" in options.rows:
        await _dead(options, ground, logs, results, tell)


async def _latency(
    options: Options, ground: Ground, logs: Path, results: Results, tell: Tell
) -> None:
    seconds = 5 if options.quick else 15
    for name, module in (("chassis", "chassis"), ("by hand", "handmade")):
        tell(f"{name} at {STEADY} orders/s")
        log = logs / f"{module}.log"
        found = await event_to_event(ground, module, STEADY, seconds, options.lanes, log)
        results.measured.append(
            Measured(
                key="latency",
                name=f"event to event, {name}, {STEADY}/s",
                text=f"p50 {found.p50:.1f}, p99 {found.p99:.1f} ms",
                value=found.p99,
                unit="ms",
                details=msgspec.to_builtins(found),
            )
        )


async def _dead(options: Options, ground: Ground, logs: Path, results: Results, tell: Tell) -> None:
    tell(f"{options.dead} orders into the stream")
    await ground.fill(options.dead, lambda done: tell(f"{done} orders into the stream"))
    tell(f"{options.dead} orders handled")
    lap, tables = await dead_tuples(ground, options.dead, options.lanes, logs)
    results.laps[f"chassis, {options.dead:,} in one go"] = [lap]
    for table in ("outbox", "inbox", "leases"):
        found = tables[table]
        results.measured.append(
            Measured(
                key="dead",
                name=f"dead tuples in {table}",
                text=f"{found['dead']:,}",
                value=found["dead"],
                unit="rows",
                floor=0 if table == "outbox" else None,
                under=f"after {options.dead:,} messages; {found['bytes'] / 1e6:,.1f} MB in all",
                details=found,
            )
        )
