"""Faults inside of one transaction set, placed so that AK3 and AK4 can tell them."""

from __future__ import annotations

from collections.abc import Sequence

from .finding import Finding, Level
from .lexer import Segment

# What our findings are called, by the code of element 723 (AK403).
ELEMENT_CODE = {
    "1": "element_missing",
    "2": "element_missing",
    "5": "element_too_long",
    "6": "element_characters",
    "7": "element_value",
    "8": "element_date",
}


class Faults:
    """Collects the findings of one set; positions count from its ST."""

    def __init__(self, segments: Sequence[Segment]) -> None:
        self.findings: list[Finding] = []
        self._start = segments[0].position if segments else 0
        self._length = len(segments)

    def missing(self, tag: str, text: str, *, before: int) -> None:
        """A mandatory segment is absent; it should stand before segment number `before`."""
        at = min(before, self._length)
        position = self._start + at - 1
        self._add("segment_missing", text, tag, position, "3", Level.FATAL)

    def segment(self, code: str, text: str, segment: Segment, error: str, level: Level) -> None:
        """A whole segment is at fault; `error` is AK304."""
        self._add(code, text, segment.tag, segment.position, error, level)

    def element(
        self,
        segment: Segment,
        at: int,
        reference: str,
        error: str,
        text: str,
        level: Level = Level.FATAL,
    ) -> None:
        """Element `at` is at fault; `reference` is its number in the dictionary, `error` AK403."""
        self.findings.append(
            Finding(
                code=ELEMENT_CODE[error],
                text=text,
                position=segment.position,
                level=level,
                tag=segment.tag,
                set_position=segment.position - self._start + 1,
                segment_error="8",
                element=at,
                reference=reference,
                element_error=error,
                value=segment.get(at),
            )
        )

    def _add(self, code: str, text: str, tag: str, position: int, error: str, level: Level) -> None:
        self.findings.append(
            Finding(
                code=code,
                text=text,
                position=position,
                level=level,
                tag=tag,
                set_position=position - self._start + 1,
                segment_error=error,
            )
        )
