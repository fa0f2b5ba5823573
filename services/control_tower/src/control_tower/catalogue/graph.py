"""Who publishes to whom, drawn: publishers to the left, consumers to the right."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from .facts import Entry

WIDTH, ROW, TOP, EDGE = 720, 44, 56, 226
COLOURS = ("#2563eb", "#c2410c", "#15803d", "#7c3aed", "#b91c1c", "#0e7490", "#a16207", "#be185d")
Flows = dict[tuple[str, str], list[str]]


def flows(entries: Sequence[Entry]) -> Flows:
    """What each owner says now to each service that hears it; nobody is told of his own."""
    found: Flows = {}
    for entry in (each for each in entries if not each.superseded):
        for reader in entry.readers:
            if reader.service != entry.owner:
                found.setdefault((entry.owner, reader.service), []).append(entry.literal)
    return found


def svg(found: Flows) -> str:
    """The drawing; each line is as thick as there are events, and says them when pointed at."""
    left = sorted({publisher for publisher, _ in found})
    right = sorted({consumer for _, consumer in found})
    height = TOP + ROW * max(len(left), len(right))
    lines = [_line(pair, events, left, right) for pair, events in sorted(found.items())]
    names = [_link(name, _name(name, 0, n, _colour(name, left))) for n, name in enumerate(left)]
    names += [_name(name, WIDTH - EDGE, n, "currentColor") for n, name in enumerate(right)]
    heads = _head("publishes", EDGE - 12, "end") + _head("hears", WIDTH - EDGE + 12, "start")
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="graph-title">'
        '<title id="graph-title">Who publishes to whom</title>'
        f"{heads}{''.join(lines)}{''.join(names)}</svg>"
    )


def _line(pair: tuple[str, str], events: list[str], left: list[str], right: list[str]) -> str:
    publisher, consumer = pair
    start, end = EDGE, WIDTH - EDGE
    y1, y2 = _y(left.index(publisher)), _y(right.index(consumer))
    middle = (start + end) // 2
    told = f"{publisher} to {consumer}: {', '.join(events)}"
    return (
        f'<path d="M{start} {y1}C{middle} {y1} {middle} {y2} {end} {y2}" fill="none" '
        f'stroke="{_colour(publisher, left)}" stroke-width="{1 + len(events) * 0.6:.1f}" '
        f'stroke-opacity="0.55"><title>{escape(told)}</title></path>'
    )


def _name(name: str, x: int, n: int, colour: str) -> str:
    at, anchor = (x + EDGE - 12, "end") if x == 0 else (x + 12, "start")
    return (
        f'<text x="{at}" y="{_y(n) + 6}" text-anchor="{anchor}" fill="{colour}">'
        f"{escape(name)}</text>"
    )


def _link(name: str, told: str) -> str:
    return f'<a href="#from-{escape(name.replace(" ", "-"))}">{told}</a>'


def _head(text: str, x: int, anchor: str) -> str:
    return f'<text class="head" x="{x}" y="20" text-anchor="{anchor}">{text}</text>'


def _y(n: int) -> int:
    return TOP + n * ROW


def _colour(name: str, names: list[str]) -> str:
    return COLOURS[names.index(name) % len(COLOURS)]
