"""Every set of both standards: made from its table, written, read back, and found right."""

from __future__ import annotations

import io
import random
import string
from datetime import UTC, datetime
from typing import Any, Literal

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from partner_edi.edi import document, envelope
from partner_edi.edi.lexer import Delimiters, Segment, lex
from partner_edi.edi.rules import SetCheck, envelope_findings
from partner_edi.edi.sets.grammar import Bag, Loop, SetTable, Use, sets
from partner_edi.edi.sets.walk import Walk
from partner_edi.edi.tables import Composite, Element, Note, Slot, dictionary

Standard = Literal["X12", "EDIFACT"]
TEXT = string.ascii_uppercase + string.digits + " +:'?*~>^-.,"


class Maker:
    """Makes the rows of one document between its header and its trailer."""

    def __init__(self, standard: Standard, release: str, chance: random.Random) -> None:
        self.tables = dictionary(standard, release).segments
        self.chance = chance
        self.rows: list[list[Any]] = []

    def body(self, table: SetTable) -> list[list[Any]]:
        """One document that its table allows."""
        self.steps(table.root.steps[1:-1], 3)
        for number, row in enumerate((r for r in self.rows if r[0] in ("HL", "CPS")), 1):
            row[1:3] = [str(number), "" if number == 1 else "1"]
        return [row for row in self.rows if row[0] not in ("CTT", "CNT", "MAN", "GIN")]

    def steps(self, steps: tuple[Use | Bag | Loop, ...], depth: int) -> None:
        """What a loop holds, some of it left out."""
        for step in steps:
            if isinstance(step, Bag):
                chosen = set(self.chance.sample(sorted(step.uses), min(3, len(step.uses))))
                for tag, use in step.uses.items():
                    if tag in chosen or use.mandatory:
                        self.one(use, depth, sure=True)
            else:
                self.one(step, depth, sure=False)

    def one(self, use: Use | Loop, depth: int, *, sure: bool) -> None:
        """A segment, or a loop so often as it may come."""
        least = 1 if use.mandatory or (sure and depth > 0) else 0
        if isinstance(use, Use):
            if use.mandatory or sure or self.chance.random() < 0.5:
                self.segment(use.tag)
            return
        for _ in range(
            self.chance.randint(least, max(least, min(use.most, 2 if depth > 0 else 0)))
        ):
            self.segment(use.trigger)
            self.steps(use.steps[1:], depth - 1)

    def segment(self, tag: str) -> None:
        """With every element given, no syntax note but "at most one" can be broken."""
        table = self.tables.get(tag)
        if table is None:
            return
        # An empty segment is none.
        fill = bool(table.notes) or not table.needs or self.chance.random() < 0.5
        row = [tag, *(self.place(slot, fill) for slot in table.slots)]
        self.rows.append(obeying(row, table.notes))

    def place(self, slot: Slot, fill: bool) -> Any:
        """An element's value, or a composite's components."""
        if not (slot.mandatory or fill):
            return ""
        if not isinstance(slot.of, Composite):
            return self.value(slot.of)
        return [
            self.value(part.of) if (part.mandatory or at == 0) else ""
            for at, part in enumerate(slot.of.parts)
            if isinstance(part.of, Element)
        ]

    def value(self, of: Element) -> str:
        """A value of the element's type, among its codes, neither too short nor too long."""
        if of.codes:
            return self.chance.choice(sorted(c for c in of.codes if len(c) <= of.most))
        if of.type in ("DT", "TM"):
            return {"DT": "20260709"[8 - of.most :], "TM": "1200"}[of.type]
        if of.type[0] in "NRM":
            return "1" * max(of.least, self.chance.randint(1, min(of.most, 9)))
        size = self.chance.randint(max(of.least, 1), max(of.least, 1, min(of.most, 12)))
        letters = TEXT if of.type == "AN" and of.least < 5 else string.ascii_uppercase
        inner = "".join(self.chance.choices(letters, k=max(size - 2, 0)))
        return f"X{inner}Z"[-size:]


def obeying(row: list[Any], notes: tuple[Note, ...]) -> list[Any]:
    """A full row without the elements that its syntax notes forbid beside others."""
    for kind, places in (*notes, *notes, *notes):
        given = [at for at in places if row[at]]
        if kind == "E":
            leave = given[1:]
        elif kind == "P" and len(given) < len(places):
            leave = given
        elif kind in "CL" and (len(given) < len(places) if kind == "C" else len(given) == 1):
            leave = places[:1]
        else:
            leave = ()
        for at in leave:
            row[at] = ""
    return row


NAMES = [(standard, code) for standard in ("X12", "EDIFACT") for code in sorted(sets(standard))]
X12_MARKS = [Delimiters("*", ">", "~", "^"), Delimiters("|", ":", "\n", "!")]
EDIFACT_MARKS = [Delimiters("+", ":", "'", "*", "?", "."), Delimiters("*", "=", "~", "^", "!", ",")]


RELEASES = {
    "X12": ["002001", "003010", "003040", "004010X357", "005010", "006020", "007010", "008030"],
    "EDIFACT": ["D:93A:UN", "D:96A:UN:EAN008", "D:01B:UN", "D:10A:UN", "D:22A:UN"],
}


def cover(standard: Standard, release: str, marks: Delimiters) -> document.Cover:
    """The envelope of the documents made here."""
    return document.Cover(
        sender=("ZZ", "US"),
        receiver=("14", "THEM"),
        control=7,
        written_at=datetime(2026, 7, 9, 12, tzinfo=UTC),
        version=release,
        usage="T",
        marks=marks,
    )


def values(rows: list[list[Any]]) -> list[list[list[list[str]]]]:
    """Rows of text and lists as they are read: repetitions of components."""
    return [[_cell(cell) for cell in row] for row in rows]


def _cell(cell: Any) -> list[list[str]]:
    return [_short([cell] if isinstance(cell, str) else list(cell))]


def _short(part: list[str]) -> list[str]:
    while len(part) > 1 and not part[-1]:
        part = part[:-1]
    return part


def trimmed(rows: list[list[list[list[str]]]]) -> list[list[list[list[str]]]]:
    """Without the empty elements at the end of a row."""
    cut = []
    for row in rows:
        while len(row) > 1 and not any(any(part) for part in row[-1]):
            row = row[:-1]
        cut.append([[_short(part) for part in cell] for cell in row])
    return cut


@pytest.mark.parametrize(("standard", "code"), NAMES)
@settings(max_examples=3, phases=[Phase.generate], deadline=None)
@given(seed=st.integers(0, 10**9))
def test_what_is_written_is_read_back_equal(seed: int, standard: Standard, code: str) -> None:
    """No finding, and the same values in the same places, with any delimiters and release."""
    chance = random.Random(seed)
    release = chance.choice(RELEASES[standard])
    rows = Maker(standard, release, chance).body(sets(standard)[code])
    marks = chance.choice(X12_MARKS if standard == "X12" else EDIFACT_MARKS)
    text = document.write([(code, rows)], cover(standard, release, marks))
    reading = envelope.read([text.encode()])
    [interchange] = reading.interchanges
    [group] = interchange.groups
    [read] = group.sets
    found = [*reading.findings, *interchange.findings, *group.findings, *read.findings]
    found += envelope_findings(interchange.opening)
    check = SetCheck(read.code, read.segments[0], release)
    for segment in read.segments[1:]:
        check.take(segment)
    # A tag with two places in a table is taken at the inner one, so the place is not judged here.
    places = ("segment_order", "segment_repeats", "loop_repeats")
    found += [f for f in check.findings if f.code not in places]
    assert [f.text for f in found] == []
    back = document.rows(read.segments[1:-1])
    if standard == "EDIFACT":
        assert trimmed(back) == trimmed(values(rows))
    again = document.write([(code, back)], cover(standard, release, marks))
    assert again == text


def walked(code: str, tags: str) -> list[tuple[str, str]]:
    """What a set's table says of these segments."""
    walk = Walk(sets("X12")[code])
    found = [walk.take(Segment(at, [tag])) for at, tag in enumerate(tags.split(), 1)]
    return [(one.kind, one.tag) for many in found for one in many]


@pytest.mark.parametrize(
    ("code", "tags", "found"),
    [
        ("850", "ST BEG N1 N3 N1 N3 N4 PO1 PID PID PO1 CTT SE", []),
        ("850", "ST N1 PO1 SE", [("missing", "BEG")]),
        ("850", "ST BEG SE", [("missing", "PO1")]),
        ("850", "ST BEG PO1 BEG SE", [("order", "BEG")]),
        ("850", "ST BEG W05 PO1 SE", [("foreign", "W05")]),
        ("850", "ST BEG PO1 CTT CTT SE", [("loops", "CTT")]),
        ("997", "ST AK1 AK2 AK3 AK4 AK4 AK3 AK5 AK2 AK5 AK9 SE", []),
        ("997", "ST AK1 AK2 AK3 AK2 AK5 AK9 SE", [("missing", "AK5")]),
        ("810", "ST BIG IT1 SLN IT1 TDS CTT SE", []),
        ("810", "ST BIG IT1 CTT SE", [("missing", "TDS")]),
    ],
)
def test_each_segment_finds_its_place(code: str, tags: str, found: list[tuple[str, str]]) -> None:
    """Loops begin again, and what is missing or out of place is told."""
    assert walked(code, tags) == found


def written(standard: Standard, code: str, release: str, marks: Delimiters) -> str:
    """A document of every set, the same in every run."""
    rows = Maker(standard, release, random.Random(code)).body(sets(standard)[code])
    return document.write([(code, rows)], cover(standard, release, marks))


@pytest.mark.parametrize("code", sorted(sets("X12")))
def test_pyx12_reads_what_is_written_as_we_do(code: str) -> None:
    """The same segments with the same elements, and no fault in the envelope."""
    text = written("X12", code, "005010", X12_MARKS[0])
    reader = pytest.importorskip("pyx12.x12file").X12Reader(io.StringIO(text))
    theirs = [segment.format("", "*", ">") for segment in reader]
    reader.cleanup()
    assert reader.pop_errors() == []
    # The ISA keeps its padding with them, and not with us.
    ours = ["*".join(segment.elements) for segment in segments(text)[1:]]
    assert theirs[1:] == ours


@pytest.mark.filterwarnings("ignore::pydifact.exceptions.MissingImplementationWarning")
@pytest.mark.parametrize("code", sorted(sets("EDIFACT")))
def test_pydifact_reads_what_is_written_as_we_do(code: str) -> None:
    """The same segments with the same components."""
    text = written("EDIFACT", code, "D:01B:UN", Delimiters("+", ":", "'", "", "?", "."))
    read = pytest.importorskip("pydifact.segmentcollection").Interchange.from_str
    theirs = list(read(text).segments)
    ours = [one for one in segments(text) if one.tag not in ("UNB", "UNZ")]
    assert [segment.tag for segment in theirs] == [segment.tag for segment in ours]
    for one, other in zip(theirs, ours, strict=True):
        values = [e if isinstance(e, list) else [e] for e in one.elements]
        assert values == [other.repeats(at)[0] for at in range(1, len(other.elements))]


def segments(text: str) -> list[Segment]:
    """What our own lexer reads."""
    return [one for one in lex([text.encode()]) if isinstance(one, Segment)]
