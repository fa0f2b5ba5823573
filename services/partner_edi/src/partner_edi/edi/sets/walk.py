"""The walk of one set's segments through its table: each finds its place, or is out of place."""

from __future__ import annotations

from typing import NamedTuple

from ..lexer import Segment
from .grammar import Bag, Loop, SetTable, Use


class Misplaced(NamedTuple):
    """A segment, or the want of one, that the table does not allow."""

    kind: str
    tag: str
    text: str


class _Plan:
    """What is asked of a loop again and again: where each tag may stand, and which ones must."""

    def __init__(self, loop: Loop) -> None:
        self.loop = loop
        self.places: dict[str, list[int]] = {}
        self.musts: list[tuple[int, str]] = []
        for index, step in enumerate(loop.steps):
            for use in step.uses.values() if isinstance(step, Bag) else (step,):
                tag = use.trigger if isinstance(use, Loop) else use.tag
                self.places.setdefault(tag, []).append(index)
                if use.mandatory:
                    self.musts.append((index, tag))


_PLANS: dict[int, _Plan] = {}


def _plan(loop: Loop) -> _Plan:
    """The plan of a loop; tables are read once and stay, so their identity is enough."""
    found = _PLANS.get(id(loop))
    if found is None or found.loop is not loop:
        found = _PLANS[id(loop)] = _Plan(loop)
    return found


class _Frame:
    """One open loop: how far its steps have come, and how often each segment was there."""

    __slots__ = ("at", "loop", "plan", "uses")

    def __init__(self, loop: Loop) -> None:
        self.loop = loop
        self.plan = _plan(loop)
        self.at = 0
        self.uses: dict[str, int] = {}

    def restart(self) -> None:
        """The next round of the same loop."""
        self.at, self.uses = 0, {}

    def find(self, tag: str) -> int:
        """The step at or after the present one that takes the tag; -1 when none does."""
        ahead = [index for index in self.plan.places.get(tag, ()) if index >= self.at]
        if not ahead:
            return -1
        step = self.loop.steps[ahead[0]]
        used_up = isinstance(step, Use) and self.uses.get(tag, 0) >= step.most
        if used_up and ahead[0] == self.at and len(ahead) > 1:
            # One more may have a place of its own further on, if nothing before it must come.
            between = [i for i, _ in self.plan.musts if ahead[0] < i < ahead[1]]
            return ahead[0] if between else ahead[1]
        return ahead[0]

    def skipped(self, stop: int) -> list[str]:
        """Mandatory segments from the present step up to `stop` that were not there."""
        if not self.plan.musts:
            return []
        return [tag for at, tag in self.plan.musts if self.at <= at < stop and tag not in self.uses]


class Walk:
    """Where in its set the reading stands; `depth` counts open loops, for those who print."""

    def __init__(self, table: SetTable) -> None:
        self.table = table
        self.frames = [_Frame(table.root)]

    @property
    def depth(self) -> int:
        """How many loops are open."""
        return len(self.frames) - 1

    @property
    def path(self) -> tuple[str, ...]:
        """The first segments of the open loops, outermost first."""
        return tuple(frame.loop.trigger for frame in self.frames[1:])

    def take(self, segment: Segment) -> list[Misplaced]:
        """Find the segment's place; what is wrong with it, and what should have come before."""
        tag = segment.tag
        for level in range(len(self.frames) - 1, -1, -1):
            frame = self.frames[level]
            index = frame.find(tag)
            # A loop's first segment opens its next round, unless it has a place further on.
            if level and index <= 0 and tag == frame.loop.trigger:
                return self._again(level, tag)
            if index >= 0:
                return self._place(level, index, tag)
        if tag in self.table.tags:
            text = f"{tag} is not allowed at this place of the {self.table.code}"
            return [Misplaced("order", tag, text)]
        text = f"{tag} is not a segment of the {self.table.code}"
        return [Misplaced("foreign", tag, text)]

    def _place(self, level: int, index: int, tag: str) -> list[Misplaced]:
        found = self._close(level)
        frame = self.frames[level]
        found += self._missing(frame.skipped(index), tag)
        step = frame.loop.steps[index]
        frame.at = index
        frame.uses[tag] = count = frame.uses.get(tag, 0) + 1
        use = step.uses[tag] if isinstance(step, Bag) else step
        if isinstance(use, Loop):
            inner = _Frame(use)
            inner.uses[tag] = 1
            self.frames.append(inner)
        if count > use.most:
            kind = "loops" if isinstance(use, Loop) else "uses"
            text = f"{tag} comes {count} times, {use.most} are allowed here"
            found.append(Misplaced(kind, tag, text))
        return found

    def _again(self, level: int, tag: str) -> list[Misplaced]:
        """The loop's first segment once more: its next round."""
        found = self._close(level)
        frame = self.frames[level]
        found += self._missing(frame.skipped(len(frame.loop.steps)), tag)
        frame.restart()
        frame.uses[tag] = 1
        outer = self.frames[level - 1]
        outer.uses[tag] = outer.uses.get(tag, 0) + 1
        if outer.uses[tag] > frame.loop.most:
            text = f"the loop {tag} comes {outer.uses[tag]} times, {frame.loop.most} are allowed"
            found.append(Misplaced("loops", tag, text))
        return found

    def _close(self, level: int) -> list[Misplaced]:
        """Leave the loops inside of a level."""
        found: list[Misplaced] = []
        while len(self.frames) - 1 > level:
            frame = self.frames.pop()
            found += self._missing(frame.skipped(len(frame.loop.steps)), frame.loop.trigger)
        return found

    def _missing(self, tags: list[str], before: str) -> list[Misplaced]:
        return [
            Misplaced(
                "missing", tag, f"{tag} is missing before {before}; the {self.table.code} needs it"
            )
            for tag in tags
        ]
