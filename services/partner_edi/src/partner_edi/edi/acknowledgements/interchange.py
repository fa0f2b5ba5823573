"""The interchange acknowledgement (TA1): what became of ISA and IEA, and nothing else."""

from __future__ import annotations

from ..document import Row
from ..envelope import Interchange
from ..finding import Level, worst
from ..lexer import Segment
from ..segments import count
from .answer import STATUS, Answer

LETTER = {Level.NOTE: "A", Level.ERROR: "E", Level.FATAL: "R"}


def interchange_acknowledgement(received: Interchange) -> Row:
    """A, E or R, and the first of the standard's codes; 000 when there is nothing to say."""
    graver = sorted(received.findings, key=lambda found: -found.level)
    serious = [found for found in graver if found.level > Level.NOTE]
    letter = LETTER[worst(serious)]
    # The code says why the letter is what it is; what has none of its own is invalid content.
    code = (serious[0].trailer_error or "024") if serious else "000"
    head = received.opening
    # TA101 is a number of nine digits: an ISA13 that is none cannot be repeated, and TA105 says so.
    control = f"{count(head.get(13)) or 0:09d}"[-9:]
    return ("TA1", control, head.get(9), head.get(10), letter, code)


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
