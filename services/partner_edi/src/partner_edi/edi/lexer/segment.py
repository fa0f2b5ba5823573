"""What the lexer yields: segments that know where they stand and what separates their parts."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import msgspec

# What may stand between segments without a meaning: indentation, line ends, BOM, NUL, SUB.
BLANK = " \t\r\n\x0b\x0c\x00\x1a\x85\xa0\ufeff"
# Released characters travel as control characters that no set uses (and that keep a string
# narrow, hence fast), so that a plain split cannot see them.
ESCAPES = "\x81\x8d\x8f\x90\x9d"
DROPPED = "\x83"


class Delimiters(NamedTuple):
    """The characters one interchange is written with; those it does not have are empty."""

    element: str = "*"
    component: str = ">"
    segment: str = "~"
    repetition: str = ""
    release: str = ""
    decimal: str = ""


@lru_cache(maxsize=64)
def _unescaped(marks: Delimiters) -> dict[int, str]:
    values = (marks.release, marks.segment, marks.element, marks.component, marks.repetition)
    return {**dict(zip(map(ord, ESCAPES), values, strict=True)), ord(DROPPED): ""}


class Segment(msgspec.Struct, frozen=True, gc=False):
    """One segment: its number in the file, its elements with the tag at index 0, and its line."""

    position: int
    elements: list[str]
    line: int = 0
    marks: Delimiters = Delimiters()

    @property
    def tag(self) -> str:
        """The segment's name, such as PO1."""
        return self.elements[0]

    def get(self, number: int) -> str:
        """Element `number` without padding; empty when the segment is shorter."""
        if number >= len(self.elements):
            return ""
        value = self.elements[number].strip()
        return value if value.isascii() else self._plain(value).strip()

    def part(self, number: int, component: int = 1, repeat: int = 1) -> str:
        """One component of a composite element, both counted from 1."""
        raw = self.elements[number] if number < len(self.elements) else ""
        again, inner = self.marks.repetition, self.marks.component
        each = raw.split(again) if again else [raw]
        raw = each[repeat - 1] if repeat <= len(each) else ""
        parts = raw.split(inner) if inner else [raw]
        return self._plain(parts[component - 1]).strip() if component <= len(parts) else ""

    def repeats(self, number: int) -> list[list[str]]:
        """The repetitions of an element, each as its components."""
        raw = self.elements[number] if number < len(self.elements) else ""
        again, inner = self.marks.repetition, self.marks.component
        each = raw.split(again) if again else [raw]
        return [[self._plain(p) for p in (r.split(inner) if inner else [r])] for r in each]

    def _plain(self, value: str) -> str:
        """The value without release characters."""
        if value.isascii() or not self.marks.release:
            return value
        return value.translate(_unescaped(self.marks))


class Opening(Segment, frozen=True, gc=False):
    """An ISA or UNB: where an interchange, and a set of delimiters, begins."""

    @property
    def delimiters(self) -> Delimiters:
        """The delimiters it declares."""
        return self.marks
