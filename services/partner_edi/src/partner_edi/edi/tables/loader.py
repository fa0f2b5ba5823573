"""The tables read from their text files, once for each group of releases that agree."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import cache
from importlib import resources

from ..envelope import Standard
from .model import ANY, Composite, Dictionary, Element, Note, SegmentTable, Slot

NOTHING = Element(ANY, ANY, 0, 99_999, "")
STEP = re.compile(r"[,@!](\w+)")
RELEASE = re.compile(r"(00[2-8]\d\d)|(?:\w+:)?(\d\d)([AB])\b", re.ASCII)
# Codes were added in every release; beyond this one the lists here are not the whole.
LISTED = "00701"
# Where nobody says which release it is, what the newest one allows is allowed.
NEWEST = "newest"


def lines(name: str) -> Iterator[str]:
    """The lines of a table that are neither empty nor a comment."""
    text = resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
    return (line for line in text.splitlines() if line.strip() and not line.startswith("#"))


def dictionary(standard: Standard, release: str = "") -> Dictionary:
    """Everything known about elements and segments in a release (004010X357, D:96A:UN)."""
    found = RELEASE.match(release)
    if found is None:
        return _dictionary(standard, NEWEST)
    steps = _steps(standard)
    at = bisect_right(steps, _key(found[1] or found[2] + found[3]))
    return _dictionary(standard, steps[at - 1] if at else "")


def _key(release: str) -> str:
    """A release as text that sorts: 00401, or a directory's year in full (1996A)."""
    if release.startswith("00") and len(release) == 5:
        return release
    return ("19" if release.startswith("9") else "20") + release


@cache
def _steps(standard: Standard) -> list[str]:
    """The releases in which something changed."""
    prefix = standard.lower()
    rows = [row.split(" ", 3)[2] for row in lines(f"{prefix}_elements.txt")]
    rows += [row.partition("|")[2] for row in lines(f"{prefix}_segments.txt")]
    found = {_key(step) for row in rows for step in STEP.findall(row)}
    return sorted(found | ({LISTED + "x"} if standard == "X12" else set()))


@cache
def _dictionary(standard: Standard, release: str) -> Dictionary:
    prefix = standard.lower()
    elements: dict[str, Element | Composite] = {ANY: NOTHING}
    composites: list[tuple[str, str]] = []
    for line in lines(f"{prefix}_elements.txt"):
        number, kind, rest = line.split(" ", 2)
        if kind == "C":
            composites.append((number, rest))
        else:
            elements[number] = _element(number, kind, rest, release)
    for number, rest in composites:
        names = rest.partition(":")[2] or rest
        elements[number] = Composite(number, _slots(names, elements, release))
    segments = (_segment(line, elements, release) for line in lines(f"{prefix}_segments.txt"))
    return Dictionary(standard, elements, {table.tag: table for table in segments})


def _element(number: str, kind: str, rest: str, release: str) -> Element:
    span, _, named = rest.partition(" ")
    name, _, codes = named.partition(" : ")
    least, _, growth = span.partition("-")
    first, *steps = growth.split(",")
    most = int(first)
    for step in steps:
        since, _, longer = step.partition(":")
        most = int(longer) if release == NEWEST or _key(since) <= release else most
    # Dates have six digits or eight, by release, and never seven.
    shortest = most if kind == "DT" and release != NEWEST else int(least)
    # Where a code of today would be too long, the release had others, which are not listed.
    known = frozenset(code for code in codes.split() if len(code) <= most)
    known = known if release <= LISTED or release[0] in "12n" else frozenset()
    return Element(number, kind, shortest, most, name.strip(), known)


def _slots(text: str, elements: dict[str, Element | Composite], release: str) -> tuple[Slot, ...]:
    return tuple(_slot(name, elements, release) for name in text.split())


def _slot(name: str, elements: dict[str, Element | Composite], release: str) -> Slot:
    what, must, needed = name.rstrip("*").partition("!")
    number, _, since = what.partition("@")
    # Where the release is not known, what has changed is not looked into.
    if "?" in name or (since and (release == NEWEST or _key(since) > release)):
        return Slot(NOTHING)
    mandatory = bool(must) and (not needed or _key(needed) <= release)
    return Slot(elements[number], mandatory, name.endswith("*"))


def _segment(line: str, elements: dict[str, Element | Composite], release: str) -> SegmentTable:
    head, places, *notes = (part.strip() for part in line.split("|"))
    tag, _, name = head.partition(" ")
    slots = _slots(places, elements, release)
    needs = max((at for at, slot in enumerate(slots, 1) if slot.mandatory), default=0)
    return SegmentTable(tag, name, slots, _notes(" ".join(notes), release), needs)


def _notes(text: str, release: str) -> tuple[Note, ...]:
    found = (note.partition("@") for note in text.split())
    return tuple(
        Note(note[0], tuple(int(place) for place in re.findall("..", note[1:])))
        for note, _, since in found
        if not since or (release != NEWEST and _key(since) <= release)
    )
