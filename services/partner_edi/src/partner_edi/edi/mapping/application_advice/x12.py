"""The application advice as X12 824."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ...finding import Finding
from ...lexer import Segment
from ...segments import Row, day
from .model import ApplicationAdvice, Fault, Original, Verdict

# The second letter of element 110, whether it is of an item, a set or a batch.
VERDICTS: dict[str, Verdict] = {
    "A": "accepted",
    "C": "accepted_with_errors",
    "E": "accepted_with_errors",
    "P": "partially_accepted",
    "R": "rejected",
}
CODES: dict[Verdict, str] = {
    "accepted": "TA",
    "accepted_with_errors": "TE",
    "partially_accepted": "TP",
    "rejected": "TR",
}
# Reasons are in words: mutually defined (element 647).
UNLISTED = "ZZZ"


def read(
    segments: Sequence[Segment], currency: str = ""
) -> tuple[ApplicationAdvice | None, list[Finding]]:
    """Read the segments from ST to SE; None where no document is spoken of."""
    originals: list[Original] = []
    reference, written_on = "", None
    for segment in segments:
        if segment.tag == "BGN":
            reference, written_on = segment.get(2), day(segment.get(3))
        elif segment.tag == "OTI" and (verdict := VERDICTS.get(segment.get(1)[1:])):
            originals.append(_original(segment, verdict))
        elif segment.tag == "TED" and originals:
            fault = Fault(segment.get(1), segment.get(2) or segment.get(7))
            faults = (*originals[-1].faults, fault)
            originals[-1] = msgspec.structs.replace(originals[-1], faults=faults)
    if not originals:
        return None, []
    advice = ApplicationAdvice(
        reference=reference, written_on=written_on, originals=tuple(originals)
    )
    return advice, []


def _original(oti: Segment, verdict: Verdict) -> Original:
    return Original(
        verdict=verdict,
        reference=oti.get(3),
        group_control=oti.get(8),
        set_control=oti.get(9),
        set_code=oti.get(10),
    )


def write(advice: ApplicationAdvice) -> list[Row]:
    """The segments from BGN to the last TED."""
    written_on = f"{advice.written_on:%Y%m%d}" if advice.written_on else ""
    rows: list[Row] = [("BGN", "00", advice.reference[:30], written_on)]
    for one in advice.originals:
        controls = (one.group_control, one.set_control if one.group_control else "")
        about = ("TN", one.reference[:30], "", "", "", "", *controls, one.set_code)
        rows.append(("OTI", CODES[one.verdict], *about))
        rows += [("TED", fault.code or UNLISTED, fault.text[:60]) for fault in one.faults]
    return rows
