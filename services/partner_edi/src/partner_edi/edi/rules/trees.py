"""HL and CPS trees: every level but the first hangs on one that came before."""

from __future__ import annotations

from collections.abc import Iterator

from ..finding import shown
from ..lexer import Segment
from ..tables import Issue


class Tree:
    """The levels of one set: their parents, and how deep each one is."""

    def __init__(self, tag: str, *, one_root: bool = False) -> None:
        self.tag = tag
        self.one_root = one_root
        self.depths: dict[str, int] = {}
        self.depth = 0

    def take(self, segment: Segment) -> Iterator[Issue]:
        """An HL or CPS: its own number, and its parent's."""
        own, parent = segment.get(1), segment.get(2)
        number = "628" if self.tag == "HL" else "7164"
        upper = "734" if self.tag == "HL" else "7166"
        if own in self.depths:
            text = f"{self.tag}01 {shown(own)} was used before in this document"
            yield Issue("reference", 1, 0, number, own, text)
        if parent and parent == own:
            text = f"{self.tag}02 {shown(parent)} is the level itself"
            yield Issue("reference", 2, 0, upper, parent, text)
        elif parent and parent not in self.depths:
            text = f"{self.tag}02 {shown(parent)}, the level above, did not come before"
            yield Issue("reference", 2, 0, upper, parent, text)
        elif not parent and self.depths and self.one_root and segment.get(3) != "S":
            text = f"HL02 is empty, but only a shipment has no level above it ({shown(own)})"
            yield Issue("reference", 2, 0, upper, "", text)
        self.depth = self.depths.get(parent, -1) + 1
        self.depths.setdefault(own, self.depth)
