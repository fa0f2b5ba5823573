"""Reading a document: loops cut out, values taken, and what the business cannot use made fatal.

The tables have judged segments, elements and codes before; a reader asks for what it needs, and a
value that is missing or no number becomes a fatal finding at its place, in either standard.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from itertools import pairwise
from typing import TypeVar

import msgspec

from ..finding import Finding, Level, shown, worst
from ..lexer import Segment
from ..rules.codes import element_finding, segment_finding
from ..segments import day as date_of
from ..segments import number as decimal_of
from ..tables import Issue

Model = TypeVar("Model")
Loop = Sequence[Segment]
# A quantity or an amount beyond this is a mistake, whatever the partner says.
ABSURD = Decimal(10) ** 9
FINEST = Decimal("0.000001")
# Stands where a moment could not be read; the finding is fatal, so nobody sees it.
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Reading:
    """One document as it is read; `done` gives the model, unless something was fatal."""

    def __init__(self, segments: Loop) -> None:
        self.segments = segments
        self.findings: list[Finding] = []
        self._start = segments[0].position if segments else 0

    def done(self, model: Model) -> tuple[Model | None, list[Finding]]:
        """What a reader answers."""
        fatal = worst(self.findings) is Level.FATAL
        return (None if fatal else model), self.findings

    def note(self, at: Segment, element: int, text: str, kind: str = "total") -> None:
        """Something differs that does not forbid using the document."""
        self._add(at, element, 0, kind, text, Level.ERROR)

    def head(self, tag: str, qualifier: str = "") -> Segment:
        """The segment a document cannot do without; an empty one, and a finding, when absent."""
        found = first(self.segments, tag, qualifier)
        if found is not None:
            return found
        name = f"{tag} {qualifier}".strip()
        at = self.segments[-1] if self.segments else Segment(0, [tag])
        text = f"{name} is missing; the document says nothing without it"
        fault = segment_finding("missing_segment", tag, text, at, self._start)
        self.findings.append(fault)
        return Segment(at.position, [tag], at.line, at.marks)

    def need(self, at: Segment, element: int, what: str, part: int = 1) -> str:
        """A text that must be there."""
        value = _text(at, element, part)
        if not value:
            self._add(at, element, part, "missing", f"{_where(at, element)}, {what}, is missing")
        return value

    def number(
        self, at: Segment, element: int, what: str, part: int = 1, least: Decimal | None = None
    ) -> Decimal:
        """A number that must be there, not below `least` (0); implied decimals are not applied."""
        text = _text(at, element, part)
        value = decimal_of(text.replace(",", ".") if at.marks.decimal == "," else text)
        floor = Decimal(0) if least is None else least
        if value is None:
            kind, fault = ("type", "is not a number") if text else ("missing", "is missing")
        elif not floor <= value <= ABSURD:
            kind, fault = "value", f"is not between {floor:f} and {ABSURD:f}"
        elif value != value.quantize(FINEST):
            kind, fault = "value", "has more than six decimals"
        else:
            return value
        self._add(
            at, element, part, kind, f"{_where(at, element)}: the {what} {shown(text)} {fault}"
        )
        return Decimal(0)

    def day(self, at: Segment, element: int, what: str, part: int = 1) -> date:
        """A date that must be there."""
        found = date_of(at.part(element, part)[:8])
        if found is None:
            text = (
                f"{_where(at, element)}: the {what} {shown(at.part(element, part))} is not a date"
            )
            self._add(at, element, part, "date", text)
        return found or EPOCH.date()

    def _add(
        self,
        at: Segment,
        element: int,
        part: int,
        kind: str,
        text: str,
        level: Level = Level.FATAL,
    ) -> None:
        component = part if at.marks.decimal else 0
        issue = Issue(kind, element, component, "", at.part(element, max(part, 1)), text)
        found = element_finding(issue, at, self._start)
        self.findings.append(msgspec.structs.replace(found, level=level))


def split(segments: Loop, *tags: str) -> tuple[Loop, list[Loop]]:
    """What stands before the first of these tags, and the loops they open."""
    starts = [at for at, segment in enumerate(segments) if segment.tag in tags]
    edges = [0, *starts, len(segments)]
    head, *loops = (segments[a:b] for a, b in pairwise(edges))
    return head, loops


def first(segments: Iterable[Segment], tag: str, *qualifiers: str) -> Segment | None:
    """The first segment of that tag and, when given, with one of these in its first element."""
    for segment in segments:
        if segment.tag == tag and (not any(qualifiers) or segment.part(1) in qualifiers):
            return segment
    return None


def said(segments: Iterable[Segment], tag: str, *qualifiers: str, at: int = 2) -> str:
    """An element of the first such segment, or nothing."""
    found = first(segments, tag, *qualifiers)
    return found.get(at) if found else ""


def referred(segments: Iterable[Segment], *qualifiers: str) -> str:
    """The number of the first L11 with one of these qualifiers: there they stand second."""
    found = (s for s in segments if s.tag == "L11" and s.get(2) in qualifiers)
    return next((segment.get(1) for segment in found), "")


def optional_day(text: str) -> date | None:
    """A date where there is one; anything else is as if it were not there."""
    return date_of(text[:8])


def instant(on: str, at: str = "") -> datetime | None:
    """A moment from a date and, where given, a time of day; partners' clocks are taken as UTC."""
    found = date_of(on)
    if found is None:
        return None
    digits = at if at.isdigit() and len(at) >= 4 else "0000"
    try:
        clock = time(int(digits[:2]), int(digits[2:4]), int(digits[4:6] or 0))
    except ValueError:
        clock = time()
    return datetime.combine(found, clock, UTC)


def _text(at: Segment, element: int, part: int) -> str:
    return at.part(element, part) if at.marks.decimal else at.get(element)


def _where(at: Segment, element: int) -> str:
    return f"{at.tag}{element:02d}"
