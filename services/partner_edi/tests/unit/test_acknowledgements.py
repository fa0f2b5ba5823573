"""997, 999, TA1 and CONTRL: A, E, P and R to the letter, and themselves without a finding."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partner_edi.edi import document, envelope
from partner_edi.edi.acknowledgements.control import control_report
from partner_edi.edi.acknowledgements.functional import acknowledgement
from partner_edi.edi.acknowledgements.implementation import implementation_acknowledgement
from partner_edi.edi.acknowledgements.interchange import interchange_acknowledgement, wanted
from partner_edi.edi.envelope import Interchange
from partner_edi.edi.finding import Finding, Level
from partner_edi.edi.rules import SetCheck, envelope_findings
from partner_edi.outbound.text import faults

ANSWER_MARKS = document.X12_MARKS._replace(repetition="")
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
    assert rows[2:5] == [("IK3", "PO1", "3", "", "8"), ("IK4", ["3", ""], "355", "5", "EACH"),
                         ("IK5", "E", "5")]  # fmt: skip


@pytest.mark.parametrize(
    ("release", "isa", "po1", "note"),
    [
        ("005010", "^*00501", "PO1*1*5*EA>KG*2.5", "AK4*3*355*5*EA KG"),
        ("005010", "^*00501", "PO1*1*5^6*EA*2.5", "AK4*2*380*12*6"),
        ("004010", "U*00401", "MEA**WT*5*EA>1>1>EA>1>1>EA>1>1>EA>1>1>EA>1>1>9",
         "AK4*4>16**3*9"),
        ("005010", "^*00501", "MEA**WT*5*EA>1>1>EA>1>1>EA>1>1>EA>1>1>EA>1>1>9",
         "AK4*4>16**13*9"),
        ("005010", "^*00501", "PO1*1*5*EA*2.5**VN*A1*UP", "AK4*9*234*2"),
        ("005010", "^*00501", "PO1**5*EA*2.5\a", "AK4*4*212*6*2.5"),
    ],
)  # fmt: skip
def test_an_element_is_noted_with_its_place_and_code(
    whole: str, release: str, isa: str, po1: str, note: str
) -> None:
    """AK401 has the component; 12 and 13 are said where the release has them, and 3 before."""
    text = whole.replace("U*00401", isa).replace("X*004010", f"X*{release}")
    interchange = judged(text.replace("PO1*1*5*EA*2.5**VN*A1", po1))
    written = document.lines(acknowledgement(interchange.groups[0], interchange), ANSWER_MARKS)
    assert [line for line in written.split("~") if line.startswith("AK4")] == [note]


@pytest.mark.parametrize(
    ("release", "codes"), [("003010", ["7"]), ("004010", ["23"]), ("005010", ["23"])]
)
def test_a_control_number_that_is_not_unique_has_a_code_since_003070(
    whole: str, release: str, codes: list[str]
) -> None:
    """Element 718 had 7, which says that the number is missing or invalid, before it had 23."""
    text = two(whole).replace("*0002", "*0001").replace("X*004010", f"X*{release}")
    interchange = judged(text)
    rows = acknowledgement(interchange.groups[0], interchange)
    assert [list(row[2:]) for row in rows if row[0] == "AK5"] == [[], codes]


def test_a_999_says_that_a_set_is_in_the_wrong_group(whole: str) -> None:
    """Element 618 has 18 for it; 718 has nothing better than 6."""
    interchange = judged(whole.replace("GS*PO", "GS*IN"))
    group = interchange.groups[0]
    assert ("AK5", "R", "6") in acknowledgement(group, interchange)
    assert ("IK5", "R", "18") in implementation_acknowledgement(group, interchange)


def test_ak9_counts_what_was_said_what_came_and_what_is_taken(whole: str) -> None:
    """AK902 is GE01 as it came, AK903 what is there, AK904 those with A or E."""
    text = two(whole).replace("SE*4*0001", "SE*9*0001").replace("*5*EA*", "*5*E*", 2)
    interchange = judged(text)
    assert acknowledgement(interchange.groups[0], interchange)[-1] == ("AK9", "P", "2", "2", "1")
    interchange = judged(text.replace("GE*2", "GE*7"))
    rows = acknowledgement(interchange.groups[0], interchange)
    assert rows[-1] == ("AK9", "R", "7", "2", "0", "5")


def test_a_ta1_gives_the_code_of_what_it_refuses_for(whole: str) -> None:
    """TA104 and TA105 speak of the same fault, also where a lesser one has a code too."""
    interchange = judged(whole.replace("260709*1200*U", "260799*1200*U"))
    interchange.findings += envelope_findings(interchange.opening)
    assert interchange_acknowledgement(interchange)[-2:] == ("E", "014")
    interchange.findings.append(Finding(code="other", text="refused", level=Level.FATAL))
    assert interchange_acknowledgement(interchange)[-2:] == ("R", "024")


def test_a_ta1_has_a_control_number_of_nine_digits(whole: str) -> None:
    """TA101 is a number, whatever ISA13 was."""
    for isa13, ta101 in (("000000001", "000000001"), ("1        ", "000000001"), ("A1", "0" * 9)):
        interchange = judged(whole.replace("*000000001*0", f"*{isa13}*0"))
        assert interchange_acknowledgement(interchange)[1] == ta101


def test_a_missing_segment_is_placed_as_each_standard_wants_it(whole: str) -> None:
    """X12 counts where it should stand, EDIFACT names the last segment before it."""
    interchange = judged(whole.replace("BEG*00*NE*P1**20260709~", "").replace("SE*4", "SE*3"))
    rows = acknowledgement(interchange.groups[0], interchange)
    assert ("AK3", "BEG", "2", "", "3") in rows
    found = control_report(judged(EDIFACT.replace("BGM+220+P1+9'", "").replace("UNT+6", "UNT+5")))
    assert ("UCS", "1", "13") in found


def test_a_contrl_names_service_segments_only() -> None:
    """Element 0135 is a service segment's tag; a stray BGM is told by its code alone."""
    found = control_report(judged(EDIFACT.replace("UNZ", "BGM+220'UNZ")))
    assert [row[4:] for row in found] == [("4", "33", "")]


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


def covered(theirs: str, ours: str, **told: Any) -> document.Cover:
    """The cover of an answer between them and us, each under its qualifier."""
    return document.Cover(
        sender=(theirs, "THEM"),
        receiver=(ours, "US"),
        control=1,
        written_at=datetime(2026, 7, 9, tzinfo=UTC),
        **told,
    )


@given(st.integers(0, 200), st.text("+:'?AZ19\n", max_size=5))
def test_a_contrl_for_a_damaged_file_is_itself_without_findings(at: int, junk: str) -> None:
    """What we answer must not be refused in turn."""
    head, tail = EDIFACT[:40], EDIFACT[40:]
    damaged = judged(head + tail[:at] + junk + tail[at + len(junk) :])
    cover = covered("14", "1", version="4:1:UN", marks=document.EDIFACT_MARKS)
    answer = judged(document.write([("CONTRL", control_report(damaged))], cover))
    found = [*answer.findings, *answer.groups[0].findings, *answer.groups[0].sets[0].findings]
    # A reference that they left out cannot be repeated.
    assert [f.text for f in found if f.code != "element_missing"] == []


@given(st.integers(106, 290), st.text("*>~^AZ019\n", max_size=5), st.integers(0, 4))
def test_a_997_a_999_and_a_ta1_for_a_damaged_file_can_be_sent(
    whole: str, at: int, junk: str, lost: int
) -> None:
    """Only what they repeat of the file may be wrong in them, never what is theirs to say."""
    damaged = judged(whole[:at] + junk + whole[at + lost :])
    answers = [("TA1", [interchange_acknowledgement(damaged)])]
    for group in damaged.groups:
        answers.append(("997", acknowledgement(group, damaged)))
        answers.append(("999", implementation_acknowledgement(group, damaged)))
    cover = covered("ZZ", "ZZ", version="005010")
    for code, rows in answers:
        found = faults(document.write([(code, rows)], cover).encode())
        assert {f.tag for f in found if f.element} <= {"AK1", "AK2"}
        assert [f.text for f in found if f.level is Level.FATAL or not f.element] == []
