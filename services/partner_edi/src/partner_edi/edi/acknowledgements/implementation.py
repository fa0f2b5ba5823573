"""The implementation acknowledgement (999): what a 997 says, for partners that ask for a 999."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from ..envelope import Group, Interchange
from ..finding import Finding, Level
from ..segments import Row
from .functional import MOST_AK3, acknowledgement, answer_set, set_errors

# Only a 999 has a code of its own for a control number used twice.
REPEATED = {"set_control_repeated": "23", "group_control_repeated": "19"}


def implementation_acknowledgement(group: Group, interchange: Interchange) -> list[Row]:
    """The 999 for one received group, from AK1 to AK9."""
    plain = acknowledgement(group, interchange)
    rows: list[Row] = [(*plain[0], group.version[:12])]
    for document in group.sets:
        rows.append(("AK2", document.code[:3], document.control[:9], document.version[:35]))
        rows.extend(_notes(document.findings))
        codes = [_own(document.findings, code) for code in set_errors(document.findings)]
        rows.append(("IK5", answer_set(document, group, interchange), *codes))
    rows.append((*plain[-1][:5], *(_own(group.findings, code) for code in plain[-1][5:])))
    return rows


def _own(findings: Sequence[Finding], code: str) -> str:
    for found in findings:
        if found.trailer_error == code and found.code in REPEATED:
            return REPEATED[found.code]
    return code


def _notes(findings: Sequence[Finding]) -> Iterable[Row]:
    placed = [f for f in findings if f.segment_error and f.level > Level.NOTE]
    placed.sort(key=lambda f: (f.set_position, f.tag, f.element))
    loops = groupby(placed, key=lambda f: (f.set_position, f.tag, f.segment_error))
    for number, ((position, tag, error), inside) in enumerate(loops):
        if number == MOST_AK3:
            return
        yield ("IK3", tag[:3], str(position), "", error)
        for f in inside:
            if f.element:
                yield ("IK4", str(f.element), f.reference, f.element_error, f.value[:70])
