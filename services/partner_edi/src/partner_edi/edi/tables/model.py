"""What a table says: elements, composites, segments, and the notes that bind elements together."""

from __future__ import annotations

from typing import NamedTuple

ANY = "ANY"


class Element(NamedTuple):
    """A data element: its type, its shortest and longest value, and its codes if they are few."""

    number: str
    type: str
    least: int
    most: int
    name: str
    codes: frozenset[str] = frozenset()


class Slot(NamedTuple):
    """One place in a segment or composite."""

    of: Element | Composite
    mandatory: bool = False
    repeats: bool = False


class Composite(NamedTuple):
    """Elements that stand in one place."""

    number: str
    parts: tuple[Slot, ...]
    name: str = ""


class Note(NamedTuple):
    """A syntax note: P all or none, R at least one, E at most one, C and L if the first then."""

    kind: str
    places: tuple[int, ...]


class SegmentTable(NamedTuple):
    """One segment: its name, its places in order, and its notes."""

    tag: str
    name: str
    slots: tuple[Slot, ...]
    notes: tuple[Note, ...] = ()
    needs: int = 0
    """The place of the last mandatory element."""


class Dictionary(NamedTuple):
    """One standard's elements and segments."""

    standard: str
    elements: dict[str, Element | Composite]
    segments: dict[str, SegmentTable]
