"""What is wrong with a document, said so that a person and a 997 can both use it."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

import msgspec


class Level(IntEnum):
    """How much a finding matters: noted only, accepted with errors, or a reason to reject."""

    NOTE = 1
    ERROR = 2
    FATAL = 3


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One fault: a code to count by, where it is in the file, and a sentence to act on.

    Fields from `tag` to `trailer_error` place it for a 997 (AK301 to AK304, AK401 to AK404, AK502,
    AK905 or TA105); `control_error` is its code in a CONTRL (element 0085).
    """

    code: str
    text: str
    position: int = 0
    level: Level = Level.ERROR
    tag: str = ""
    set_position: int = 0
    segment_error: str = ""
    element: int = 0
    reference: str = ""
    element_error: str = ""
    value: str = ""
    trailer_error: str = ""
    line: int = 0
    component: int = 0
    control_error: str = ""

    def sentence(self) -> str:
        """The finding in one line of text."""
        where = f"segment {self.position}" if self.position else "file"
        if self.line > 1 and self.line != self.position:
            where = f"line {self.line}, {where}"
        return f"{where}: {self.text} [{self.code}]"


def worst(findings: Iterable[Finding]) -> Level:
    """The highest level among findings; a note when there are none."""
    return max((finding.level for finding in findings), default=Level.NOTE)


def shown(value: str, limit: int = 40) -> str:
    """A value as it may stand in a sentence: printable, quoted, and not longer than `limit`."""
    printable = value if len(value) <= limit else value[:limit] + "..."
    return repr(printable)
