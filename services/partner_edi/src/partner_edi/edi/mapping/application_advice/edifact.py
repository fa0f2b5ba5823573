"""The application advice as EDIFACT APERAK, which speaks of one document."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ...document import Row
from ...finding import Finding
from ...lexer import Segment
from ...segments import day
from .model import ApplicationAdvice, Fault, Original, Verdict

# Element 4343, and element 1225 where that is left out.
RESPONSES: dict[str, Verdict] = {
    "AP": "accepted",
    "CA": "accepted_with_errors",
    "AC": "accepted_with_errors",
    "RE": "rejected",
    "29": "accepted",
    "27": "rejected",
}
CODES: dict[Verdict, str] = {
    "accepted": "AP",
    "accepted_with_errors": "CA",
    "partially_accepted": "CA",
    "rejected": "RE",
}
# References to what was received: a message, an order, an invoice, a despatch advice.
ABOUT = ("ACW", "ON", "IV", "AAK", "DM", "VN")


def read(
    segments: Sequence[Segment], currency: str = ""
) -> tuple[ApplicationAdvice | None, list[Finding]]:
    """Read the segments from UNH to UNT; None where no document is spoken of."""
    reference, response, written_on, faulty = "", "", None, False
    about: dict[str, str] = {}
    faults: list[Fault] = []
    for segment in segments:
        if segment.tag == "BGM":
            reference, response = segment.part(2), segment.get(4) or segment.get(3)
        elif segment.tag == "DTM" and segment.part(1) == "137":
            written_on = day(segment.part(1, 2)[:8])
        elif segment.tag == "RFF" and not faulty:
            about.setdefault(segment.part(1), segment.part(1, 2))
        elif segment.tag == "ERC":
            faulty = True
            faults.append(Fault(segment.part(1)))
        elif segment.tag == "FTX" and faults:
            words = " ".join(part for n in range(1, 6) if (part := segment.part(4, n)))
            faults[-1] = msgspec.structs.replace(faults[-1], text=words)
    number = next((about[q] for q in (*ABOUT, *about) if about.get(q)), "")
    if not number:
        return None, []
    # An advice that only names errors is a refusal.
    usual: Verdict = "rejected" if faults else "accepted"
    verdict = RESPONSES.get(response, usual)
    original = Original(verdict=verdict, reference=number, faults=tuple(faults))
    return ApplicationAdvice(reference=reference, written_on=written_on, originals=(original,)), []


def write(advice: ApplicationAdvice) -> list[Row]:
    """The segments from BGM to the last FTX."""
    [one] = advice.originals
    rows: list[Row] = [("BGM", "313", advice.reference[:35], "", CODES[one.verdict])]
    if advice.written_on:
        rows.append(("DTM", ["137", f"{advice.written_on:%Y%m%d}", "102"]))
    rows.append(("RFF", ["ACW", one.reference[:35]]))
    for fault in one.faults:
        rows.append(("ERC", (fault.code or "ZZZ")[:8]))
        if fault.text:
            rows.append(("FTX", "AAO", "", "", fault.text[:70]))
    return rows
