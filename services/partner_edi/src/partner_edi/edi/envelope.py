"""Segments to interchanges, groups and transaction sets, with every envelope fault found."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from .finding import Finding, Level, shown
from .lexer import Delimiters, Opening, Segment, lex
from .segments import count

# Which functional group a transaction set belongs in: element 479 for element 143.
FUNCTIONAL_SETS = {
    "AG": "824", "AN": "180", "AR": "943", "BS": "857", "CA": "865", "CD": "812", "FA": "997 999",
    "GF": "990", "IB": "846", "IM": "210", "IN": "810", "OW": "940", "PC": "860", "PD": "852",
    "PO": "850", "PR": "855", "QM": "214", "RA": "820", "RC": "861", "RE": "944", "SC": "832",
    "SH": "856", "SM": "204", "SW": "945", "TX": "864",
}  # fmt: skip
FUNCTIONAL_CODE = {
    code: group for group, codes in FUNCTIONAL_SETS.items() for code in codes.split()
}


class TransactionSet(msgspec.Struct):
    """One document: its segments from ST to SE, and what is wrong with it."""

    code: str
    control: str
    segments: list[Segment]
    findings: list[Finding] = []
    closed: bool = False

    @property
    def position(self) -> int:
        """The number of its ST in the file."""
        return self.segments[0].position


class Group(msgspec.Struct):
    """One functional group: GS to GE."""

    gs: Segment
    sets: list[TransactionSet] = []
    findings: list[Finding] = []
    declared: int = 0
    closed: bool = False

    @property
    def code(self) -> str:
        """GS01, the functional identifier: PO for purchase orders."""
        return self.gs.get(1)

    @property
    def control(self) -> str:
        """GS06, the group's control number."""
        return self.gs.get(6)

    @property
    def version(self) -> str:
        """GS08: release, and the industry guide where there is one."""
        return self.gs.get(8)


class Interchange(msgspec.Struct):
    """One interchange: ISA to IEA."""

    isa: Segment
    delimiters: Delimiters
    groups: list[Group] = []
    findings: list[Finding] = []
    closed: bool = False

    @property
    def sender(self) -> tuple[str, str]:
        """ISA05 and ISA06."""
        return self.isa.get(5), self.isa.get(6)

    @property
    def receiver(self) -> tuple[str, str]:
        """ISA07 and ISA08."""
        return self.isa.get(7), self.isa.get(8)

    @property
    def control(self) -> str:
        """ISA13, unique per partner."""
        return self.isa.get(13)

    @property
    def usage(self) -> str:
        """ISA15: P for production, T for test."""
        return self.isa.get(15)


class Reading(msgspec.Struct):
    """What a file holds: interchanges, and findings that belong to none of them."""

    interchanges: list[Interchange] = []
    findings: list[Finding] = []

    @property
    def complete(self) -> bool:
        """Whether the last interchange has its end: a file still being written has not."""
        return bool(self.interchanges) and self.interchanges[-1].closed


def read(chunks: Iterable[bytes]) -> Reading:
    """Read a file's bytes; never raises, whatever they are."""
    reader = _Reader()
    for item in lex(chunks):
        if isinstance(item, Finding):
            reader.note(item)
        else:
            reader.take(item)
    reader.end_interchange()
    return reader.reading


class _Reader:
    """Where reading stands: the innermost envelope that is open."""

    def __init__(self) -> None:
        self.reading = Reading()
        self.interchange: Interchange | None = None
        self.group: Group | None = None
        self.set: TransactionSet | None = None

    def note(self, finding: Finding) -> None:
        """Keep a lexer's finding with the interchange it stands in."""
        (self.interchange or self.reading).findings.append(finding)

    def take(self, segment: Segment) -> None:
        if isinstance(segment, Opening):
            self._start_interchange(segment)
        elif (step := _STEPS.get(segment.tag)) is not None:
            step(self, segment)
        elif self.set is not None:
            self.set.segments.append(segment)
        elif segment.tag not in {"TA1", "ISB", "ISE"}:
            text = f"segment {shown(segment.tag)} stands outside of any transaction set"
            holder = self.group or self.interchange or self.reading
            holder.findings.append(_fatal("stray_segment", text, segment))

    def _start_interchange(self, isa: Opening) -> None:
        self.end_interchange()
        self.interchange = Interchange(isa, isa.delimiters)
        self.reading.interchanges.append(self.interchange)
        if count(self.interchange.control) is None:
            text = f"ISA13 {shown(self.interchange.control)} is not a control number"
            self.interchange.findings.append(_fatal("interchange_control", text, isa))

    def _start_group(self, gs: Segment) -> None:
        self._end_group()
        self.group = Group(gs)
        if self.interchange is None:
            self._stray(gs)
            return
        self.interchange.groups.append(self.group)
        if count(self.group.control) is None:
            text = f"GS06 {shown(self.group.control)} is not a control number"
            self.group.findings.append(_fatal("group_control", text, gs, "6"))
        elif any(g.control == self.group.control for g in self.interchange.groups[:-1]):
            text = f"GS06 {self.group.control} was used before in this interchange"
            self.group.findings.append(_fatal("group_control_repeated", text, gs, "6"))

    def _start_set(self, st: Segment) -> None:
        self._end_set()
        self.set = TransactionSet(st.get(1), st.get(2), [st])
        if self.group is None:
            self._stray(st)
            return
        self.group.sets.append(self.set)
        self.set.findings.extend(_opening_findings(self.set, self.group))

    def _close_set(self, se: Segment) -> None:
        if self.set is None:
            self._stray(se)
            return
        current, self.set = self.set, None
        current.segments.append(se)
        current.closed = True
        here, said = len(current.segments), se.get(1)
        if count(said) != here:
            text = f"SE01 says {shown(said)} segments, there are {here} (ST02 {current.control})"
            current.findings.append(_fatal("set_count", text, se, "4"))
        if se.get(2) != current.control:
            text = f"SE02 {shown(se.get(2))} is not ST02 {shown(current.control)}"
            current.findings.append(_fatal("set_reference", text, se, "3"))

    def _close_group(self, ge: Segment) -> None:
        self._end_set()
        if self.group is None:
            self._stray(ge)
            return
        current, self.group = self.group, None
        current.closed = True
        current.declared = count(ge.get(1)) or 0
        if count(ge.get(1)) != len(current.sets):
            text = f"GE01 says {shown(ge.get(1))} transaction sets, there are {len(current.sets)}"
            current.findings.append(_fatal("group_count", text, ge, "5"))
        if count(ge.get(2)) is None or count(ge.get(2)) != count(current.control):
            text = f"GE02 {shown(ge.get(2))} is not GS06 {shown(current.control)}"
            current.findings.append(_fatal("group_reference", text, ge, "4"))

    def _close_interchange(self, iea: Segment) -> None:
        self._end_group()
        if self.interchange is None:
            self._stray(iea)
            return
        current, self.interchange = self.interchange, None
        current.closed = True
        groups = len(current.groups)
        if count(iea.get(1)) != groups:
            text = f"IEA01 says {shown(iea.get(1))} groups, there are {groups}"
            current.findings.append(_fatal("interchange_count", text, iea))
        if count(iea.get(2)) is None or count(iea.get(2)) != count(current.control):
            text = f"IEA02 {shown(iea.get(2))} is not ISA13 {shown(current.control)}"
            current.findings.append(_fatal("interchange_reference", text, iea))

    def _end_set(self) -> None:
        """Close a set whose SE never came."""
        if self.set is not None:
            text = f"transaction set {shown(self.set.control)} has no SE"
            self.set.findings.append(_fatal("set_not_closed", text, self.set.segments[0], "2"))
            self.set = None

    def _end_group(self) -> None:
        """Close a group whose GE never came."""
        self._end_set()
        if self.group is not None:
            text = f"group {shown(self.group.control)} has no GE"
            self.group.findings.append(_fatal("group_not_closed", text, self.group.gs, "3"))
            self.group = None

    def end_interchange(self) -> None:
        """Close an interchange whose IEA never came."""
        self._end_group()
        if self.interchange is not None:
            text = f"interchange {shown(self.interchange.control)} has no IEA"
            found = _fatal("interchange_not_closed", text, self.interchange.isa)
            self.interchange.findings.append(found)
            self.interchange = None

    def _stray(self, segment: Segment) -> None:
        text = f"{segment.tag} without the segment that opens it"
        holder = self.group or self.interchange or self.reading
        holder.findings.append(_fatal("stray_segment", text, segment))


_STEPS = {
    "GS": _Reader._start_group,
    "ST": _Reader._start_set,
    "SE": _Reader._close_set,
    "GE": _Reader._close_group,
    "IEA": _Reader._close_interchange,
}


def _opening_findings(current: TransactionSet, group: Group) -> Iterable[Finding]:
    """What ST alone tells: its control number, and whether it is in the right group."""
    st = current.segments[0]
    if not current.control:
        yield _fatal("set_control", "ST02 is empty", st, "7")
    if any(other.control == current.control for other in group.sets[:-1]):
        text = f"ST02 {shown(current.control)} was used before in this group"
        yield _fatal("set_control_repeated", text, st, "7")
    expected = FUNCTIONAL_CODE.get(current.code)
    if expected is not None and expected != group.code:
        text = f"GS01 is {shown(group.code)}; transaction set {current.code} needs {expected}"
        yield _fatal("group_type", text, st, "6")


def _fatal(code: str, text: str, segment: Segment, trailer_error: str = "") -> Finding:
    return Finding(
        code=code,
        text=text,
        position=segment.position,
        level=Level.FATAL,
        tag=segment.tag[:3],
        trailer_error=trailer_error,
    )
