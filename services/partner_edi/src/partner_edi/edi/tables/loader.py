"""The tables read from their text files, once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Literal

from .model import ANY, Composite, Dictionary, Element, Note, SegmentTable, Slot

NOTHING = Element(ANY, ANY, 0, 99_999, "")


def lines(name: str) -> Iterator[str]:
    """The lines of a table that are neither empty nor a comment."""
    text = resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
    return (line for line in text.splitlines() if line.strip() and not line.startswith("#"))


@cache
def dictionary(standard: Literal["X12", "EDIFACT"]) -> Dictionary:
    """Everything known about a standard's elements and segments."""
    prefix = standard.lower()
    elements: dict[str, Element | Composite] = {ANY: NOTHING}
    composites: list[tuple[str, str]] = []
    for line in lines(f"{prefix}_elements.txt"):
        number, kind, rest = line.split(" ", 2)
        if kind == "C":
            composites.append((number, rest))
        else:
            elements[number] = _element(number, kind, rest)
    for number, rest in composites:
        names = rest.partition(":")[2] or rest
        elements[number] = Composite(number, _slots(names, elements))
    segments = (_segment(line, elements) for line in lines(f"{prefix}_segments.txt"))
    return Dictionary(standard, elements, {table.tag: table for table in segments})


def _element(number: str, kind: str, rest: str) -> Element:
    span, _, named = rest.partition(" ")
    name, _, codes = named.partition(" : ")
    least, _, most = span.partition("-")
    return Element(number, kind, int(least), int(most), name.strip(), frozenset(codes.split()))


def _slots(text: str, elements: dict[str, Element | Composite]) -> tuple[Slot, ...]:
    return tuple(
        Slot(elements[ANY if "?" in name else name.rstrip("!")], name.endswith("!"))
        for name in text.split()
    )


def _segment(line: str, elements: dict[str, Element | Composite]) -> SegmentTable:
    head, places, *notes = (part.strip() for part in line.split("|"))
    tag, _, name = head.partition(" ")
    slots = _slots(places, elements)
    needs = max((at for at, slot in enumerate(slots, 1) if slot.mandatory), default=0)
    return SegmentTable(tag, name, slots, _notes(notes[0] if notes else ""), needs)


def _notes(text: str) -> tuple[Note, ...]:
    return tuple(
        Note(note[0], tuple(int(place) for place in re.findall("..", note[1:])))
        for note in text.split()
    )
