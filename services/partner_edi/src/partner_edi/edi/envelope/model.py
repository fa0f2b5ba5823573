"""Interchange, group and set: what both standards have in common."""

from __future__ import annotations

from typing import Literal

import msgspec

from ..finding import Finding
from ..lexer import Delimiters, Segment

Standard = Literal["X12", "EDIFACT"]
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
    """One document: its segments from ST to SE or UNH to UNT, and what is wrong with it."""

    code: str
    control: str
    segments: list[Segment]
    findings: list[Finding] = []
    closed: bool = False
    release: str = ""
    """GS08, or UNH02 after the message's name: whose tables hold."""

    @property
    def opening(self) -> Segment:
        """Its ST or UNH."""
        return self.segments[0]

    @property
    def position(self) -> int:
        """The number of its first segment in the file."""
        return self.segments[0].position

    @property
    def version(self) -> str:
        """UNH02 after the message's name (D:96A:UN), or ST03."""
        if self.opening.tag == "UNH":
            return ":".join(self.opening.part(2, n) for n in range(2, 6)).rstrip(":")
        return self.opening.get(3)


class Group(msgspec.Struct):
    """One functional group: GS to GE, UNG to UNE, or an interchange without groups."""

    opening: Segment
    sets: list[TransactionSet] = []
    findings: list[Finding] = []
    count: int = 0
    declared: int = 0
    closing: Segment | None = None
    code: str = ""
    """GS01, the functional identifier: PO for purchase orders; UNG01."""
    control: str = ""
    """GS06 or UNG05, the group's control number."""
    version: str = ""
    """GS08: release, and the industry guide where there is one."""

    def __post_init__(self) -> None:
        """Every set of the group asks for these."""
        opening, x12 = self.opening, self.standard == "X12"
        self.code = "" if self.implicit else opening.get(1)
        self.control = opening.get(6 if x12 else 5)
        self.version = opening.get(8) if x12 else ""

    @property
    def closed(self) -> bool:
        """Whether its GE or UNE was read."""
        return self.closing is not None

    @property
    def standard(self) -> Standard:
        """Which standard it is written in."""
        return "EDIFACT" if self.opening.marks.decimal else "X12"

    @property
    def implicit(self) -> bool:
        """Whether an EDIFACT interchange has no groups, and this stands for all of it."""
        return self.opening.tag == "UNB"


class Interchange(msgspec.Struct):
    """One interchange: ISA to IEA, or UNB to UNZ; `answers` are the TA1 in it."""

    opening: Segment
    groups: list[Group] = []
    answers: list[Segment] = []
    findings: list[Finding] = []
    count: int = 0
    closing: Segment | None = None

    @property
    def closed(self) -> bool:
        """Whether its IEA or UNZ was read."""
        return self.closing is not None

    @property
    def delimiters(self) -> Delimiters:
        """The characters it is written with."""
        return self.opening.marks

    @property
    def standard(self) -> Standard:
        """Which standard it is written in."""
        return "EDIFACT" if self.opening.marks.decimal else "X12"

    @property
    def sender(self) -> tuple[str, str]:
        """Qualifier and id: ISA05 and ISA06, or both parts of UNB02."""
        return self._address(5, 2)

    @property
    def receiver(self) -> tuple[str, str]:
        """Qualifier and id: ISA07 and ISA08, or both parts of UNB03."""
        return self._address(7, 3)

    def _address(self, x12: int, edifact: int) -> tuple[str, str]:
        head = self.opening
        if self.standard == "X12":
            return head.get(x12), head.get(x12 + 1)
        return head.part(edifact, 2), head.part(edifact)

    @property
    def control(self) -> str:
        """ISA13 or UNB05, unique per partner."""
        return self.opening.get(13 if self.standard == "X12" else 5)

    @property
    def usage(self) -> str:
        """P for production, T for test: ISA15, or UNB11."""
        if self.standard == "X12":
            return self.opening.get(15)
        return "T" if self.opening.get(11) in {"1", "T"} else "P"


class Reading(msgspec.Struct):
    """What a file holds: interchanges, and findings that belong to none of them."""

    interchanges: list[Interchange] = []
    findings: list[Finding] = []
    closed: bool = False

    @property
    def complete(self) -> bool:
        """Whether the last interchange has its end: a file still being written has not."""
        return self.closed
