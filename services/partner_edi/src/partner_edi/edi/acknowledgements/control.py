"""The syntax and service report (CONTRL): interchange, groups, messages, segments, elements."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from ..document import Row
from ..envelope import Group, Interchange, TransactionSet
from ..finding import Finding, Level, worst

REJECTED, ACKNOWLEDGED = "4", "7"
# A message of ours need not repeat every fault of theirs.
MOST_SEGMENTS = 99
# What is repeated from their message must not be too long for ours.
NAME_LENGTHS = (6, 3, 3, 3, 6)


def control_report(received: Interchange) -> list[Row]:
    """The rows of a CONTRL from UCI on: 7 for what is taken, 4 for what is refused."""
    rows: list[Row] = [("UCI", received.control[:14], *_parties(received), *_answer(received))]
    if worst(received.findings) is Level.FATAL:
        return rows
    for group in received.groups:
        if not group.implicit:
            rows.append(_group(group))
        if worst(group.findings) is not Level.FATAL:
            for document in group.sets:
                rows.extend(_message(document))
    return rows


def _parties(received: Interchange) -> tuple[list[str], list[str]]:
    (from_kind, from_id), (to_kind, to_id) = received.sender, received.receiver
    return [from_id[:35], from_kind[:4]], [to_id[:35], to_kind[:4]]


def _answer(level: Interchange | Group | TransactionSet) -> tuple[str, ...]:
    """The action, and the first code of what is wrong with this level itself."""
    own = [f for f in level.findings if f.level > Level.NOTE and not f.set_position]
    own.sort(key=lambda found: -found.level)
    action = REJECTED if worst(level.findings) is Level.FATAL else ACKNOWLEDGED
    return (action, own[0].control_error, own[0].tag[:3]) if own else (action,)


def _group(group: Group) -> Row:
    head = group.opening
    sender, receiver = ([head.part(at)[:35], head.part(at, 2)[:4]] for at in (2, 3))
    return ("UCF", group.control[:14], sender, receiver, *_answer(group))


def _message(document: TransactionSet) -> Iterator[Row]:
    kind = [document.opening.part(2, at)[:most] for at, most in enumerate(NAME_LENGTHS, 1)]
    yield ("UCM", document.control[:14], kind, *_answer(document))
    placed = [f for f in document.findings if f.set_position and f.level > Level.NOTE]
    placed.sort(key=lambda f: (f.set_position, f.element, f.component))
    for number, (position, found) in enumerate(groupby(placed, key=lambda f: f.set_position)):
        if number == MOST_SEGMENTS:
            return
        yield from _segment(position, list(found))


def _segment(position: int, found: Sequence[Finding]) -> Iterator[Row]:
    whole = [f.control_error for f in found if not f.element]
    yield ("UCS", str(position), *whole[:1])
    for f in found:
        if f.element:
            # The tag is the first element of its segment, so the others are one further.
            place = [str(f.element + 1), str(f.component)] if f.component else [str(f.element + 1)]
            yield ("UCD", f.control_error, place)
