"""The functional acknowledgement (997, and 999 read): what came in, and what went out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Literal

from ..document import Row
from ..envelope import Group, Interchange, TransactionSet
from ..finding import Finding, Level, worst
from ..lexer import Segment
from ..segments import count
from .answer import STATUS, Answer, SetAnswer

Letter = Literal["A", "E", "P", "R"]
# The loop repeats at most this often; a partner needs the first faults, not the last.
MOST_AK3 = 200
# AK302 had six digits until 005010.
LAST_POSITION = 999_999
# What AK301 can name (element 721). AK505 tells of other segments, without a place.
SEGMENT_ID = re.compile(r"[A-Z][A-Z0-9]{1,2}", re.ASCII)
# Codes of elements 718 and 723 that came with a later release, and what an older one says.
LATER = {
    ("718", "23"): ("00307", "7"),
    ("723", "12"): ("00402", "3"),
    ("723", "13"): ("00402", "3"),
}


def answer_set(document: TransactionSet, group: Group, interchange: Interchange) -> Letter:
    """A, E or R for one transaction set: it cannot be better than the envelopes around it."""
    outer = max(worst(group.findings), worst(interchange.findings))
    if max(worst(document.findings), outer) is Level.FATAL:
        return "R"
    return "E" if worst(document.findings) is Level.ERROR else "A"


def answer_group(group: Group, interchange: Interchange) -> Letter:
    """A, E, P or R for the whole group."""
    answers = [answer_set(document, group, interchange) for document in group.sets]
    if worst([*group.findings, *interchange.findings]) is Level.FATAL or not answers:
        return "R"
    if "R" in answers:
        return "R" if set(answers) == {"R"} else "P"
    return "E" if "E" in answers or worst(group.findings) is Level.ERROR else "A"


def acknowledgement(group: Group, interchange: Interchange) -> list[Row]:
    """The 997 for one received group, from AK1 to AK9."""
    # AK102 is a number: a GS06 that is none cannot be repeated, and AK905 says so.
    control = group.control if (count(group.control) or 10**9) < 10**9 else "0"
    rows: list[Row] = [("AK1", group.code if len(group.code) == 2 else "ZZ", control)]
    accepted = 0
    for document in group.sets:
        answer = answer_set(document, group, interchange)
        accepted += answer != "R"
        rows.append(("AK2", document.code[:3], document.control[:9]))
        rows.extend(notes(document.findings, "AK", group.version))
        codes = [_listed("718", code, group.version) for code in set_errors(document.findings)]
        rows.append(("AK5", answer, *codes))
    received = str(len(group.sets))
    errors = _trailer_errors(group.findings)
    overall = answer_group(group, interchange)
    declared = str(min(group.declared, 999_999)) if group.closed else received
    rows.append(("AK9", overall, declared, received, str(accepted), *errors))
    return rows


def notes(findings: Sequence[Finding], prefix: str, release: str) -> Iterable[Row]:
    """AK3 and AK4, or IK3 and IK4, for what is wrong inside of segments."""
    placed = [f for f in _inside(findings) if SEGMENT_ID.fullmatch(f.tag)]
    placed = [f for f in placed if f.set_position <= LAST_POSITION]
    placed.sort(key=lambda f: (f.set_position, f.tag, f.element))
    loops = groupby(placed, key=lambda f: (f.set_position, f.tag, f.segment_error))
    for number, ((position, tag, error), inside) in enumerate(loops):
        if number == MOST_AK3:
            return
        yield (f"{prefix}3", tag, str(position), "", error)
        for f in inside:
            if f.element:
                place = [str(f.element), str(f.component or "")]
                code = _listed("723", f.element_error, release)
                yield (f"{prefix}4", place, f.reference, code, f.value[:99])


def _inside(findings: Iterable[Finding]) -> list[Finding]:
    return [f for f in findings if f.segment_error and f.level > Level.NOTE]


def _listed(element: str, code: str, release: str) -> str:
    """A code, or what said the same in a release that does not have it yet."""
    since, older = LATER.get((element, code), ("", code))
    return code if release >= since else older


def set_errors(findings: Sequence[Finding]) -> list[str]:
    """AK502 and on: the trailer's faults, then 5 when segments are in error."""
    inside = ["5"] if _inside(findings) else []
    return [*_trailer_errors(findings), *inside][:5]


def _trailer_errors(findings: Sequence[Finding]) -> list[str]:
    codes = {f.trailer_error for f in findings if f.trailer_error and f.level > Level.NOTE}
    return sorted(codes)[:5]


def read(segments: Sequence[Segment]) -> Answer | None:
    """Read a 997 or 999; None when AK1 or AK9 are missing or say nothing known."""
    first = next((s for s in segments if s.tag == "AK1"), None)
    last = next((s for s in segments if s.tag == "AK9"), None)
    control = count(first.get(2)) if first else None
    status = STATUS.get(last.get(1)) if last else None
    if first is None or last is None or control is None or status is None:
        return None
    errors = tuple(f"group error {last.get(n)}" for n in range(5, 10) if last.get(n))
    sets = tuple(_set_answers(segments))
    return Answer(control=control, status=status, code=first.get(1), sets=sets, findings=errors)


def _set_answers(segments: Sequence[Segment]) -> Iterable[SetAnswer]:
    code = control = ""
    notes: list[str] = []
    for segment in segments:
        # A 999 says with IK what a 997 says with AK.
        tag = segment.tag.replace("IK", "AK")
        if tag == "AK2":
            code, control, notes = segment.get(1), segment.get(2), []
        elif tag == "AK3":
            notes.append(f"segment {segment.get(1)} at {segment.get(2)}: error {segment.get(4)}")
        elif tag == "AK4":
            text = f"element {segment.part(1)}: error {segment.get(3)} {segment.get(4)}"
            notes.append(text.strip())
        elif tag == "AK5" and segment.get(1) in STATUS:
            codes = [f"set error {segment.get(n)}" for n in range(2, 7) if segment.get(n)]
            yield SetAnswer(code, control, STATUS[segment.get(1)], (*notes, *codes))
