"""What the partner desk does without a server: certification, new partners, cross references."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from crossdock.errors import CrossdockError
from partner_edi import book
from partner_edi.commands import edi
from partner_edi.edi import crosswalk, envelope
from partner_edi.edi.document import EDIFACT_MARKS, X12_MARKS, Cover, Row, rows, write
from partner_edi.edi.envelope.model import Standard
from partner_edi.edi.mapping.application_advice import edifact, x12
from partner_edi.edi.mapping.application_advice.model import ApplicationAdvice, Fault, Original
from partner_edi.edi.rules import check_set
from partner_edi.inbound import drift
from partner_edi.partner_desk.certify import certify
from partner_edi.partner_desk.examples import AT, example
from partner_edi.partner_desk.newcomer import USUAL, Newcomer, text_of
from partner_edi.partner_desk.personal import told
from partner_edi.profiles import Profile, lasting

PROFILES = Path(__file__).parents[2] / "profiles"
FILES = Path(__file__).parents[1] / "samples"
SCENE = Path(__file__).parents[4] / "infra" / "demo" / "data" / "scene" / "profiles"
ACME = Newcomer(
    partner_id="ACME",
    name='Acme: "bolts" & more',
    role="customer",
    party_id="CUST-ACME",
    standard="X12",
    address="ZZ/ACME",
    our_address="ZZ/US",
    release="004010",
    receives=("purchase_order",),
    sends=("invoice",),
)


def profile(**changes: object) -> Profile:
    """ACME's profile with some fields otherwise."""
    made = book.parsed(text_of(ACME).encode(), "acme.yaml").model_dump(exclude_unset=True)
    return Profile.model_validate({**made, **changes})


def sample(number: str) -> tuple[str, bytes]:
    """A real file of the demo."""
    [path] = FILES.glob(f"{number}_*.edi")
    return path.name, path.read_bytes()


def test_a_partner_whose_files_are_right_is_certified() -> None:
    """Each agreed document and answer is a scenario; the 850 was the partner's own."""
    sender = book.load(PROFILES).partners["SENDER"]
    found = certify(sender, [sample("032")])
    assert [(s.direction, s.set_code, s.passed) for s in found] == [
        ("in", "850", True),
        ("out", "855", True),
        ("out", "856", True),
        ("out", "810", True),
        ("out", "997", True),
    ]


def test_the_partners_of_the_demo_are_certified_with_their_own_files() -> None:
    """Customers in both standards, a supplier, a 3PL, a carrier: a file for each document."""
    for partner_id, partner in book.load(SCENE).partners.items():
        files = [(f.name, f.read_bytes()) for f in (SCENE / "samples" / partner_id).iterdir()]
        found = certify(partner, files)
        assert {s.set_code: s.text for s in found if not s.passed} == {}, partner_id
        asked = [s.text for s in found if s.direction == "in"]
        assert set(asked) == {"right in the partner's own files (1)"}, partner_id


def test_what_is_missing_is_said() -> None:
    """A file with faults, one with sets nobody agreed on, and a document without a mapping."""
    partners = book.load(PROFILES).partners
    [broken, *_] = certify(partners["DERICL"], [sample("031")])
    assert (broken.set_code, broken.passed) == ("850", False)
    assert "GE02" in broken.text
    found = certify(partners["SHIPPING-GROUP"], [sample("068"), ("noise", b"\x00\x01")])
    assert [s.text for s in found if not s.passed] == [
        f"{sample('068')[0]} holds a 810, which is not in inbound.documents",
        "noise holds no interchange",
    ]
    odd = profile(inbound={"releases": ["004010"], "documents": ["warehouse_order"]})
    assert "no 940 is taken here yet" in [s.text for s in certify(odd, [])]


def test_certify_ends_with_1_when_something_is_missing(tmp_path: Path) -> None:
    """Scripts see the exit code, people a table, programs JSON."""
    samples = tmp_path / "samples"
    samples.mkdir()
    words = ["certify", "SENDER", "--profiles", str(PROFILES), "--samples", str(samples)]
    (samples / "po.edi").write_bytes(sample("032")[1].replace(b"PO1*", b"PO1*1*X*", 1))
    result = CliRunner().invoke(edi, words)
    assert (result.exit_code, "PO102" in result.output) == (1, True)
    assert max(map(len, result.output.splitlines())) <= 80
    (samples / "po.edi").write_bytes(sample("032")[1])
    result = CliRunner().invoke(edi, [*words, "--json"])
    assert result.exit_code == 0
    assert all(scenario["passed"] for scenario in msgspec.json.decode(result.output))


def test_a_new_partner_is_asked_for_and_written_valid(tmp_path: Path) -> None:
    """The profile can be loaded at once; neither its file nor its address is taken twice."""
    words = ["partner", "new", "ACME", "--profiles", str(tmp_path)]
    answers = "Acme\nsupplier\nSUP-7\nEDIFACT\n14/4012345000009\n5412345000013\n"
    result = CliRunner().invoke(edi, words, input=answers)
    assert (result.exit_code, "ACME.yaml: written" in result.output) == (0, True)
    made = book.load(tmp_path).partners["ACME"]
    assert (made.party_id, made.role, made.standard) == ("SUP-7", "supplier", "EDIFACT")
    assert made.addresses[0].key == ("14", "4012345000009")
    assert made.inbound.documents == ("order_response", "ship_notice")
    again = CliRunner().invoke(edi, words, input=answers)
    assert isinstance(again.exception, CrossdockError)
    words[2] = "OTHER"
    other = CliRunner().invoke(edi, words, input=answers)
    assert "14/4012345000009 belongs to ACME" in str(other.exception)


@pytest.mark.parametrize("role", USUAL)
def test_what_is_usual_with_a_new_partner_works(tmp_path: Path, role: str) -> None:
    """In X12 each document is written or taken; EDIFACT leaves out what it has no set for."""
    for standard in ("X12", "EDIFACT"):
        options = {"name": "Acme", "role": role, "id": "ACME", "standard": standard}
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        addresses = ["--address", f"ZZ/{standard}", "--our-address", "ZZ/US"]
        done = CliRunner().invoke(
            edi, ["partner", "new", standard, *words, *addresses, "--profiles", str(tmp_path)]
        )
        if (role, standard) == ("warehouse", "EDIFACT"):
            assert "EDIFACT has no set for warehouse_shipment" in str(done.exception)
            continue
        assert done.exit_code == 0, done.exception
        made = book.load(tmp_path).partners[standard]
        assert made.inbound.documents
        assert made.outbound.documents
        lacking = [s.text for s in certify(made, []) if not s.passed]
        assert [text for text in lacking if "no file of the partner holds" not in text] == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"role": "friend"}, "role='friend'"),
        ({"role": "carrier", "party_id": "x"}, "carrier='x'"),
        ({"standard": "XML"}, "standard='XML'"),
        ({"receives": ("letter",)}, "inbound.documents.0='letter'"),
        ({"address": "ZZ/"}, "addresses.0.id=''"),
    ],
)
def test_what_cannot_be_a_partner_is_refused_with_its_value(
    change: dict[str, object], says: str
) -> None:
    """The field, the value and what is allowed, before anything is written."""
    with pytest.raises(book.ProfileError) as raised:
        text_of(msgspec.structs.replace(ACME, **change))
    assert says in str(raised.value)


WORDS = st.text("ABCXYZ 0123456789-+:'*?", max_size=20).map(str.strip)
FAULTS = st.builds(Fault, st.sampled_from(["ZZZ", "024", "42"]), WORDS)
ORIGINALS = st.builds(
    Original,
    verdict=st.sampled_from(["accepted", "accepted_with_errors", "rejected"]),
    reference=st.text("ABC0123456789", min_size=1, max_size=20),
    faults=st.lists(FAULTS, max_size=4).map(tuple),
)


@given(ORIGINALS, st.sampled_from(["X12", "EDIFACT"]))
def test_an_advice_comes_back_as_it_was_written(one: Original, standard: Standard) -> None:
    """In either standard; X12 loses delimiters, so it is asked for words without them."""
    mapping, code, version, marks = x12, "824", "004010", X12_MARKS
    if standard == "EDIFACT":
        mapping, code, version, marks = edifact, "APERAK", "D:96A:UN", EDIFACT_MARKS  # type: ignore[assignment]
    else:
        kept = tuple(Fault(f.code, f.text.translate({ord("*"): ""}).strip()) for f in one.faults)
        one = msgspec.structs.replace(one, faults=kept)
    advice = ApplicationAdvice(reference="ADV1", written_on=date(2026, 7, 9), originals=(one,))
    cover = Cover(
        sender=("ZZ", "US"),
        receiver=("ZZ", "THEM"),
        control=1,
        written_at=AT,
        version=version,
        marks=marks,
    )
    [interchange] = envelope.read(
        [write([(code, mapping.write(advice))], cover).encode()]
    ).interchanges
    [document] = interchange.groups[0].sets
    assert [*interchange.findings, *document.findings, *check_set(document)] == []
    assert mapping.read(document.segments)[0] == advice


UNITS = st.dictionaries(st.sampled_from(["CS", "PCE", "KAR", "BX"]), st.sampled_from(["CA", "EA"]))


@given(UNITS, st.sampled_from(["CA", "EA", "LB"]), st.sampled_from(["X12", "EDIFACT"]))
def test_what_goes_out_is_in_the_partners_units(
    units: dict[str, str], ours: str, standard: Standard
) -> None:
    """Our code becomes the first of theirs that means it; item ids that look alike stay."""
    row: Row = ("PO1", "CA", "5", ours, "", "", "VN", "EA")
    if standard == "EDIFACT":
        row = ("QTY", ["21", "5", ours])
    here = profile(standard=standard, units=units, outbound={}, inbound={"releases": ["x"]})
    [out] = crosswalk.of_rows([row], here.our_codes, standard, here.release)
    theirs = next((their for their, mine in units.items() if mine == ours), ours)
    expected: Row = ("PO1", "CA", "5", theirs, "", "", "VN", "EA")
    if standard == "EDIFACT":
        expected = ("QTY", ["21", "5", theirs])
    assert list(out) == list(expected)


def test_a_received_unit_is_read_as_ours_and_kept_as_theirs(whole: str) -> None:
    """The mapping sees our code; the document's own segments stay as the partner wrote them."""
    reading = envelope.read([whole.replace("*5*EA*", "*5*PCE*").encode()])
    document = reading.interchanges[0].groups[0].sets[0]
    segments, codes = document.segments, {"355": {"PCE": "EA"}, "234": {"A1": "SKU-1"}}
    changed = crosswalk.of_segments(segments, codes, document.release)
    assert [s.get(3) for s in changed if s.tag == "PO1"] == ["EA"]
    assert [s.get(7) for s in changed if s.tag == "PO1"] == ["SKU-1"]
    assert [s.get(3) for s in segments if s.tag == "PO1"] == ["PCE"]
    assert rows(changed)[0] == rows(segments)[0]


def test_the_codes_of_a_set_are_its_habits(whole: str) -> None:
    """Qualifiers, units and purposes count; numbers, names and dates do not."""
    document = envelope.read([whole.encode()]).interchanges[0].groups[0].sets[0]
    assert set(drift.codes(document)) == {
        ("ST01", "850"),
        ("BEG01", "00"),
        ("BEG02", "NE"),
        ("PO103", "EA"),
        ("PO106", "VN"),
    }


def test_a_finding_is_told_without_the_person_it_quotes() -> None:
    """A street or a name stays away from the screen; a quantity does not."""
    assert told("segment 5: N301, Address, '1 O\\'Main' is longer") == (
        "segment 5: N301, Address, (personal) is longer"
    )
    assert "'-1'" in told("segment 4: PO102: the quantity '-1' is not between")


def test_an_example_can_be_made_of_every_written_document() -> None:
    """Certification never stumbles over a model."""
    from partner_edi.outbound import WRITERS

    for (_, standard), writer in WRITERS.items():
        assert writer.write(example(writer.model, "USD")), standard


@pytest.mark.parametrize(("span", "seconds"), [("30s", 30), ("2h", 7200), ("1d", 86400)])
def test_a_span_is_as_long_as_it_says(span: str, seconds: int) -> None:
    """Seconds, minutes, hours and days."""
    assert lasting(span).total_seconds() == seconds
