"""EDIFACT envelopes: counts, references, groups, and what a CONTRL would call each fault."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partner_edi.edi import envelope
from partner_edi.edi.envelope.seen import Seen
from partner_edi.edi.finding import Finding

ONE = "UNH+1+ORDERS:D:96A:UN'BGM+220+P1+9'UNT+3+1'"
WHOLE = f"UNB+UNOA:3+US:1+THEM:14+260709:1200+7++++++1'{ONE}UNZ+1+7'"
GROUPED = (
    f"UNB+UNOA:3+US+THEM+260709:1200+7'UNG+ORDERS+A+B+260709:1200+5+UN+D:96A'{ONE}UNE+1+5'UNZ+1+7'"
)


def found(text: str) -> list[Finding]:
    """Every finding of a text, from the file down to its messages."""
    reading = envelope.read([text.encode()])
    all_found = list(reading.findings)
    for interchange in reading.interchanges:
        all_found += interchange.findings
        for group in interchange.groups:
            all_found += group.findings + [f for d in group.sets for f in d.findings]
    return all_found


@pytest.mark.parametrize("text", [WHOLE, GROUPED, "UNA:+.? '" + WHOLE])
def test_a_whole_interchange_has_no_finding(text: str) -> None:
    """With groups or without, what agrees is not complained about."""
    assert found(text) == []


def test_the_parties_and_the_message_are_known() -> None:
    """Who sends what, in which directory, for test or in earnest."""
    [interchange] = envelope.read([WHOLE.encode()]).interchanges
    [document] = interchange.groups[0].sets
    assert (interchange.sender, interchange.receiver) == (("1", "US"), ("14", "THEM"))
    assert (interchange.control, interchange.usage) == ("7", "T")
    assert (document.code, document.control, document.version) == ("ORDERS", "1", "D:96A:UN")


@pytest.mark.parametrize(
    ("text", "change", "code", "error"),
    [
        (WHOLE, ("UNT+3", "UNT+9"), "set_count", "29"),
        (WHOLE, ("UNT+3+1", "UNT+3+2"), "set_reference", "28"),
        (WHOLE, ("UNT+3+1'", ""), "set_not_closed", "13"),
        (WHOLE, ("UNZ+1", "UNZ+2"), "interchange_count", "29"),
        (WHOLE, ("UNZ+1+7", "UNZ+1+07"), "interchange_reference", "28"),
        (WHOLE, ("UNZ+1+7'", ""), "interchange_not_closed", "13"),
        (WHOLE, (ONE, ""), "interchange_empty", "32"),
        (WHOLE, (ONE, ONE + ONE), "set_control_repeated", "26"),
        (WHOLE, ("UNH+1+ORDERS:D:96A:UN", "UNH+1"), "set_code", "13"),
        (WHOLE, ("UNH", "BGM+220'UNH"), "stray_segment", "33"),
        (WHOLE, ("+7++++++1", ""), "interchange_control", "13"),
        (GROUPED, ("UNE+1", "UNE+4"), "group_count", "29"),
        (GROUPED, ("UNE+1+5", "UNE+1+6"), "group_reference", "28"),
        (GROUPED, ("UNE+1+5'", ""), "group_not_closed", "13"),
        (GROUPED, ("UNG+ORDERS", "UNG+INVOIC"), "group_type", "31"),
        (GROUPED, ("UNZ", ONE + "UNZ"), "group_mixed", "30"),
        (WHOLE, ("UNZ+1+7'", "UNZ+1+7'" + WHOLE), "interchange_repeated", "26"),
    ],
)
def test_every_envelope_fault_is_found(
    text: str, change: tuple[str, str], code: str, error: str
) -> None:
    """Each fault is told once, with the standard's code and its line."""
    changed = text.replace(*change, 1)
    assert changed != text
    assert [(f.code, f.control_error) for f in found(changed) if f.code == code] == [(code, error)]


@given(st.lists(st.integers(0, 30).map(str) | st.sampled_from(["01", "A"]), max_size=40))
def test_seen_tells_every_repetition(controls: list[str]) -> None:
    """Keeping runs instead of numbers forgets nothing."""
    seen, known = Seen(), set[str]()
    for control in controls:
        assert seen.add(control) == (control not in known)
        known.add(control)


@given(st.lists(st.sampled_from(WHOLE.split("'") + GROUPED.split("'")), max_size=12))
def test_segments_in_any_order_are_read(parts: list[str]) -> None:
    """No order of envelope segments stops the reader."""
    found("'".join(parts))
