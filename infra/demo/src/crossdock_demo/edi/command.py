"""`crossdock demo-edi`: round trips with partners over nothing but files, and the reckoning."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from crossdock_local.cli import one_line_errors
from crossdock_local.ports import Ports
from crossdock_local.programs import installed_services
from crossdock_local.runtime import LocalMesh

from ..command import crossdock, progress
from ..reckoning import Check
from ..stock import counted
from ..world import DemoFailed, World
from . import carrier, goods_back, nordwerk, retailer, supplier, third_party
from .partner import PROFILES

MASTER = PROFILES.parent / "master"
FOLDER = Path("var/demo-edi")
# What the warehouses have when the scene opens; the motors come later.
STOCK = ("BRG-6204-2RS", "FST-HEX-38-16-1", "SAF-HAT-WHT", "HYD-FLT-10M")

# The round trips in the order they are made, each with what it shows.
SCENES: tuple[tuple[str, Callable[[World], Awaitable[list[Check]]]], ...] = (
    ("retailer: 850, 860, 855, 865, 856, 810, 820", retailer.play),
    ("return: 180 both ways, 812", goods_back.play),
    ("EDIFACT partner: ORDERS, ORDRSP, DESADV, INVOIC, REMADV", nordwerk.play),
    ("supplier: 850, 855, 856, and 943, 944 of the 3PL", supplier.play),
    ("3PL warehouse: 940, 945", third_party.play),
    ("carrier: 204, 990, 214, 210", carrier.play),
)


class Trip(NamedTuple):
    """One round trip: what it shows, what was expected of it, and how long it took."""

    name: str
    checks: list[Check]
    seconds: float

    @property
    def held(self) -> bool:
        """Everything that was expected of it happened."""
        return all(check.held for check in self.checks)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo-edi")(demo_edi)


def demo_edi(
    folder: Annotated[Path, typer.Option(help="Where its data and summary go.")] = FOLDER,
) -> None:
    """Make whole round trips with EDI partners, by files alone, on a mesh of its own."""
    console = Console()
    began = time.monotonic()
    with one_line_errors():
        _mesh(folder).reset()
        mesh = _mesh(folder)
        try:
            held = _run(mesh, folder, console, began)
        except DemoFailed as failed:
            console.print(f"[red]The demo failed:[/] {failed}", soft_wrap=True, highlight=False)
            console.print(f"The services' logs are in {mesh.logs}.", highlight=False)
            held = False
        finally:
            mesh.down()
    raise typer.Exit(0 if held else 1)


def _mesh(folder: Path) -> LocalMesh:
    where = {"profiles": PROFILES, "master_data": MASTER}
    return LocalMesh(folder / "mesh", Ports.free(), **where)


def _run(mesh: LocalMesh, folder: Path, console: Console, began: float) -> bool:
    with console.status("starting") as status:
        mesh.up(lambda step: status.update(f"{step} ..."))
    environment = mesh.environment()
    console.print(f"The mesh is up after {time.monotonic() - began:.1f} s.")
    with progress(console) as bar:
        task = bar.add_task("master data and stock", total=len(SCENES))

        def tell(trip: Trip) -> None:
            bar.update(task, description=trip.name, advance=1)
            console.print(f"{_mark(trip.held)} {trip.name} [dim]{trip.seconds:.1f} s[/]")

        trips, documents = asyncio.run(_play(environment, tell))
    _, status_rows = crossdock(environment, "status", "--json")
    code, audit = crossdock(environment, "audit", "--json")
    trips.append(Trip("afterwards", _health(status_rows, audit, code), 0.0))
    figures = summary(trips, documents, audit, time.monotonic() - began)
    (folder / "summary.json").write_text(json.dumps(figures, indent=2) + "\n")
    console.print(_table(trips))
    sets = ", ".join(f"{code} {n}" for code, n in sorted(figures["edi_out"].items()))
    console.print(f"Sent to partners: {sets}. Figures: {folder / 'summary.json'}", highlight=False)
    return bool(figures["held"])


async def _play(
    environment: dict[str, str], tell: Callable[[Trip], None]
) -> tuple[list[Trip], list[dict[str, Any]]]:
    world = World(environment, list(installed_services()))
    trips = []
    try:
        await world.post("erp_bridge", "/sync", {})
        await world.quiet()
        items = json.loads((MASTER / "items.json").read_text())
        for receipt in counted([item for item in items if item["sku"] in STOCK]):
            await world.post("warehouse", "/receipts", receipt)
        for name, play in SCENES:
            began = time.monotonic()
            trips.append(Trip(name, await play(world), time.monotonic() - began))
            tell(trips[-1])
        await world.quiet()
        documents = await world.get("partner_edi", "/documents", limit=1000)
    finally:
        await world.close()
    return trips, documents


def _health(status: list[dict[str, Any]], audit: dict[str, Any], code: int) -> list[Check]:
    stuck = sum(row["dead"] + row["parked"] for row in status)
    return [
        Check("nothing is dead or parked", stuck == 0, f"{stuck}"),
        Check("the audit finds no violation", code == 0, f"{audit['violations']} violations"),
    ]


def summary(
    trips: list[Trip], documents: list[dict[str, Any]], audit: dict[str, Any], seconds: float
) -> dict[str, Any]:
    """The figures of `var/demo-edi/summary.json`."""
    counted_by = {
        way: dict(
            sorted(Counter(d["set_code"] for d in documents if d["direction"] == way).items())
        )
        for way in ("in", "out")
    }
    return {
        "held": all(trip.held for trip in trips),
        "trips": {
            trip.name: {
                "held": trip.held,
                "checks": len(trip.checks),
                "failed": [check.text for check in trip.checks if not check.held],
                "seconds": round(trip.seconds, 1),
            }
            for trip in trips
        },
        "edi_in": counted_by["in"],
        "edi_out": counted_by["out"],
        "states": dict(Counter(d["state"] for d in documents)),
        "audit_violations": audit["violations"],
        "seconds": round(seconds, 1),
    }


def _table(trips: list[Trip]) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(width=2)
    table.add_column()
    table.add_column(style="dim", overflow="fold")
    for trip in trips:
        table.add_row("", f"[bold]{escape(trip.name)}[/]", f"{trip.seconds:.1f} s")
        for check in trip.checks:
            table.add_row(_mark(check.held), check.text, escape(check.seen))
    return table


def _mark(held: bool) -> str:
    return "[green]✓[/]" if held else "[red]✗[/]"
