"""One thing broken in a right document is found, with the code that the standard has for it."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from partner_edi.edi import document, envelope
from partner_edi.edi.rules import check_set
from partner_edi.edi.tables import Composite, Element, dictionary

Row = list[str]
Change = Callable[[list[Row], random.Random], tuple[str, int, str, int]]
RELEASE = "004010"
BODY: list[Row] = [
    ["BEG", "00", "NE", "P1", "", "20260709"],
    ["CUR", "BY", "USD"],
    ["REF", "IA", "1"],
    ["DTM", "010", "20260801"],
    ["N1", "ST", "A warehouse", "92", "0117"],
    ["N3", "1 Main Street"],
    ["N4", "Raleigh", "NC", "27601", "US"],
    ["PO1", "1", "5", "EA", "2.5", "", "VN", "A1"],
    ["PID", "F", "", "", "", "A thing"],
    ["PO1", "2", "7", "EA", "3", "", "VN", "A2"],
    ["CTT", "2"],
]


def findings(body: list[Row]) -> list[tuple[str, int, str, int]]:
    """What is found in an 850: AK304 or AK403, the segment in the set, its tag, the element."""
    cover = document.Cover(
        sender=("ZZ", "US"),
        receiver=("ZZ", "THEM"),
        control=1,
        written_at=datetime(2026, 7, 9, tzinfo=UTC),
        version=RELEASE,
    )
    text = document.write([("850", body)], cover)
    [read] = envelope.read([text.encode()]).interchanges[0].groups[0].sets
    assert read.findings == []
    return [
        (f.element_error or f.segment_error, f.set_position, f.tag, f.element)
        for f in check_set(read)
    ]


def simple(body: list[Row], wanted: Callable[[Element], bool]) -> list[tuple[int, int, Element]]:
    """Where an element stands that is wanted: row, place and element."""
    tables = dictionary("X12", RELEASE).segments
    return [
        (number, at, slot.of)
        for number, row in enumerate(body)
        for at, slot in enumerate(tables[row[0]].slots[: len(row) - 1], 1)
        if not isinstance(slot.of, Composite) and row[at] and wanted(slot.of)
    ]


def changed(
    body: list[Row],
    chance: random.Random,
    wanted: Callable[[Element], bool],
    value: Callable[[Element], str],
    error: str,
) -> tuple[str, int, str, int]:
    """Give one element another value; what must be found."""
    number, at, of = chance.choice(simple(body, wanted))
    body[number][at] = value(of)
    return error, number + 2, body[number][0], at


def no_mandatory(body: list[Row], chance: random.Random) -> tuple[str, int, str, int]:
    """A mandatory element left out."""
    tables = dictionary("X12", RELEASE).segments
    places = [
        (number, at)
        for number, row in enumerate(body)
        for at, slot in enumerate(tables[row[0]].slots, 1)
        if slot.mandatory and len(row) > at + 1
    ]
    number, at = chance.choice(places)
    body[number][at] = ""
    return "1", number + 2, body[number][0], at


def too_long(body: list[Row], chance: random.Random) -> tuple[str, int, str, int]:
    """A text longer than its element."""
    return changed(
        body, chance, lambda of: of.type in ("AN", "ID"), lambda of: "X" * (of.most + 1), "5"
    )


def no_number(body: list[Row], chance: random.Random) -> tuple[str, int, str, int]:
    """Letters in a number."""
    return changed(body, chance, lambda of: of.type[0] in "NR", lambda of: "1A", "6")


def no_date(body: list[Row], chance: random.Random) -> tuple[str, int, str, int]:
    """A day that the calendar does not have."""
    return changed(body, chance, lambda of: of.type == "DT", lambda of: "20260230", "8")


def no_code(body: list[Row], chance: random.Random) -> tuple[str, int, str, int]:
    """A code that the list does not hold."""
    return changed(body, chance, lambda of: bool(of.codes), lambda of: "~Q"[1:] * of.most, "7")


def one_of_a_pair(body: list[Row], chance: random.Random) -> tuple[str, int, str, int]:
    """A qualifier without what it qualifies."""
    tag, at = chance.choice([("PO1", 7), ("N1", 4)])
    number = next(number for number, row in enumerate(body) if row[0] == tag)
    body[number][at] = ""
    return "2", number + 2, tag, at


def too_many(body: list[Row], chance: random.Random) -> tuple[str, int, str, int]:
    """One element more than the segment has."""
    number = chance.randrange(len(body))
    tag = body[number][0]
    slots = len(dictionary("X12", RELEASE).segments[tag].slots)
    body[number] += [""] * (slots - len(body[number]) + 1) + ["X"]
    return "3", number + 2, tag, slots + 1


def unknown(body: list[Row], chance: random.Random) -> tuple[str, int, str, int]:
    """A segment that no release has."""
    number = chance.randrange(1, len(body))
    body.insert(number, ["QQQ", "1"])
    return "1", number + 2, "QQQ", 0


def foreign(body: list[Row], chance: random.Random) -> tuple[str, int, str, int]:
    """A segment of another set."""
    number = chance.randrange(1, len(body))
    body.insert(number, ["W76", "1"])
    return "6", number + 2, "W76", 0


def out_of_order(body: list[Row], chance: random.Random) -> tuple[str, int, str, int]:
    """The beginning segment once more, among the lines."""
    number = chance.randrange(8, len(body))
    body.insert(number, list(body[0]))
    return "7", number + 2, "BEG", 0


def too_often(body: list[Row], chance: random.Random) -> tuple[str, int, str, int]:
    """A segment twice that may come once."""
    body.insert(2, list(body[1]))
    return "5", 4, "CUR", 0


def absent(body: list[Row], chance: random.Random) -> tuple[str, int, str, int]:
    """A mandatory segment left out: told where it should have been."""
    del body[0]
    return "3", 2, "BEG", 0


def wrong_count(body: list[Row], chance: random.Random) -> tuple[str, int, str, int]:
    """A total of lines that is not theirs."""
    body[-1][1] = str(chance.randint(3, 99))
    return "7", len(body) + 1, "CTT", 1


CHANGES: list[Change] = [
    *(no_mandatory, too_long, no_number, no_date, no_code, one_of_a_pair, too_many),
    *(unknown, foreign, out_of_order, too_often, absent, wrong_count),
]


def test_the_document_is_right_before_it_is_broken() -> None:
    """No finding."""
    assert findings(BODY) == []


@pytest.mark.parametrize("change", CHANGES)
@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_what_is_broken_is_found_where_it_is(seed: int, change: Change) -> None:
    """The standard's code, the segment's place in the set, its tag and the element."""
    body = [list(row) for row in BODY]
    assert change(body, random.Random(seed)) in findings(body)
