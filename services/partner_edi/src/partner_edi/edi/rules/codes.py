"""What each kind of fault is called here, in a 997 or 999, and in a CONTRL."""

from __future__ import annotations

from typing import NamedTuple

from ..finding import Finding, Level
from ..lexer import Segment
from ..tables import Issue


class Kind(NamedTuple):
    """Our code; AK304 for a segment or AK403 for an element; element 0085; and how grave it is."""

    code: str
    x12: str
    edifact: str
    level: Level = Level.ERROR


KINDS = {
    "unknown": Kind("segment_unknown", "1", "15"),
    "foreign": Kind("segment_foreign", "6", "15"),
    "order": Kind("segment_order", "7", "15"),
    "missing_segment": Kind("segment_missing", "3", "13", Level.FATAL),
    "uses": Kind("segment_repeats", "5", "35"),
    "loops": Kind("loop_repeats", "4", "36"),
    "missing": Kind("element_missing", "1", "13"),
    "conditional": Kind("element_missing", "2", "13"),
    "too_many": Kind("elements_too_many", "3", "16"),
    "too_short": Kind("element_too_short", "4", "40"),
    "too_long": Kind("element_too_long", "5", "39"),
    "characters": Kind("element_characters", "6", "21"),
    "type": Kind("element_characters", "6", "37"),
    "value": Kind("element_value", "7", "12"),
    "date": Kind("element_date", "8", "12"),
    "time": Kind("element_time", "9", "12"),
    "exclusive": Kind("element_exclusive", "10", "18"),
    "components": Kind("components_too_many", "13", "16"),
    "repetitions": Kind("repetitions_too_many", "12", "35"),
    "reference": Kind("element_value", "7", "12"),
    "total": Kind("total_differs", "7", "29"),
    "check_digit": Kind("check_digit", "7", "12", Level.NOTE),
    "tree": Kind("tree_hint", "7", "12", Level.NOTE),
}


def segment_finding(kind: str, tag: str, text: str, at: Segment, start: int) -> Finding:
    """A segment at fault as a whole; `start` is the position of its set's first segment."""
    known, edifact = KINDS[kind], bool(at.marks.decimal)
    return Finding(
        code=known.code,
        text=text,
        position=at.position,
        line=at.line,
        level=known.level,
        tag=tag[:3],
        set_position=at.position - start + 1,
        segment_error="" if edifact else known.x12,
        control_error=known.edifact if edifact else "",
    )


def element_finding(issue: Issue, at: Segment, start: int) -> Finding:
    """An element at fault."""
    known, edifact = KINDS[issue.kind], bool(at.marks.decimal)
    return Finding(
        code=known.code,
        text=issue.text,
        position=at.position,
        line=at.line,
        level=known.level,
        tag=at.tag[:3],
        set_position=at.position - start + 1,
        segment_error="" if edifact else "8",
        element=issue.element,
        component=issue.component,
        reference=issue.reference if issue.reference.isdigit() else "",
        element_error="" if edifact else known.x12,
        value=issue.value[:99],
        control_error=known.edifact if edifact else "",
    )
