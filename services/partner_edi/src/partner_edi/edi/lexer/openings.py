"""Where an interchange begins, and the delimiters its ISA, UNA or UNB declares."""

from __future__ import annotations

import re
from typing import NamedTuple

from .segment import BLANK, Delimiters

# Offsets of the element separators in an ISA of the standard's fixed 106 characters.
FIXED = (3, 6, 17, 20, 31, 34, 50, 53, 69, 76, 81, 83, 89, 99, 101, 103)
HEADER = re.compile(
    r"ISA(?P<isa>[^0-9A-Za-z \r\n])"
    r"|UNA(?P<una>[^\r\n]{6})(?=\s*UNB)"
    r"|UNB(?P<unb>[^A-Za-z0-9\s])[A-Z]{4}(?:(?P<inner>[^A-Za-z0-9\s])(?P<syntax>[0-9])|(?=\W))",
    re.DOTALL,
)
# An ISA is 106 characters; padding and wrapping never made one longer than this.
LONGEST_HEADER = 400


class Header(NamedTuple):
    """The delimiters of an interchange; `elements` of an ISA, and how much text was read."""

    marks: Delimiters
    length: int
    elements: list[str] | None = None
    note: str = ""

    @property
    def stops(self) -> frozenset[str]:
        """Tags that end the interchange or begin another."""
        return frozenset(("UNA", "UNB", "UNZ") if self.marks.decimal else ("ISA", "IEA"))


def read_header(found: re.Match[str], text: str) -> Header | None:
    """The header that `found` begins in `text`; None when it cannot be read."""
    if found["isa"]:
        return _isa(text, found["isa"])
    if found["una"]:
        component, element, decimal, release, again, end = list(found["una"])
        again = "" if again.isalnum() or again in " " else again
        release = release.strip()
        marks = Delimiters(element, component, end, again, release, decimal.strip() or ".")
        chosen = [mark for mark in marks[:5] if mark]
        return (
            None if len(set(chosen)) < len(chosen) else Header(marks, found.end() - found.start())
        )
    return Header(_of_unb(found), 0)


def _of_unb(found: re.Match[str]) -> Delimiters:
    """Without UNA the standard's characters hold; level B may use the control characters."""
    element, syntax = found["unb"], found["syntax"] or ""
    inner = found["inner"] or ("\x1f" if element == "\x1d" else ":")
    again = "*" if syntax >= "4" and "*" not in (element, inner) else ""
    if element == "\x1d":
        return Delimiters(element, inner, "\x1c", again, "", ".")
    return Delimiters(element, inner, "'", again, "?", ".")


def _isa(text: str, separator: str) -> Header | None:
    """Elements, delimiters and length of an ISA, by position or else by element count."""
    if len(text) >= 106 and all(text[at] == separator for at in FIXED):
        component, terminator, length = text[104], text[105], 106
    else:
        pieces = text.split(separator, 16)
        if len(pieces) < 17 or any(len(piece) > 80 for piece in pieces[:16]):
            return None
        start = len(text) - len(pieces[16])
        component, terminator, length = text[start : start + 1], text[start + 1 : start + 2], 2
        length += start
    note = ""
    if _is_data(terminator) and not _is_data(component):
        # ISA16 is missing: what stands in its place ends the segment.
        component, terminator, length = "", component, length - 1
        note = "; ISA16, the component separator, is missing"
    if _is_data(terminator) or terminator == separator:
        return None
    header = text[: length - 1].replace("\r", "").replace("\n", "")
    elements = [piece.strip(BLANK) for piece in header.split(separator)][:17]
    version, mark = elements[12], elements[11]
    again = mark if version >= "00402" and len(mark) == 1 and not mark.isalnum() else ""
    again = "" if again in (separator, component, terminator) else again
    return Header(Delimiters(separator, component, terminator, again), length, elements, note)


def _is_data(character: str) -> bool:
    return not character or character.isalnum() or character == " "
