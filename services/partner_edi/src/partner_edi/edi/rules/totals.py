"""What a set says about itself at its end, held against what it holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from ..lexer import Segment
from ..segments import count, number
from ..tables import Issue

# CTT01 counts these; a ship notice's levels or its items, since partners do either.
COUNTED = {
    "810": ("IT1",), "830": ("LIN",), "832": ("LIN",), "846": ("LIN",), "850": ("PO1",),
    "852": ("LIN",), "855": ("PO1",), "856": ("HL", "LIN", "SN1"), "857": ("HL", "IT1"),
    "860": ("POC",), "861": ("RCD",), "865": ("POC",),
}  # fmt: skip
TAGS = frozenset(tag for tags in COUNTED.values() for tag in tags)


class Totals:
    """Counts what a set's totals are about."""

    def __init__(self, code: str, edifact: bool) -> None:
        self.counted = ("LIN",) if edifact else COUNTED.get(code, ())
        self.edifact = edifact
        self.seen: Counter[str] = Counter()

    def take(self, segment: Segment) -> Iterator[Issue]:
        """Count a line, or hold a total against the count."""
        tag = segment.tag
        if tag in TAGS:
            self.seen[tag] += 1
        elif tag == "CTT" and self.counted and not self.edifact:
            yield from self._held(segment.get(1), "CTT01", 0, "354")
        elif tag == "CNT" and self.edifact and segment.part(1) == "2":
            yield from self._held(segment.part(1, 2), "CNT01-2", 2, "6066")

    def _held(self, said: str, where: str, component: int, reference: str) -> Iterator[Issue]:
        value = number(said.replace(",", "."))
        here = [self.seen[tag] for tag in self.counted]
        if value is None or value in here or (count(said) is None and not self.edifact):
            return
        text = f"{where} says {said[:20]} lines, there are {here[0]}"
        yield Issue("total", 1, component, reference, said, text)
