"""`crossdock demo`: a mesh of its own, the scenario, the reckoning, and nothing left running."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from .reckoning import Check, Facts, checks, gather, summary
from .scenario import Notes, Tell, play
from .stage import Stage, checks_table, on_a_mesh
from .world import World

ACTS = 11
FOLDER = Path("var/demo")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(demo)


def demo(
    folder: Annotated[Path, typer.Option(help="Where its data and summary go.")] = FOLDER,
) -> None:
    """Run the main job end to end on a mesh of its own, and show what happened."""
    on_a_mesh(folder, _run)


def _run(stage: Stage) -> bool:
    notes, facts = stage.play(ACTS, partial(_play, stage))
    found, figures = checks(notes, facts), summary(notes, facts, stage.seconds)
    _show(stage, found, figures)
    return all(check.held for check in found)


async def _play(stage: Stage, world: World, tell: Tell) -> tuple[Notes, Facts]:
    notes = await play(world, tell)
    _, status = stage.asked("status")
    code, audit = stage.asked("audit")
    return notes, await gather(world, notes, status, audit, code)


def _show(stage: Stage, found: list[Check], figures: dict[str, Any]) -> None:
    console, kept = stage.console, stage.keep(figures)
    order_id = figures["trace"]["order_id"]
    console.rule(f"{order_id}: a partner's 850 on its way to the 810")
    console.print(stage.shown("order", order_id), markup=False, highlight=False)
    console.rule("documents written for partners")
    for file in sorted((stage.folder / "mesh" / "edi").glob("*/outbox/*")):
        console.print(f"  {file}", highlight=False, soft_wrap=True)
    console.rule("audit")
    console.print(stage.shown("audit"), markup=False, highlight=False)
    console.rule("what happened")
    console.print(checks_table([("", found)]))
    verdict = "Everything happened as expected" if all(c.held for c in found) else "NOT as expected"
    console.print(
        f"{verdict}: {figures['events']} events, {figures['orders_placed']} orders, "
        f"{figures['invoices_issued']} invoices, {figures['seconds']} s. Figures: {kept}",
        highlight=False,
    )
