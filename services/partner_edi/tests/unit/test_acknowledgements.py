"""997, 999, TA1 and CONTRL: A, E, P and R to the letter, and themselves without a finding."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partner_edi.edi import document, envelope
from partner_edi.edi.acknowledgements.control import control_report
from partner_edi.edi.acknowledgements.functional import acknowledgement
from partner_edi.edi.acknowledgements.implementation import implementation_acknowledgement
from partner_edi.edi.acknowledgements.interchange import interchange_acknowledgement, wanted
from partner_edi.edi.envelope import Interchange
from partner_edi.edi.rules import SetCheck

MESSAGE = "UNH+1+ORDERS:D:96A:UN'BGM+220+P1+9'DTM+137:20260709:102'LIN+1'UNS+S'UNT+6+1'"
EDIFACT = f"UNB+UNOA:3+US:1+THEM:14+260709:1200+7'{MESSAGE}UNZ+1+7'"


def judged(text: str) -> Interchange:
    """The first interchange of a text with every finding its tables give."""
    interchange = envelope.read([text.encode()]).interchanges[0]
    for group in interchange.groups:
        for read in group.sets:
            check = SetCheck(read.code, read.segments[0], read.release)
            for segment in read.segments[1:]:
                check.take(segment)
            read.findings += check.findings
    return interchange


def two(whole: str) -> str:
    """The file with a second 850 like the first."""
    start, end = whole.index("ST*"), whole.index("GE*")
    second = whole[start:end].replace("*0001", "*0002")
    return whole[:end] + second + whole[end:].replace("GE*1", "GE*2")


@pytest.mark.parametrize(
    ("changes", "answers", "group"),
    [
        ([], ["A", "A"], "A"),
        ([("*5*EA*", "*5*E*", 1)], ["E", "A"], "E"),
        ([("BEG*00*NE*P1**20260709~PO1", "PO1", 1), ("SE*4*0001", "SE*3*0001", 1)], "RA", "P"),
        ([("SE*4", "SE*9", 2)], ["R", "R"], "R"),
        ([("GE*2*1", "GE*2*9", 1)], ["R", "R"], "R"),
    ],
)
def test_a_group_is_answered_to_the_letter(
    whole: str, changes: list[tuple[str, str, int]], answers: Sequence[str], group: str
) -> None:
    """A when right, E with errors, P when some are refused, R when all are."""
    text = two(whole)
    for old, new, count in changes:
        text = text.replace(old, new, count)
    interchange = judged(text)
    for rows, tag in (
        (acknowledgement(interchange.groups[0], interchange), "AK5"),
        (implementation_acknowledgement(interchange.groups[0], interchange), "IK5"),
    ):
        assert [row[1] for row in rows if row[0] == tag] == list(answers)
        assert rows[-1][1] == group


def test_a_999_names_segment_and_element(whole: str) -> None:
    """IK3 and IK4 give the place and the code; IK5 says that segments are in error."""
    interchange = judged(whole.replace("*5*EA*", "*5*EACH*"))
    rows = implementation_acknowledgement(interchange.groups[0], interchange)
    assert rows[2:5] == [("IK3", "PO1", "3", "", "8"), ("IK4", "3", "355", "5", "EACH"),
                         ("IK5", "E", "5")]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "answer"),
    [
        (("", ""), ("A", "000")),
        (("IEA*1*000000001", "IEA*1*000000002"), ("R", "001")),
        (("IEA*1", "IEA*3"), ("R", "021")),
        (("IEA*1*000000001~", ""), ("R", "023")),
    ],
)
def test_a_ta1_answers_the_interchange(
    whole: str, change: tuple[str, str], answer: tuple[str, str]
) -> None:
    """Only ISA and IEA count."""
    interchange = judged(whole.replace(*change))
    assert interchange_acknowledgement(interchange) == (
        *("TA1", "000000001", "260709", "1200"),
        *answer,
    )
    assert not wanted(interchange)


@pytest.mark.parametrize(
    ("change", "rows"),
    [
        (("", ""), [("UCI", "7"), ("UCM", "7")]),
        (("UNT+6", "UNT+9"), [("UCI", "7"), ("UCM", "4")]),
        (("UNZ+1+7", "UNZ+1+8"), [("UCI", "4")]),
        (("DTM+137", "DTM+1374"), [("UCI", "7"), ("UCM", "7"), ("UCS", "3"), ("UCD", "39")]),
    ],
)
def test_a_contrl_answers_every_level(change: tuple[str, str], rows: list[tuple[str, str]]) -> None:
    """7 takes a level, 4 refuses it with all that it holds."""
    at = {"UCI": 4, "UCM": 3, "UCS": 1, "UCD": 1}
    found = control_report(judged(EDIFACT.replace(*change)))
    assert [(str(row[0]), row[at[str(row[0])]]) for row in found] == rows


@given(st.integers(0, 200), st.text("+:'?AZ19\n", max_size=5))
def test_a_contrl_for_a_damaged_file_is_itself_without_findings(at: int, junk: str) -> None:
    """What we answer must not be refused in turn."""
    head, tail = EDIFACT[:40], EDIFACT[40:]
    damaged = judged(head + tail[:at] + junk + tail[at + len(junk) :])
    cover = document.Cover(
        sender=("14", "THEM"),
        receiver=("1", "US"),
        control=1,
        written_at=datetime(2026, 7, 9, tzinfo=UTC),
        version="4:1:UN",
        marks=document.EDIFACT_MARKS,
    )
    answer = judged(document.write([("CONTRL", control_report(damaged))], cover))
    found = [*answer.findings, *answer.groups[0].findings, *answer.groups[0].sets[0].findings]
    # A reference that they left out cannot be repeated.
    assert [f.text for f in found if f.code != "element_missing"] == []
