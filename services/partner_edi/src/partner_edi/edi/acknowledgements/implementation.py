"""The implementation acknowledgement (999): what a 997 says, for partners that ask for a 999."""

from __future__ import annotations

from collections.abc import Sequence

from ..document import Row
from ..envelope import Group, Interchange
from ..finding import Finding
from .functional import acknowledgement, answer_set, notes, set_errors

# What only the releases of a 999 have codes of their own for, in elements 618 and 716.
OWN = {"group_type": "18", "group_control_repeated": "19"}


def implementation_acknowledgement(group: Group, interchange: Interchange) -> list[Row]:
    """The 999 for one received group, from AK1 to AK9."""
    plain = acknowledgement(group, interchange)
    rows: list[Row] = [(*plain[0], group.version[:12])]
    for document in group.sets:
        rows.append(("AK2", document.code[:3], document.control[:9], document.version[:35]))
        rows.extend(notes(document.findings, "IK", group.version))
        codes = [_own(document.findings, code) for code in set_errors(document.findings)]
        rows.append(("IK5", answer_set(document, group, interchange), *codes))
    rows.append((*plain[-1][:5], *(_own(group.findings, str(code)) for code in plain[-1][5:])))
    return rows


def _own(findings: Sequence[Finding], code: str) -> str:
    for found in findings:
        if found.trailer_error == code and found.code in OWN:
            return OWN[found.code]
    return code
