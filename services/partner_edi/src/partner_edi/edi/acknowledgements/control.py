"""The syntax and service report (CONTRL): interchange, groups, messages, segments, elements."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, groupby

from ..document import Row
from ..envelope import Group, Interchange, TransactionSet
from ..finding import Finding, Level, worst
from ..lexer import Segment
from ..segments import count
from .answer import Answer, SetAnswer, Status

REJECTED, ACKNOWLEDGED = "4", "7"
# Element 0083: 8 says that the interchange arrived, and that its answer is still to come.
ACTIONS: dict[str, Status] = {"4": "rejected", "7": "accepted", "8": "accepted"}
# A message of ours need not repeat every fault of theirs.
MOST_SEGMENTS = 99
# What is repeated from their message must not be too long for ours.
NAME_LENGTHS = (6, 3, 3, 3, 6)
# Element 0135 names service segments only.
SERVICE = frozenset({"UNA", "UNB", "UNE", "UNG", "UNH", "UNT", "UNZ"})


def control_report(received: Interchange) -> list[Row]:
    """The rows of a CONTRL from UCI on: 7 for what is taken, 4 for what is refused."""
    # What is wrong between the messages of an interchange without groups is its own fault.
    around = (group.findings for group in received.groups if group.implicit)
    own = [*received.findings, *chain.from_iterable(around)]
    rows: list[Row] = [("UCI", received.control[:14], *_parties(received), *_answer(own))]
    if worst(own) is Level.FATAL:
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


def _answer(findings: Sequence[Finding]) -> tuple[str, ...]:
    """The action, and the first code of what is wrong with this level itself."""
    own = [f for f in findings if f.level > Level.NOTE and not f.set_position]
    own.sort(key=lambda found: -found.level)
    action = REJECTED if worst(findings) is Level.FATAL else ACKNOWLEDGED
    if not own:
        return (action,)
    return (action, own[0].control_error, own[0].tag if own[0].tag in SERVICE else "")


def _group(group: Group) -> Row:
    head = group.opening
    sender, receiver = ([head.part(at)[:35], head.part(at, 2)[:4]] for at in (2, 3))
    return ("UCF", group.control[:14], sender, receiver, *_answer(group.findings))


def _message(document: TransactionSet) -> Iterator[Row]:
    kind = [document.opening.part(2, at)[:most] for at, most in enumerate(NAME_LENGTHS, 1)]
    yield ("UCM", document.control[:14], kind, *_answer(document.findings))
    placed = [f for f in document.findings if f.set_position and f.level > Level.NOTE]
    placed.sort(key=lambda f: (_place(f), f.element, f.component))
    for number, (position, found) in enumerate(groupby(placed, key=_place)):
        if number == MOST_SEGMENTS:
            return
        yield from _segment(position, list(found))


def _place(found: Finding) -> int:
    """Where a UCS puts it: what is missing stands after the last segment that was there."""
    return found.set_position - (found.code == "segment_missing")


def _segment(position: int, found: Sequence[Finding]) -> Iterator[Row]:
    whole = [f.control_error for f in found if not f.element]
    yield ("UCS", str(position), *whole[:1])
    for f in found:
        if f.element:
            # The tag is the first element of its segment, so the others are one further.
            place = [str(f.element + 1), str(f.component)] if f.component else [str(f.element + 1)]
            yield ("UCD", f.control_error, place)


def read(segments: Sequence[Segment]) -> Answer | None:
    """Read a CONTRL; None when it has no UCI or says nothing known."""
    first = next((s for s in segments if s.tag == "UCI"), None)
    control = count(first.get(1)) if first else None
    status = ACTIONS.get(first.get(4)) if first else None
    if first is None or control is None or status is None:
        return None
    errors = (f"interchange error {first.get(5)}",) if first.get(5) else ()
    sets = tuple(_set_answers(segments))
    final = first.get(4) != "8"
    return Answer(control=control, status=status, sets=sets, findings=errors, final=final)


def _set_answers(segments: Sequence[Segment]) -> Iterator[SetAnswer]:
    """The answer to each message, with what follows its UCM; a group's refusal is its messages'."""
    open_: SetAnswer | None = None
    for segment in segments:
        if segment.tag in ("UCM", "UCF", "UNT"):
            if open_ is not None:
                yield open_
            open_ = _opened(segment) if segment.tag == "UCM" else None
        elif segment.tag in ("UCS", "UCD") and open_ is not None:
            open_ = _with(open_, segment)
    if open_ is not None:
        yield open_


def _opened(ucm: Segment) -> SetAnswer | None:
    status = ACTIONS.get(ucm.get(3))
    errors = (f"message error {ucm.get(4)}",) if ucm.get(4) else ()
    return SetAnswer(ucm.part(2), ucm.get(1), status, errors) if status else None


def _with(answer: SetAnswer, segment: Segment) -> SetAnswer:
    """One more note; a message that is taken in spite of errors is accepted with them."""
    if segment.tag == "UCS":
        note = f"segment {segment.get(1)}: error {segment.get(2)}"
    else:
        note = f"element {segment.part(2)}: error {segment.get(1)}"
    status = "accepted_with_errors" if answer.status == "accepted" else answer.status
    return SetAnswer(answer.code, answer.control, status, (*answer.findings, note))
