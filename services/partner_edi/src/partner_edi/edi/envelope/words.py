"""What each standard calls its envelopes, and which error codes it has for them."""

from __future__ import annotations

from typing import NamedTuple

from ..finding import Finding, Level
from ..lexer import Segment


class Words(NamedTuple):
    """The names one standard has for the same things."""

    set: str
    set_control: str
    set_end: str
    group: str
    group_control: str
    group_end: str
    interchange: str
    interchange_control: str
    interchange_end: str
    sets: str


X12 = Words("ST", "ST02", "SE", "GS", "GS06", "GE", "ISA", "ISA13", "IEA", "transaction sets")
EDIFACT = Words("UNH", "UNH01", "UNT", "UNG", "UNG05", "UNE", "UNB", "UNB05", "UNZ", "messages")

# For each of our codes: AK502, AK905 or TA105 in X12, and element 0085 in a CONTRL.
CODES = {
    "set_count": ("4", "29"),
    "set_reference": ("3", "28"),
    "set_not_closed": ("2", "13"),
    "set_control": ("7", "13"),
    "set_control_repeated": ("23", "26"),
    "set_control_reused": ("23", "26"),
    "set_code": ("6", "13"),
    "group_type": ("6", "31"),
    "group_count": ("5", "29"),
    "group_reference": ("4", "28"),
    "group_not_closed": ("3", "13"),
    "group_control": ("6", "13"),
    "group_control_repeated": ("6", "26"),
    "group_control_reused": ("6", "26"),
    "group_mixed": ("", "30"),
    "interchange_count": ("021", "29"),
    "interchange_reference": ("001", "28"),
    "interchange_not_closed": ("023", "13"),
    "interchange_control": ("018", "13"),
    "interchange_repeated": ("025", "26"),
    "interchange_empty": ("", "32"),
    "stray_segment": ("", "33"),
}


def fault(code: str, text: str, segment: Segment, level: Level = Level.FATAL) -> Finding:
    """An envelope's fault, with the codes both standards have for it."""
    x12, edifact = CODES[code]
    return Finding(
        code=code,
        text=text,
        position=segment.position,
        line=segment.line,
        level=level,
        tag=segment.tag[:3],
        trailer_error="" if segment.marks.decimal else x12,
        control_error=edifact if segment.marks.decimal else "",
    )
