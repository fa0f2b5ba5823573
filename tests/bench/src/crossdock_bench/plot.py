"""The picture of a run: rates, where processor time goes, and how long things take."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .race import Lap
from .report import Measured, Results

OURS, THEIRS = "#2b6cb0", "#a0aec0"
CUT = 400


def plot(results: Results, path: Path) -> None:
    """Draw what was measured; nothing where no peer ran a lap."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    names = [name for name, laps in results.laps.items() if laps]
    if not names:
        return
    middle = {name: sorted(results.laps[name])[len(results.laps[name]) // 2] for name in names}
    figure = plt.figure(figsize=(13, 0.36 * len(names) + 4.6), layout="constrained")
    halves: Any = figure.subfigures(2, 1, height_ratios=[0.36 * len(names) + 1, 3.2])
    top, bottom = halves
    rates, costs = top.subplots(1, 2, sharey=True)
    _rates(rates, names, middle)
    _costs(costs, names, middle)
    waits, parts = bottom.subplots(1, 2)
    _waits(waits, [row for row in results.measured if "p50" in row.details])
    _profile(parts, results.profile)
    for axes in (rates, costs, waits, parts):
        axes.spines[["top", "right"]].set_visible(False)
    where = results.conditions
    figure.suptitle(
        f"Crossdock, 0.6 kB orders of 5 lines, {where['cores']} cores of {where['processor']} for "
        f"everything, fsync on (commit {where['commit']})",
        fontsize=10,
    )
    figure.savefig(path, dpi=110, metadata={"Description": str(where["at"])})
    plt.close(figure)


def _rates(axes: Any, names: list[str], middle: dict[str, Lap]) -> None:
    """Messages per second of every peer."""
    spots = range(len(names))
    rates = [middle[name].rate for name in names]
    bars = axes.barh(spots, rates, color=[OURS if _ours(name) else THEIRS for name in names])
    axes.bar_label(bars, [f" {rate:,.0f}" for rate in rates], fontsize=8)
    axes.set(
        title="messages per second (ours in blue)",
        yticks=spots,
        yticklabels=names,
        xlim=(0, max(rates) * 1.15),
    )
    axes.invert_yaxis()


def _costs(axes: Any, names: list[str], middle: dict[str, Lap]) -> None:
    """Processor time of a message, by who spends it."""
    start = [0.0] * len(names)
    for part, color in (("peer", OURS), ("postgres", "#dd6b20"), ("nats", "#38a169")):
        values = [min(getattr(middle[name], f"{part}_us"), CUT) for name in names]
        axes.barh(range(len(names)), values, left=start, color=color, label=part)
        start = [a + b for a, b in zip(start, values, strict=True)]
    axes.set(title=f"µs of processor time per message (parts cut at {CUT})")
    axes.legend(loc="lower right", frameon=False)


def _waits(axes: Any, rows: list[Measured]) -> None:
    """How long: the median as a bar, the 99th percentile as its end."""
    for spot, row in enumerate(rows):
        p50, p99 = row.details["p50"], row.details["p99"]
        color = OURS if _ours(row.name) else THEIRS
        axes.barh(spot, p99, color=color, alpha=0.35)
        axes.barh(spot, p50, color=color)
        axes.text(p99, spot, f" {p50:.1f} / {p99:.1f}", va="center", fontsize=8)
    axes.set(
        title="p50 / p99 in milliseconds",
        yticks=range(len(rows)),
        yticklabels=[row.name.removesuffix(", p50 / p99") for row in rows],
    )
    axes.margins(x=0.2)
    axes.invert_yaxis()


def _profile(axes: Any, profile: dict[str, dict[str, float]]) -> None:
    """What the chassis spends a message's processor time on."""
    parts = list(dict.fromkeys(part for found in profile.values() for part in found))
    height = 0.8 / max(1, len(profile))
    for nth, (name, found) in enumerate(profile.items()):
        spots = [spot + (nth - len(profile) / 2 + 0.5) * height for spot in range(len(parts))]
        values = [found.get(part, 0.0) for part in parts]
        axes.barh(spots, values, height=height, label=name, color=(THEIRS, OURS)[nth % 2])
    axes.set(
        title="where the chassis' µs per message go",
        yticks=range(len(parts)),
        yticklabels=parts,
    )
    axes.invert_yaxis()
    if profile:
        axes.legend(loc="lower right", frameon=False)


def _ours(name: str) -> bool:
    return not any(word in name for word in ("hand", "naive", "faststream", "bare"))
