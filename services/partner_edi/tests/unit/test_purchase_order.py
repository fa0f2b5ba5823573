"""The 850: canonical orders from good ones, findings that a 997 can carry from bad ones."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossdock_contracts import Money, Quantity
from partner_edi.edi import envelope
from partner_edi.edi.acknowledgements import functional
from partner_edi.edi.document import X12_MARKS, Cover, write
from partner_edi.edi.document import line as text_of
from partner_edi.edi.envelope import TransactionSet
from partner_edi.edi.finding import Finding, Level, worst
from partner_edi.edi.lexer import Segment
from partner_edi.edi.mapping.purchase_order import x12 as purchase_order
from partner_edi.edi.mapping.purchase_order.model import PurchaseOrder
from partner_edi.inbound import TAKERS
from partner_edi.inbound.sets import translate

AT = datetime(2026, 7, 10, tzinfo=UTC)
BEG, LINE = "BEG*00*NE*PO1**20260709", "PO1*7*5*EA*2.5**VN*A1*UP*0123"
FILES = Path(__file__).parents[1] / "samples"


def read(*rows: str) -> tuple[PurchaseOrder | None, list[Finding]]:
    """Read rows as one 850: by the tables, then by the mapping."""
    texts = ["ST*850*0001", *rows, f"SE*{len(rows) + 2}*0001"]
    segments = [Segment(n, text.split("*")) for n, text in enumerate(texts, start=3)]
    document = TransactionSet("850", "0001", segments, closed=True)
    return translate(document, TAKERS["850"], "USD"), document.findings


def test_an_order_is_read_into_canonical_values() -> None:
    """Header, places, lines, pairs of ids, price and description."""
    order, findings = read(
        BEG,
        "CUR*BY*CAD",
        "DTM*010*20260801",
        "N1*ST*North store*92*0042",
        "N3*1 Main*Dock 2",
        "N4*Oakville*ON*L6H*CAN",
        LINE,
        "PID*F****Blue widget",
        "CTT*1*5",
    )
    assert findings == []
    assert order is not None
    [line] = order.lines
    assert (order.po_number, order.po_date) == ("PO1", date(2026, 7, 9))
    assert (line.partner_line, line.quantity) == ("7", Quantity(Decimal(5), "EA"))
    assert line.unit_price == Money(Decimal("2.5"), "CAD")
    assert line.items == {"VN": "A1", "UP": "0123"}
    assert line.description == "Blue widget"
    assert order.ship_to is not None
    assert (order.ship_to.location_code, order.ship_to.country) == ("0042", "CA")
    assert order.requested_ship_at is not None


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ((BEG,), "segment_missing"),
        ((LINE,), "segment_missing"),
        ((BEG, "PO1*1*-5*EA*2**VN*A1"), "element_value"),
        ((BEG, "PO1*1*0*EA*2**VN*A1"), "element_value"),
        ((BEG, "PO1*1*1000000001*EA*2**VN*A1"), "element_value"),
        ((BEG, "PO1*1*many*EA*2**VN*A1"), "element_characters"),
        ((BEG, "PO1*1**EA*2**VN*A1"), "element_missing"),
        ((BEG, "PO1*1*1e5*EA*2**VN*A1"), "element_characters"),
        ((BEG, "PO1*1*5**2**VN*A1"), "element_missing"),
        ((BEG, "PO1*1*5*EA*-2**VN*A1"), "element_value"),
        ((BEG, "PO1*1*5*EA*2"), "element_missing"),
        (("BEG*00*NE*PO1**20261309", LINE), "element_date"),
        (("BEG*00*NE***20260709", LINE), "element_missing"),
        (("BEG*99*NE*PO1**20260709", LINE), "element_value"),
        ((BEG, "DTM*010*20260230", LINE), "element_date"),
        ((BEG, LINE, "CTT*2"), "element_value"),
    ],
)
def test_what_cannot_be_ordered_is_refused(rows: tuple[str, ...], code: str) -> None:
    """A set with a fatal finding gives no order."""
    order, findings = read(*rows)
    assert order is None
    assert [f.code for f in findings if f.level is Level.FATAL] == [code]


def test_smaller_faults_are_noted_and_the_order_goes_on() -> None:
    """An unknown segment, an incomplete pair and a lonely N103 are errors, not refusals."""
    order, findings = read(BEG, "XYZ*1", "N1*ST*Store*92", LINE + "*SK")
    assert order is not None
    assert {f.level for f in findings} == {Level.ERROR}
    assert [f.code for f in findings] == ["segment_unknown", "element_missing", "element_missing"]


def test_a_price_per_hundred_is_divided() -> None:
    """PO105 says what the price is for."""
    order, _ = read(BEG, "PO1*1*5*EA*250*HP*VN*A1")
    assert order is not None
    assert order.lines[0].unit_price == Money(Decimal("2.5"), "USD")


@pytest.mark.parametrize("line", ["PO1*1*1.1234567*EA", "PO1*1*5*EA*0.123456789*HP"])
def test_a_number_finer_than_anybody_counts_is_a_fault(line: str) -> None:
    """It would not fit an amount, at the latest when it is divided by its price basis."""
    order, findings = read(BEG, f"{line}*VN*A1".replace("EA*VN", "EA***VN"))
    assert order is None
    assert "element_value" in {f.code for f in findings}


@given(st.lists(st.lists(st.text(max_size=12), min_size=1, max_size=12), max_size=12))
def test_any_segments_give_findings_and_never_an_error(rows: list[list[str]]) -> None:
    """Nothing between ST and SE stops the reader."""
    tags = ["BEG", "PO1", "DTM", "N1", "N3", "N4", "CTT", "CUR", "PID"]
    segments = [Segment(n, [tags[n % len(tags)], *row]) for n, row in enumerate(rows, start=2)]
    document = TransactionSet("850", "1", [Segment(1, ["ST", "850", "1"]), *segments])
    order = translate(document, TAKERS["850"], "USD")
    assert order is not None or worst(document.findings) is Level.FATAL


@pytest.mark.parametrize(
    ("number", "po_number", "lines"),
    [
        ("032", "PO12345", [("VN", "VENDORSKU", "1", "10.00")]),
        ("033", "XX-1234", [("MG", "XYZ-1234", "25", "36")]),
        (
            "068",
            "S115921858",
            [
                ("IN", "02006", "150", None),
                ("IN", "02008", "50", None),
                ("IN", "01019", "25", None),
                ("IN", "01220", "25", None),
            ],
        ),
    ],
)
def test_real_orders_say_what_their_files_say(
    number: str, po_number: str, lines: list[tuple[str, str, str, str | None]]
) -> None:
    """The demo's files, judged by reading them."""
    [path] = FILES.glob(f"{number}_*.edi")
    reading = envelope.read([path.read_bytes()])
    sets = [s for i in reading.interchanges for g in i.groups for s in g.sets]
    [document] = [s for s in sets if s.code == "850"]
    order, _ = purchase_order.read(document.segments)
    assert order is not None
    assert order.po_number == po_number
    for line, (qualifier, item, quantity, price) in zip(order.lines, lines, strict=True):
        assert line.items == {qualifier: item}
        assert line.quantity == Quantity(Decimal(quantity), "EA")
        assert line.unit_price == (Money(Decimal(price), "USD") if price else None)


def test_the_997_says_a_e_p_and_r_to_the_letter(whole: str) -> None:
    """Good, noted and refused sets in one group, with AK3 and AK4 where the fault is."""
    bodies = [
        f"{BEG}~{LINE}~SE*4*0001",
        f"{BEG}~XYZ*1~{LINE}~SE*5*0002",
        f"{BEG}~PO1*1*-5*EA*2**VN*A1~SE*4*0003",
    ]
    sets = "~".join(f"ST*850*000{n}~{body}" for n, body in enumerate(bodies, start=1))
    text = whole[: whole.index("ST*")] + sets + "~GE*3*1~IEA*1*000000001~"
    interchange = envelope.read([text.encode()]).interchanges[0]
    [group] = interchange.groups
    for document in group.sets:
        translate(document, TAKERS["850"], "USD")
    rows = [text_of(row, X12_MARKS) for row in functional.acknowledgement(group, interchange)]
    assert rows == [
        "AK1*PO*1",
        "AK2*850*0001",
        "AK5*A",
        "AK2*850*0002",
        "AK3*XYZ*3**1",
        "AK5*E*5",
        "AK2*850*0003",
        "AK3*PO1*3**8",
        "AK4*2*330*7*-5",
        "AK5*R*5",
        "AK9*P*3*3*2",
    ]


@given(st.binary(max_size=80), st.integers(0, 250))
def test_the_997_for_a_damaged_file_is_itself_without_findings(
    whole: str, junk: bytes, at: int
) -> None:
    """Whatever came, our answer can be read."""
    raw = whole.encode()
    damaged = raw[:at] + junk + raw[at + len(junk) // 2 :]
    party = ("ZZ", "US")
    cover = Cover(sender=party, receiver=party, control=1, written_at=AT, version="004010")
    for interchange in envelope.read([damaged]).interchanges:
        for group in interchange.groups:
            for document in group.sets:
                translate(document, TAKERS["850"], "USD")
            rows = functional.acknowledgement(group, interchange)
            back = envelope.read([write([("997", rows)], cover).encode()])
            [answer] = back.interchanges[0].groups[0].sets
            faults = [*back.findings, *back.interchanges[0].findings, *answer.findings]
            assert faults == []
            assert functional.read(answer.segments) is not None
