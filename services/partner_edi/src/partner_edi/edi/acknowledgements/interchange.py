"""The interchange acknowledgement (TA1): what became of ISA and IEA, and nothing else."""

from __future__ import annotations

from ..envelope import Interchange
from ..finding import Level, worst
from ..lexer import Segment
from ..segments import Row, count
from .answer import STATUS, Answer

LETTER = {Level.NOTE: "A", Level.ERROR: "E", Level.FATAL: "R"}


def interchange_acknowledgement(received: Interchange) -> Row:
    """A, E or R, and the first of the standard's codes; 000 when there is nothing to say."""
    graver = sorted(received.findings, key=lambda found: -found.level)
    serious = [found for found in graver if found.level > Level.NOTE]
    letter = LETTER[worst(serious)]
    # What has no code of its own is invalid content.
    code = next((f.trailer_error for f in serious if f.trailer_error), "024" if serious else "000")
    head = received.opening
    return ("TA1", head.get(13)[:9], head.get(9), head.get(10), letter, code)


def wanted(received: Interchange) -> bool:
    """Whether the sender asks for one in ISA14."""
    return received.opening.get(14) in {"1", "2", "3"}


def read(answer: Segment) -> Answer | None:
    """Read a TA1; None when it says nothing known. Documents inside are answered elsewhere."""
    control, status = count(answer.get(1)), STATUS.get(answer.get(4))
    if control is None or status is None:
        return None
    note = answer.get(5)
    findings = (f"interchange note {note}",) if note not in ("", "000") else ()
    refused = status == "rejected"
    return Answer(control=control, status=status, findings=findings, final=refused)
