"""Envelopes: counts, references, control numbers, and what was agreed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from partner_edi.edi import envelope
from partner_edi.edi.agreement import Agreement, judge
from partner_edi.edi.finding import Finding, Level

Found = Callable[[envelope.Reading], list[Finding]]


def read_text(text: str) -> envelope.Reading:
    """Read a file given as text."""
    return envelope.read([text.encode()])


AGREED = Agreement(
    standard="X12",
    sets=frozenset({"850"}),
    receivers=frozenset({("ZZ", "RECEIVER")}),
    usage="T",
    releases=frozenset({"004010"}),
)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (("SE*4*0001", "SE*9*0001"), "set_count"),
        (("SE*4*0001", "SE*4*0002"), "set_reference"),
        (("SE*4*0001~", ""), "set_not_closed"),
        (("GE*1*1", "GE*2*1"), "group_count"),
        (("GE*1*1", "GE*1*7"), "group_reference"),
        (("GE*1*1~", ""), "group_not_closed"),
        (("IEA*1*000000001", "IEA*3*000000001"), "interchange_count"),
        (("IEA*1*000000001", "IEA*1*000000002"), "interchange_reference"),
        (("IEA*1*000000001~", ""), "interchange_not_closed"),
        (("ST*850*0001", "ST*850*"), "set_control"),
        (("GS*PO", "GS*SH"), "group_type"),
        (("ST*850*0001", "REF*X~ST*850*0001"), "stray_segment"),
    ],
)
def test_every_envelope_fault_is_found(
    whole: str, found: Found, change: tuple[str, str], code: str
) -> None:
    """A wrong count, reference or order of envelopes is fatal."""
    text = whole.replace(*change)
    assert text != whole
    [fault] = [f for f in found(read_text(text)) if f.code == code]
    assert fault.level is Level.FATAL


def test_a_repeated_control_number_is_found(whole: str, found: Found) -> None:
    """ST02 names a set once per group."""
    start, end = whole.index("ST*"), whole.index("GE*")
    text = whole[:end] + whole[start:end] + "GE*2*1~IEA*1*000000001~"
    assert [f.code for f in found(read_text(text))] == ["set_control_repeated"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (("*ZZ*RECEIVER ", "*ZZ*SOMEBODY "), "not_our_address"),
        (("*0*T*", "*0*P*"), "usage_not_agreed"),
        (("004010", "005010"), "version_not_agreed"),
    ],
)
def test_what_was_not_agreed_is_fatal(
    whole: str, found: Found, change: tuple[str, str], code: str
) -> None:
    """Address, usage and release must be as the profile says."""
    reading = read_text(whole.replace(*change))
    judge(reading.interchanges[0], AGREED)
    assert [f.code for f in found(reading)] == [code]


def test_an_agreed_group_type_is_noted_only(whole: str, found: Found) -> None:
    """An industry guide's group SC for an 850 is tolerated where the profile says so."""
    reading = read_text(whole.replace("GS*PO", "GS*SC"))
    agreed = msgspec.structs.replace(AGREED, group_types={"850": "SC"})
    judge(reading.interchanges[0], agreed)
    assert [(f.code, f.level) for f in found(reading)] == [("group_type", Level.NOTE)]


FILES = Path(__file__).parents[1] / "samples"
EXPECTED = {
    "020": {"byte_order_mark", "header_length", "interchange_reference"},
    "031": {"interchange_reference", "group_reference", "set_count"},
    "032": {"header_length"},
    "033": {"group_type"},
    "068": set(),
}


@pytest.mark.parametrize("number", EXPECTED)
def test_the_faults_of_real_files_are_found_and_no_others(found: Found, number: str) -> None:
    """What reading the file and the standard says is what is found."""
    [path] = FILES.glob(f"{number}_*.edi")
    reading = read_text(path.read_bytes().decode())
    assert {f.code for f in found(reading)} == EXPECTED[number]
