"""Codes as a partner has them, in the place of ours: units, item ids, whatever was agreed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec

from .document import Row
from .envelope.model import Standard
from .lexer import Segment
from .places import Change, Places, changed, places
from .tables import Element, dictionary

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
    return [_of_segment(s, places(known.get(s.tag), _coded(codes))) for s in segments]


def _of_segment(segment: Segment, at: Places) -> Segment:
    elements = list(segment.elements)
    for place in at:
        if place < len(elements) and elements[place]:
            plain = segment.repeats(place)
            [parts] = changed([plain], {0: at[place]})
            if parts != plain:
                joined = (segment.marks.component.join(repeat) for repeat in parts)
                elements[place] = segment.marks.repetition.join(joined)
    if elements == segment.elements:
        return segment
    return msgspec.structs.replace(segment, elements=elements)


def of_rows(rows: Sequence[Row], codes: Codes, standard: Standard, release: str) -> list[Row]:
    """Rows to be written in a release, with every agreed code replaced."""
    if not codes:
        return list(rows)
    known = dictionary(standard, release).segments
    return [changed(row, places(known.get(str(row[0])), _coded(codes))) for row in rows]


def _coded(codes: Codes) -> Callable[[Element], Change | None]:
    """How the value of an element is replaced; None for elements without agreed codes."""

    def change_of(element: Element) -> Change | None:
        known = codes.get(element.number)
        return None if known is None else lambda value: known.get(value.strip(), value)

    return change_of
