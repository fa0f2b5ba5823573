"""A document as lines a person can read: segments named, loops and trees indented."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from importlib import resources

import msgspec

from ..envelope import Group, Interchange, TransactionSet, stream
from ..finding import Finding
from ..lexer import Segment
from ..rules import envelope_findings
from ..segments import day
from ..tables import Composite, Element, SegmentTable, Slot
from .inspect import Inspector, held, seal


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line: how deep it stands, what it is, its parts by name, and what is wrong with it."""

    depth: int
    kind: str
    title: str
    parts: tuple[tuple[str, str], ...] = ()
    findings: tuple[Finding, ...] = ()


@cache
def meanings() -> dict[tuple[str, str], str]:
    """What common codes mean."""
    text = resources.files(__package__).joinpath("meanings.txt").read_text(encoding="utf-8")
    rows = (line.split(" ", 2) for line in text.splitlines() if not line.startswith("#"))
    return {(number, code): meaning for number, code, meaning in rows}


def pages(chunks: Iterable[bytes], show: Callable[[Line], None]) -> Inspector:
    """Show a file line by line; what comes back knows all findings."""
    reader = _Pages(show)
    stream(chunks, reader)
    return reader


class _Pages(Inspector):
    """Shows every segment as it is read."""

    def __init__(self, show: Callable[[Line], None]) -> None:
        super().__init__()
        self.show = show

    def start_interchange(self, interchange: Interchange) -> None:
        super().start_interchange(interchange)
        here = seal(interchange)
        parts = [("from", here.sender), ("to", here.receiver), ("number", here.control)]
        found = tuple(envelope_findings(interchange.opening))
        title = f"{here.standard} interchange, {here.usage}"
        self.show(
            Line(depth=0, kind="interchange", title=title, parts=tuple(parts), findings=found)
        )

    def start_set(
        self, document: TransactionSet, group: Group, interchange: Interchange
    ) -> Callable[[Segment], None]:
        super().start_set(document, group, interchange)
        kind = held(document, group)
        title = f"{kind.code} {kind.name or 'document without a table'}".strip()
        parts = (("version", kind.version), ("number", document.control))
        self.show(Line(depth=1, kind="set", title=title, parts=parts))
        return self._segment

    def _segment(self, segment: Segment) -> None:
        check = self.check
        assert check is not None
        before = len(check.findings)
        check.take(segment)
        depth = check.walk.depth if check.walk else 0
        if check.tree.depths and depth:
            # Below an HL or CPS the tree is what people think in, not the loop.
            depth = check.tree.depth + (0 if segment.tag == check.tree.tag else max(depth, 1))
        found = tuple(check.findings[before:])
        self.show(described(segment, check.segments.get(segment.tag), 2 + depth, found))

    def end_set(self, document: TransactionSet) -> None:
        found = tuple(document.findings)
        super().end_set(document)
        if found:
            self.show(Line(depth=1, kind="findings", title="this document", findings=found))

    def end_group(self, group: Group) -> None:
        super().end_group(group)
        if group.findings:
            found = tuple(group.findings)
            self.show(Line(depth=1, kind="findings", title="this group", findings=found))

    def end_interchange(self, interchange: Interchange) -> None:
        super().end_interchange(interchange)
        found = tuple(interchange.findings)
        if found:
            self.show(Line(depth=0, kind="findings", title="this interchange", findings=found))


def described(
    segment: Segment, table: SegmentTable | None, depth: int, found: tuple[Finding, ...]
) -> Line:
    """A segment by its name, and its elements by theirs, as its release has them."""
    title = f"{segment.tag[:12]} {table.name if table else ''}".rstrip()
    parts: list[tuple[str, str]] = []
    for at in range(1, len(segment.elements)):
        slot = table.slots[at - 1] if table and at <= len(table.slots) else None
        parts += _parts(segment, at, slot)
    return Line(depth=depth, kind="segment", title=title, parts=tuple(parts), findings=found)


def _parts(segment: Segment, at: int, slot: Slot | None) -> list[tuple[str, str]]:
    parts = []
    for repeat in segment.repeats(at):
        for number, raw in enumerate(repeat, 1):
            value = raw.strip()
            if not value:
                continue
            of = slot.of if slot else None
            if isinstance(of, Composite):
                inner = of.parts[number - 1].of if number <= len(of.parts) else None
                of = inner if isinstance(inner, Element) else None
            name = of.name if of and of.name else f"{segment.tag}{at:02d}"
            parts.append((name, readable(value, of, segment.marks.decimal)))
    return parts


def readable(value: str, of: Element | None, decimal: str = "") -> str:
    """A value as people write it: dates, times, implied decimals, and what a code means."""
    if of is None:
        return value
    if of.type == "DT" or (of.number == "2380" and len(value) == 8):
        found = day(value)
        return found.isoformat() if found else value
    if of.type == "TM" and len(value) >= 4 and value.isdigit():
        return f"{value[:2]}:{value[2:4]}"
    if len(of.type) == 2 and of.type[0] == "N" and of.type[1] in "123456":
        return implied(value, int(of.type[1]))
    if of.type in ("R", "MOA") and decimal:
        return value.replace(",", ".")
    meaning = meanings().get((of.number, value))
    return f"{value} ({meaning})" if meaning else value


def implied(value: str, decimals: int) -> str:
    """A number whose point is not written: 1230 with two decimals is 12.30."""
    digits = value.removeprefix("-")
    if not digits.isdigit():
        return value
    digits = digits.rjust(decimals + 1, "0")
    sign = "-" if value.startswith("-") else ""
    return f"{sign}{int(digits[:-decimals]):,}.{digits[-decimals:]}"
