"""The elements of ISA, GS, UNB and UNG, with the codes a TA1 has for them."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from ..finding import Finding
from ..lexer import Segment
from ..tables import dictionary, issues
from .codes import element_finding

# TA105 for each element of the ISA.
ISA_CODES = (
    *("010", "011", "012", "013", "005", "006", "007", "008"),
    *("014", "015", "016", "017", "018", "019", "020", "027"),
)


def envelope_findings(opening: Segment) -> Iterator[Finding]:
    """What is wrong with the elements of an interchange's or group's first segment."""
    table = dictionary("EDIFACT" if opening.marks.decimal else "X12").segments.get(opening.tag)
    if table is None:
        return
    for issue in issues(opening, table):
        found = element_finding(issue, opening, opening.position)
        if opening.tag == "ISA":
            code = ISA_CODES[min(issue.element, 16) - 1]
            found = msgspec.structs.replace(
                found, code="interchange_element", trailer_error=code, segment_error=""
            )
        yield msgspec.structs.replace(found, set_position=0)
