"""The walk over segments: which envelope each belongs to, and whether the envelopes agree."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..finding import Finding, Level, shown
from ..lexer import Opening, Segment, batches
from ..segments import count
from .listener import Listener
from .model import FUNCTIONAL_CODE, Group, Interchange, Reading, TransactionSet
from .seen import Seen
from .words import EDIFACT, X12, Words, fault

# So many groups are remembered with their sets: a group sent twice is told by its own number.
MOST_GROUPS = 1000
# Segments that stand between envelopes by right: interchange acknowledgements and security.
BETWEEN = frozenset({"TA1", "TA3", "ISB", "ISE"})


def read(chunks: Iterable[bytes]) -> Reading:
    """Read a file's bytes; never raises, whatever they are."""
    listener = Listener()
    listener.reading.closed = stream(chunks, listener)
    return listener.reading


def stream(chunks: Iterable[bytes], listener: Listener) -> bool:
    """Read a file of any size for a listener; whether the last interchange has its end."""
    walk = _Walk(listener)
    for batch in batches(chunks):
        steps, sink = walk.steps, walk.sink
        for item in batch:
            if type(item) is not Segment:
                walk.take(item)
            elif (tag := item.elements[0]) in steps:
                steps[tag](walk, item)
            else:
                # Nearly all are inside of a set, and cost one call.
                sink(item)
                continue
            steps, sink = walk.steps, walk.sink
    walk.end_interchange()
    return walk.complete


def _ignore(segment: Segment) -> None:
    """Take a segment that belongs nowhere."""


class _Walk:
    """Where reading stands: the innermost envelope that is open."""

    def __init__(self, listener: Listener) -> None:
        self.listener = listener
        self.words = X12
        self.steps = _STEPS[X12]
        self.interchange: Interchange | None = None
        self.group: Group | None = None
        self.document: TransactionSet | None = None
        self.sink: Callable[[Segment], None] = self._between
        self.sets = Seen()
        self.seen: Seen | None = None
        self.groups = Seen()
        self.file: dict[tuple[object, ...], Seen] = {}
        self.complete = self.repeated = False

    def take(self, item: Segment | Finding) -> None:
        """An opening, or a finding of the lexer."""
        if isinstance(item, Finding):
            if self.interchange is not None:
                self.interchange.findings.append(item)
            else:
                self.listener.note(item)
        elif isinstance(item, Opening):
            self._start_interchange(item)

    def _between(self, segment: Segment) -> None:
        """A segment outside of any set."""
        if segment.tag in BETWEEN and self.interchange is not None and self.group is None:
            self.listener.between(segment, self.interchange)
        else:
            text = f"segment {shown(segment.tag)} stands outside of any {self.words.sets[:-1]}"
            self._found(fault("stray_segment", text, segment))

    def _found(self, finding: Finding) -> None:
        holder = self.group or self.interchange
        if holder is None:
            self.listener.note(finding)
        else:
            holder.findings.append(finding)

    def _stray(self, segment: Segment) -> None:
        text = f"{segment.tag} without the segment that opens it"
        self._found(fault("stray_segment", text, segment))

    def _once(self, *key: object) -> Seen:
        return self.file.setdefault(key, Seen())

    def _start_interchange(self, opening: Opening) -> None:
        self.end_interchange()
        current = self.interchange = Interchange(opening)
        self.words = X12 if current.standard == "X12" else EDIFACT
        self.steps = _STEPS[self.words]
        self.groups, self.complete, self.repeated = Seen(), False, False
        name, control = self.words.interchange_control, current.control
        self.listener.start_interchange(current)
        if not control or (self.words is X12 and count(control) is None):
            text = f"{name} {shown(control)} is not a control number"
            current.findings.append(fault("interchange_control", text, opening))
        elif not self._once("interchange", current.sender, current.receiver).add(control):
            self.repeated = True
            text = f"{name} {control} was used before in this file"
            found = fault("interchange_repeated", text, opening, Level.ERROR)
            current.findings.append(found)

    def _start_group(self, opening: Segment) -> None:
        self._end_group()
        current = Group(opening)
        if self.interchange is None:
            self._stray(opening)
            return
        self.group, self.sets, self.seen = current, Seen(), None
        self.interchange.count += 1
        self.listener.start_group(current, self.interchange)
        if current.implicit:
            return
        name, control, party = self.words.group_control, current.control, self.interchange.sender
        if not control or (self.words is X12 and count(control) is None):
            text = f"{name} {shown(control)} is not a control number"
            current.findings.append(fault("group_control", text, opening))
        elif not self.groups.add(control):
            text = f"{name} {control} was used before in this interchange"
            current.findings.append(fault("group_control_repeated", text, opening))
            return
        if len(self.file) < MOST_GROUPS:
            first = self.file.setdefault(("sets", party, current.code, control), self.sets)
            self.seen = None if first is self.sets else first
        if not self._once("group", party, current.code).add(control) and not self.repeated:
            text = f"{name} {control} was used before in this file for {shown(current.code)}"
            found = fault("group_control_reused", text, opening, Level.ERROR)
            current.findings.append(found)

    def _start_set(self, opening: Segment) -> None:
        self._end_set()
        if self.words is EDIFACT and self.group is None and self.interchange is not None:
            if self.interchange.count:
                text = "a message stands outside of the groups that this interchange has"
                self.interchange.findings.append(fault("group_mixed", text, opening))
            self._start_group(self.interchange.opening)
        at = (1, 2) if self.words is X12 else (2, 1)
        current = TransactionSet(opening.part(at[0]), opening.get(at[1]), [opening])
        self.document = current
        if self.group is None or self.interchange is None:
            # Its segments are heard by nobody: that the set is astray is said once.
            self._stray(opening)
            self.sink = _ignore
            return
        self.group.count += 1
        current.release = self.group.version or current.version
        self.sink = self.listener.start_set(current, self.group, self.interchange)
        self._judge_opening(current, self.group)

    def _judge_opening(self, current: TransactionSet, group: Group) -> None:
        """What the opening tells: its control number, and whether it is in the right group."""
        opening, words, add = current.opening, self.words, current.findings.append
        if not current.code:
            add(fault("set_code", f"{words.set} does not say what it opens", opening))
        if not current.control:
            add(fault("set_control", f"{words.set_control} is empty", opening))
        elif not self.sets.add(current.control):
            text = f"{words.set_control} {shown(current.control)} was used before in this group"
            add(fault("set_control_repeated", text, opening))
        elif self.seen is not None and not self.seen.add(current.control):
            text = f"{words.set_control} {shown(current.control)} came before, in the same group"
            add(fault("set_control_reused", text, opening, Level.NOTE))
        needed = FUNCTIONAL_CODE.get(current.code) if words is X12 else group.code
        if needed and needed != (group.code if words is X12 else current.code):
            here = f"transaction set {current.code} needs {needed}"
            if words is EDIFACT:
                here = f"the message is a {shown(current.code)}"
            text = f"{words.group}01 is {shown(group.code)}; {here}"
            add(fault("group_type", text, opening))

    def _close_set(self, end: Segment) -> None:
        current, words = self.document, self.words
        if current is None:
            self._stray(end)
            return
        current.segments.append(end)
        current.closed = True
        here, said = end.position - current.position + 1, end.get(1)
        if count(said) != here:
            text = (
                f"{words.set_end}01 says {shown(said)} segments, there are {here}"
                f" ({words.set_control} {current.control})"
            )
            current.findings.append(fault("set_count", text, end))
        if end.get(2) != current.control:
            text = f"{words.set_end}02 {shown(end.get(2))} is not"
            text += f" {words.set_control} {shown(current.control)}"
            current.findings.append(fault("set_reference", text, end))
        self._leave_set(current)

    def _leave_set(self, current: TransactionSet) -> None:
        self.document, self.sink = None, self._between
        if self.group is not None:
            self.listener.end_set(current)

    def _close_group(self, end: Segment) -> None:
        self._end_set()
        current, words = self.group, self.words
        if current is None or current.implicit:
            self._stray(end)
            return
        current.closing = end
        current.declared = count(end.get(1)) or 0
        if count(end.get(1)) != current.count:
            text = f"{words.group_end}01 says {shown(end.get(1))} {words.sets},"
            text += f" there are {current.count}"
            current.findings.append(fault("group_count", text, end))
        if not self._same(end.get(2), current.control):
            text = f"{words.group_end}02 {shown(end.get(2))} is not"
            text += f" {words.group_control} {shown(current.control)}"
            current.findings.append(fault("group_reference", text, end))
        self._leave_group(current)

    def _leave_group(self, current: Group) -> None:
        self.group = None
        self.listener.end_group(current)

    def _same(self, here: str, there: str) -> bool:
        """X12 compares numbers, EDIFACT compares text."""
        if self.words is EDIFACT:
            return here == there
        return count(here) is not None and count(here) == count(there)

    def _close_interchange(self, end: Segment) -> None:
        current, words, group = self.interchange, self.words, self.group
        if current is None:
            self._stray(end)
            return
        self._end_group()
        inside, what = current.count, "groups"
        if group is not None and group.implicit:
            inside, what = group.count, words.sets
        current.closing, self.complete = end, True
        if count(end.get(1)) != inside:
            text = f"{words.interchange_end}01 says {shown(end.get(1))} {what}, there are {inside}"
            current.findings.append(fault("interchange_count", text, end))
        if not self._same(end.get(2), current.control):
            text = f"{words.interchange_end}02 {shown(end.get(2))} is not"
            text += f" {words.interchange_control} {shown(current.control)}"
            current.findings.append(fault("interchange_reference", text, end))
        if words is EDIFACT and not inside:
            text = "the interchange holds no message"
            current.findings.append(fault("interchange_empty", text, end))
        self.interchange = None
        self.listener.end_interchange(current)

    def _end_set(self) -> None:
        """Close a set whose trailer never came."""
        if (current := self.document) is not None:
            name = f"{self.words.sets[:-1]} {shown(current.control)}"
            text = f"{name} has no {self.words.set_end}"
            current.findings.append(fault("set_not_closed", text, current.opening))
            self._leave_set(current)

    def _end_group(self) -> None:
        """Close a group whose trailer never came."""
        self._end_set()
        if (current := self.group) is not None:
            if not current.implicit:
                text = f"group {shown(current.control)} has no {self.words.group_end}"
                current.findings.append(fault("group_not_closed", text, current.opening))
            self._leave_group(current)

    def end_interchange(self) -> None:
        """Close an interchange whose trailer never came."""
        self._end_group()
        if (current := self.interchange) is not None:
            text = f"interchange {shown(current.control)} has no {self.words.interchange_end}"
            current.findings.append(fault("interchange_not_closed", text, current.opening))
            self.interchange = None
            self.listener.end_interchange(current)


_STEPS: dict[Words, dict[str, Callable[[_Walk, Segment], None]]] = {
    words: {
        words.group: _Walk._start_group,
        words.set: _Walk._start_set,
        words.set_end: _Walk._close_set,
        words.group_end: _Walk._close_group,
        words.interchange_end: _Walk._close_interchange,
    }
    for words in (X12, EDIFACT)
}
