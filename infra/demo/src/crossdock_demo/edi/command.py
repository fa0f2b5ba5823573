"""`crossdock demo-edi`: round trips with partners over nothing but files, and the reckoning."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from ..reckoning import Check
from ..scenario import Tell
from ..stage import Stage, checks_table, on_a_mesh
from ..stock import counted
from ..world import World
from . import answers, carrier, goods_back, nordwerk, retailer, supplier, third_party
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
    ("all of them: 997, CONTRL", answers.play),
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
    on_a_mesh(folder, _run, profiles=PROFILES, master_data=MASTER)


def _run(stage: Stage) -> bool:
    trips, documents = stage.play(len(SCENES) + 1, _play)
    began = time.monotonic()
    _, status = stage.asked("status")
    code, audit = stage.asked("audit")
    trips.append(Trip("afterwards", _health(status, audit, code), time.monotonic() - began))
    figures = summary(trips, documents, audit, stage.seconds)
    stage.console.print(checks_table((f"{t.name} ({t.seconds:.1f} s)", t.checks) for t in trips))
    sent = ", ".join(f"{code} {n}" for code, n in figures["edi_out"].items())
    stage.console.print(
        f"Sent to partners: {sent}. Figures: {stage.keep(figures)}", highlight=False
    )
    return bool(figures["held"])


async def _play(world: World, tell: Tell) -> tuple[list[Trip], list[dict[str, Any]]]:
    tell("master data and stock")
    await world.post("erp_bridge", "/sync", {})
    await world.quiet()
    items = json.loads((MASTER / "items.json").read_text())
    for receipt in counted([item for item in items if item["sku"] in STOCK]):
        await world.post("warehouse", "/receipts", receipt)
    trips = []
    for name, play in SCENES:
        tell(name)
        began = time.monotonic()
        trips.append(Trip(name, await play(world), time.monotonic() - began))
    await world.quiet()
    return trips, await world.get("partner_edi", "/documents", limit=1000)


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
