"""Codes as a partner has them, in the place of ours: units, item ids, whatever was agreed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from .document import Row
from .envelope.model import Standard
from .lexer import Segment
from .tables import Composite, SegmentTable, dictionary

# By the number of the data element (355, 234, 6411): what stands there, and what it becomes.
Codes = Mapping[str, Mapping[str, str]]


def of_segments(segments: Sequence[Segment], codes: Codes, release: str) -> list[Segment]:
    """Segments with every agreed code replaced; those without any are the same.

    `release` (GS08, or UNH02 after the name) tells where in a segment each element stands.
    """
    if not codes or not segments:
        return list(segments)
    standard: Standard = "EDIFACT" if segments[0].marks.decimal else "X12"
    known = dictionary(standard, release).segments
    return [_of_segment(segment, known.get(segment.tag), codes) for segment in segments]


def _of_segment(segment: Segment, table: SegmentTable | None, codes: Codes) -> Segment:
    places = _places(table, codes)
    elements = list(segment.elements)
    for at, inner in places.items():
        if at < len(elements) and elements[at]:
            parts = [[_new(part, n, inner) for n, part in enumerate(repeat, 1)]
                     for repeat in segment.repeats(at)]  # fmt: skip
            plain = segment.repeats(at)
            if parts != plain:
                joined = (segment.marks.component.join(repeat) for repeat in parts)
                elements[at] = segment.marks.repetition.join(joined)
    if elements == segment.elements:
        return segment
    return msgspec.structs.replace(segment, elements=elements)


def of_rows(rows: Sequence[Row], codes: Codes, standard: Standard, release: str) -> list[Row]:
    """Rows to be written in a release, with every agreed code replaced."""
    if not codes:
        return list(rows)
    known = dictionary(standard, release).segments
    return [_of_row(row, known.get(str(row[0])), codes) for row in rows]


def _of_row(row: Row, table: SegmentTable | None, codes: Codes) -> Row:
    made: list[Any] = list(row)
    for at, inner in _places(table, codes).items():
        if at < len(made):
            made[at] = _of_element(made[at], inner, 1)
    return made


def _of_element(element: Any, inner: Mapping[int, Mapping[str, str]], number: int) -> Any:
    if isinstance(element, str):
        return _new(element, number, inner)
    return [
        _of_element(part, inner, n if isinstance(part, str) else 1)
        for n, part in enumerate(element, 1)
    ]


def _new(value: str, number: int, inner: Mapping[int, Mapping[str, str]]) -> str:
    return inner.get(number, {}).get(value.strip(), value)


def _places(table: SegmentTable | None, codes: Codes) -> dict[int, dict[int, Mapping[str, str]]]:
    """Elements of a segment with agreed codes: by place, then by component."""
    found: dict[int, dict[int, Mapping[str, str]]] = {}
    for at, slot in enumerate(table.slots if table else (), 1):
        parts = slot.of.parts if isinstance(slot.of, Composite) else (slot,)
        inner = {n: codes[p.of.number] for n, p in enumerate(parts, 1) if p.of.number in codes}
        if inner:
            found[at] = inner
    return found
