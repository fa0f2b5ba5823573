"""The elements of the envelopes' segments, with the codes a TA1 or a 997 has for them."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from ..finding import Finding
from ..lexer import Segment
from ..tables import dictionary, issues
from .codes import element_finding

# TA105 for each element of ISA and IEA, AK905 for those of GS and GE.
CODES = {
    "ISA": (
        *("010", "011", "012", "013", "005", "006", "007", "008"),
        *("014", "015", "016", "017", "018", "019", "020", "027"),
    ),
    "IEA": ("021", "018"),
    "GS": ("1", "", "", "", "", "6", "", "2"),
    "GE": ("5", "6"),
}


def envelope_findings(segment: Segment) -> Iterator[Finding]:
    """What is wrong with the elements of an interchange's or group's first or last segment."""
    table = dictionary("EDIFACT" if segment.marks.decimal else "X12").segments.get(segment.tag)
    if table is None:
        return
    codes = CODES.get(segment.tag, ())
    for issue in issues(segment, table):
        found = element_finding(issue, segment, segment.position)
        code = codes[min(issue.element, len(codes)) - 1] if codes else ""
        found = msgspec.structs.replace(found, set_position=0, trailer_error=code)
        if segment.tag == "ISA":
            found = msgspec.structs.replace(found, code="interchange_element", segment_error="")
        yield found
