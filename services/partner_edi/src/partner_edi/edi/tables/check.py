"""A segment held against its table."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache, partial
from typing import NamedTuple

from ..finding import shown
from ..lexer import Segment
from ..segments import day
from .model import ANY, Composite, Element, SegmentTable, Slot

NUMERIC = re.compile(r"-?\d+", re.ASCII)
DECIMAL = re.compile(r"-?(\d+[.,]?\d*|[.,]\d+)(E-?\d+)?", re.ASCII)
TIME = re.compile(r"([01]\d|2[0-3])[0-5]\d([0-5]\d(\d{1,2})?)?", re.ASCII)
LETTERS = re.compile(r"[A-Za-z ]+")
CONTROL = re.compile(r"[\x00-\x1f\x7f]")

# What a broken syntax note is called, by its letter.
SAID = {
    "P": "{names} must all be given, or none",
    "R": "one of {names} must be given",
    "E": "only one of {names} may be given",
    "C": "{first} needs {names}",
    "L": "{first} needs one of {names}",
}


class Issue(NamedTuple):
    """One thing wrong with an element; `kind` is looked up for each standard's code."""

    kind: str
    element: int
    component: int
    reference: str
    value: str
    text: str


def issues(segment: Segment, table: SegmentTable) -> Iterator[Issue]:
    """Everything that is wrong with the elements of a segment."""
    elements, again = segment.elements, segment.marks.repetition
    last = len(elements) - 1
    while last and not elements[last].strip(segment.marks.component + " "):
        last -= 1
    for at, slot in enumerate(table.slots, 1):
        if at > last:
            if table.needs > last:
                yield from _absent(segment, table, last)
            break
        raw = elements[at]
        if raw:
            if again and again in raw and not slot.repeats:
                yield from _repeated(segment, at, slot)
            # Most values are right, and most were seen before: those are not looked at again.
            if isinstance(slot.of, Element) and _right(slot.of)(raw):
                continue
            yield from _element(segment, at, raw, slot)
        elif slot.mandatory:
            yield _missing(segment, at, 0, slot)
    if last > len(table.slots):
        text = f"{segment.tag} has {last} elements, {len(table.slots)} are known"
        value = segment.get(len(table.slots) + 1)
        yield Issue("too_many", len(table.slots) + 1, 0, "", value, text)
    yield from _notes(segment, table, last)


def _absent(segment: Segment, table: SegmentTable, last: int) -> Iterator[Issue]:
    """Mandatory elements after the last one that is there."""
    for at, slot in enumerate(table.slots[last:], last + 1):
        if slot.mandatory:
            yield _missing(segment, at, 0, slot)


def _right(of: Element) -> Callable[[str], bool]:
    """Whether a value is right for an element, remembered for the values that keep coming."""
    known = _REMEMBERED.get((of.number, of.most))
    if known is None:
        known = lru_cache(maxsize=256)(partial(_is_right, of))
        _REMEMBERED[of.number, of.most] = known
    return known


def _is_right(of: Element, value: str) -> bool:
    return of.type == ANY or (value.strip() == value != "" and not _fault(value, of)[0])


_REMEMBERED: dict[tuple[str, int], Callable[[str], bool]] = {}


def _repeated(segment: Segment, at: int, slot: Slot) -> Iterator[Issue]:
    """X12: what has no "*" in the tables comes once in its place."""
    times = len(segment.repeats(at))
    if slot.of.number != ANY and not segment.marks.decimal and segment.part(at, 1, times):
        text = f"{_where(segment, at, 0)} comes {times} times, once is allowed"
        yield Issue("repetitions", at, 0, slot.of.number, segment.part(at, 1, times), text)


def _element(segment: Segment, at: int, raw: str, slot: Slot) -> Iterator[Issue]:
    of, marks = slot.of, segment.marks
    if isinstance(of, Composite):
        for parts in segment.repeats(at):
            yield from _composite(segment, at, parts, of, slot.mandatory)
        return
    if of.type == ANY:
        return
    value = segment.get(at)
    if marks.component and marks.component in value and not marks.decimal:
        # An empty component at the end means nothing.
        value = value.rstrip(marks.component + " ")
    if marks.decimal and marks.component in raw:
        first = segment.part(at)
        if any(part.strip() for part in segment.repeats(at)[0][1:]):
            text = f"{_where(segment, at, 0)} is one element, not several"
            yield Issue("components", at, 2, of.number, value, text)
        value = first
    if marks.repetition and marks.repetition in raw:
        value = segment.part(at)
    if value:
        yield from _value(segment, at, 0, value, of)
    elif slot.mandatory and of.least:
        yield _missing(segment, at, 0, slot)


def _composite(
    segment: Segment, at: int, parts: list[str], of: Composite, mandatory: bool
) -> Iterator[Issue]:
    filled = [part.strip() for part in parts]
    while filled and not filled[-1]:
        filled.pop()
    if not filled:
        if mandatory:
            yield _missing(segment, at, 0, Slot(of, True))
        return
    for number, slot in enumerate(of.parts, 1):
        value = filled[number - 1] if number <= len(filled) else ""
        if value and isinstance(slot.of, Element):
            yield from _value(segment, at, number, value, slot.of)
        elif not value and slot.mandatory:
            yield _missing(segment, at, number, slot)
    if len(filled) > len(of.parts):
        text = f"{_where(segment, at, 0)} has {len(filled)} components, {len(of.parts)} are known"
        yield Issue("components", at, len(of.parts) + 1, of.number, filled[len(of.parts)], text)


def _value(segment: Segment, at: int, part: int, value: str, of: Element) -> Iterator[Issue]:
    """Type first: the length of what is no number says nothing."""
    if of.type == ANY:
        return
    if _right(of)(value):
        return
    kind, said = _fault(value, of)
    if kind:
        text = f"{_where(segment, at, part)}, {of.name}, {shown(value)} {said}"
        yield Issue(kind, at, part, of.number, value, text)


def _fault(value: str, of: Element) -> tuple[str, str]:
    """What is wrong with a value, as a kind and the end of a sentence; empty when nothing is."""
    length = len(value)
    if of.type[0] in "NRM" or of.type in ("DT", "TM"):
        if of.type not in ("AN", "A") and (found := _typed(value, of)):
            return found
        length = sum(map(str.isdigit, value))
    elif CONTROL.search(value):
        return "characters", "has characters that cannot be printed"
    elif of.type == "A" and not LETTERS.fullmatch(value):
        return "type", "is not made of letters"
    if length > of.most:
        return "too_long", f"is longer than {of.most}"
    if length < of.least:
        return "too_short", f"is shorter than {of.least}"
    if of.codes and value not in of.codes:
        return "value", "is not a known code"
    return "", ""


def _typed(value: str, of: Element) -> tuple[str, str] | None:
    if of.type == "DT":
        return None if day(value) else ("date", "is not a date")
    if of.type == "TM":
        return None if TIME.fullmatch(value) else ("time", "is not a time of day")
    if of.type[0] == "N" and of.type != "N":
        return None if NUMERIC.fullmatch(value) else ("type", "is not a whole number")
    return None if DECIMAL.fullmatch(value) else ("type", "is not a number")


def _missing(segment: Segment, at: int, part: int, slot: Slot) -> Issue:
    name = slot.of.name and f", {slot.of.name},"
    text = f"{_where(segment, at, part)}{name} is missing"
    return Issue("missing", at, part, slot.of.number, "", text)


def _where(segment: Segment, at: int, part: int) -> str:
    return f"{segment.tag}{at:02d}" + (f"-{part}" if part else "")


def _notes(segment: Segment, table: SegmentTable, last: int) -> Iterator[Issue]:
    for kind, places in table.notes:
        if min(places) > last and kind != "R":
            continue
        present = [at for at in places if at <= last and segment.elements[at].strip()]
        if len(present) == len(places) and kind != "E":
            continue
        absent = [at for at in places if at not in present]
        yield from _note(segment, table, kind, places, present, absent)


def _note(
    segment: Segment,
    table: SegmentTable,
    kind: str,
    places: tuple[int, ...],
    present: list[int],
    absent: list[int],
) -> Iterator[Issue]:
    first, others = places[:1], places[1:]
    wrong = {
        "P": bool(present and absent),
        "R": not present,
        "E": len(present) > 1,
        "C": places[0] in present and bool(absent),
        "L": present == [places[0]],
    }[kind]
    if wrong:
        names = _names(segment, places if kind in "PRE" else others)
        text = SAID[kind].format(names=names, first=_names(segment, first))
        at = present[-1] if kind == "E" else absent[0]
        number = table.slots[at - 1].of.number
        yield Issue("exclusive" if kind == "E" else "conditional", at, 0, number, "", text)


def _names(segment: Segment, places: Iterable[int]) -> str:
    return " and ".join(f"{segment.tag}{at:02d}" for at in places)
