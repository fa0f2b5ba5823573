"""Documents as rows, written in either standard: the way back from what the reader gives."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from .envelope import FUNCTIONAL_CODE
from .lexer import Delimiters, Segment
from .places import Change, changed, places
from .tables import Element as DataElement
from .tables import dictionary

# An element is text, or its components, or repetitions of its components.
Element = str | Sequence[str] | Sequence[Sequence[str]]
Row = Sequence[Element]
# Types of EDIFACT elements that hold a number, which may have decimals.
NUMBERS = frozenset({"N", "R", "MOA"})
EDIFACT_MARKS = Delimiters("+", ":", "'", "*", "?", ".")
X12_MARKS = Delimiters("*", ">", "~", "^")


class Cover(msgspec.Struct, frozen=True, kw_only=True):
    """What goes around documents; `version` is GS08 (004010) or UNH02 after the name (D:96A:UN).

    `group` are our and their ids in GS02 and GS03, where these are not those of the ISA.
    """

    sender: tuple[str, str]
    receiver: tuple[str, str]
    control: int
    written_at: datetime
    version: str
    group: tuple[str, str] = ("", "")
    usage: str = "P"
    marks: Delimiters = X12_MARKS
    line_end: str = ""


def write(documents: Sequence[tuple[str, Sequence[Row]]], cover: Cover) -> str:
    """Documents of one kind, each its code and its rows between header and trailer."""
    return _edifact(documents, cover) if cover.marks.decimal else _x12(documents, cover)


def rows(segments: Iterable[Segment]) -> list[list[list[list[str]]]]:
    """Segments as rows that can be written again, in whatever delimiters."""
    return [
        [[[segment.tag]], *(segment.repeats(at) for at in range(1, len(segment.elements)))]
        for segment in segments
    ]


def _x12(documents: Sequence[tuple[str, Sequence[Row]]], cover: Cover) -> str:
    at, control, marks = cover.written_at, str(cover.control), cover.marks
    (from_kind, from_id), (to_kind, to_id) = cover.sender, cover.receiver
    level = cover.version[:5] if cover.version >= "004020" else "00401"
    if level < "00402":
        marks = marks._replace(repetition="")
    head: list[Row] = [
        (
            *("ISA", "00", " " * 10, "00", " " * 10),
            *(f"{from_kind:2.2}", f"{from_id:15.15}", f"{to_kind:2.2}", f"{to_id:15.15}"),
            *(f"{at:%y%m%d}", f"{at:%H%M}", marks.repetition or "U", level),
            *(f"{cover.control:09d}", "0", cover.usage, marks.component),
        )
    ]
    isa = marks.element.join(str(element) for element in head[0]) + marks.segment + cover.line_end
    if documents and documents[0][0] == "TA1":
        # It stands where groups would, and is none.
        answers = [*documents[0][1], ("IEA", "0", f"{cover.control:09d}")]
        return isa + lines(answers, marks, cover.line_end)
    code = FUNCTIONAL_CODE.get(documents[0][0], "ZZ") if documents else "ZZ"
    us, them = cover.group
    body: list[Row] = [
        (
            *("GS", code, us or from_id.strip()[:15], them or to_id.strip()[:15]),
            *(f"{at:%Y%m%d}", f"{at:%H%M}", control, "X", cover.version),
        )
    ]
    for number, (set_code, inside) in enumerate(documents, 1):
        own = f"{number:04d}"
        body += [("ST", set_code, own), *inside, ("SE", str(len(inside) + 2), own)]
    body += [("GE", str(len(documents)), control), ("IEA", "1", f"{cover.control:09d}")]
    return isa + lines(body, marks, cover.line_end)


def _edifact(documents: Sequence[tuple[str, Sequence[Row]]], cover: Cover) -> str:
    at, control, marks = cover.written_at, str(cover.control), cover.marks
    una = "UNA" + marks.component + marks.element + marks.decimal + (marks.release or " ")
    una += (marks.repetition or " ") + marks.segment + cover.line_end
    sender, receiver = (list(reversed(party)) for party in (cover.sender, cover.receiver))
    stamp = [f"{at:%Y%m%d}" if marks.repetition else f"{at:%y%m%d}", f"{at:%H%M}"]
    syntax = ["UNOC", "4" if marks.repetition else "3"]
    unb: Row = ("UNB", syntax, sender, receiver, stamp, control)
    test: Row = ("", "", "", "", "", "1") if cover.usage == "T" else ()
    body: list[Row] = [(*unb, *test)]
    for number, (name, inside) in enumerate(documents, 1):
        kind = [name, *cover.version.split(":")]
        body.append(("UNH", str(number), kind))
        body += _with_comma(inside, cover.version) if marks.decimal == "," else inside
        body.append(("UNT", str(len(inside) + 2), str(number)))
    body.append(("UNZ", str(len(documents)), control))
    return una + lines(body, marks, cover.line_end)


def _with_comma(rows: Iterable[Row], version: str) -> list[Row]:
    """Rows with the decimal mark that UNA names, where a number stands."""
    known = dictionary("EDIFACT", version).segments
    return [changed(row, places(known.get(str(row[0])), _comma)) for row in rows]


def _comma(element: DataElement) -> Change | None:
    return (lambda value: value.replace(".", ",")) if element.type in NUMBERS else None


def lines(body: Iterable[Row], marks: Delimiters, line_end: str = "") -> str:
    """Rows as text; what is empty at the end of a segment or an element is left out."""
    return "".join(line(row, marks) + marks.segment + line_end for row in body)


def line(row: Row, marks: Delimiters) -> str:
    """One row as text, without its terminator."""
    elements = [_element(element, marks) for element in row]
    while len(elements) > 1 and not elements[-1]:
        elements.pop()
    return marks.element.join(elements)


def _element(element: Element, marks: Delimiters) -> str:
    if isinstance(element, str):
        return _value(element, marks)
    if all(isinstance(part, str) for part in element):
        return _composite([str(part) for part in element], marks)
    again = [_composite(list(part), marks) for part in element]
    while len(again) > 1 and not again[-1]:
        again.pop()
    # Without a repetition separator there is no second one.
    return marks.repetition.join(again) if marks.repetition else again[0]


def _composite(parts: list[str], marks: Delimiters) -> str:
    values = [_value(part, marks) for part in parts]
    while len(values) > 1 and not values[-1]:
        values.pop()
    return marks.component.join(values)


def _value(value: str, marks: Delimiters) -> str:
    """A value in its place: EDIFACT releases delimiters, X12 has no way to, and loses them."""
    safe = "".join(c if c.isprintable() else " " for c in value).strip()
    chosen = [mark for mark in marks[:5] if mark]
    if marks.release:
        return "".join(marks.release + c if c in chosen else c for c in safe)
    return "".join(" " if c in chosen else c for c in safe).strip()
