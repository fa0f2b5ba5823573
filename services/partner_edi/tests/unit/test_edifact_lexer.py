"""The lexer on EDIFACT: service strings, release characters, wrapping, and mixed files."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partner_edi.edi.lexer import Opening, Segment, lex

PLAIN = ["UNB", "UNH", "BGM", "FTX", "UNT", "UNZ"]
WHOLE = (
    "UNB+UNOA:3+US:1+THEM:1+260709:1200+7'UNH+1+ORDERS:D:96A:UN'BGM+220+P1+9'"
    "FTX+AAI+++50?+1 isn?'t ?:: it??x'UNT+4+1'UNZ+1+7'"
)


def segments(data: bytes, size: int = 1 << 16) -> list[Segment]:
    """All segments, the bytes fed in chunks of `size`."""
    chunks = [data[at : at + size] for at in range(0, len(data), size)]
    return [item for item in lex(chunks) if isinstance(item, Segment)]


def read(text: str) -> list[Segment]:
    """All segments of a text."""
    return segments(text.encode())


def test_released_characters_are_data() -> None:
    """What stands after the release character separates nothing."""
    found = read(WHOLE)
    assert [s.tag for s in found] == PLAIN
    assert found[3].part(4) == "50+1 isn't :"
    assert found[3].part(4, 2) == "it?x"


def test_every_service_character_can_be_changed() -> None:
    """UNA names six characters of its own."""
    changed = "UNA=*,!^~UNB*UNOC=4*A*B*260709=1200*7~FTX*A!~*x^y=z!=~UNZ*0*7~"
    found = read(changed)
    assert [s.tag for s in found] == ["UNB", "FTX", "UNZ"]
    assert found[1].get(1) == "A~"
    assert found[1].repeats(2) == [["x"], ["y", "z="]]
    assert found[0].marks.decimal == ","


@pytest.mark.parametrize(("syntax", "repeats"), [("3", 1), ("4", 2)])
def test_the_asterisk_repeats_from_syntax_4_on(syntax: str, repeats: int) -> None:
    """Before syntax 4 it is a character like others."""
    found = read(WHOLE.replace("UNOA:3", f"UNOA:{syntax}").replace("BGM+220", "BGM+2*3"))
    assert len(found[2].repeats(1)) == repeats


@pytest.mark.parametrize("between", ["\n", "\r\n", "\n   "])
def test_lines_are_counted(between: str) -> None:
    """A person finds a segment by its line."""
    text = WHOLE.replace("'", "'" + between).replace("?'" + between, "?'")
    found = read(text)
    assert [s.tag for s in found] == PLAIN
    assert [s.line for s in found] == [1, 2, 3, 4, 5, 6]


@given(st.integers(min_value=1, max_value=50), st.integers(min_value=20, max_value=90))
def test_neither_chunks_nor_wrapping_matter(size: int, width: int) -> None:
    """A line end inside of a tag, and a release character at the end of a chunk, are harmless."""
    wrapped = "\r\n".join(WHOLE[at : at + width] for at in range(0, len(WHOLE), width))
    # The beginning must be whole: nobody can know an interchange by half a name.
    found = segments(("UNA:+.? '" + wrapped).encode(), size)
    assert [s.elements for s in found] == [s.elements for s in read(WHOLE)]


def test_x12_and_edifact_may_share_a_file() -> None:
    """Delimiters and standard are those of each interchange."""
    isa = (
        "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *260709*1200*U*00401"
        "*000000001*0*T*>~GS*PO*?+'~IEA*1*000000001~"
    )
    found = read(WHOLE + "\n" + isa + WHOLE)
    assert [s.tag for s in found] == [*PLAIN, "ISA", "GS", "IEA", *PLAIN]
    assert found[7].get(2) == "?+'"
    assert [s.position for s in found if isinstance(s, Opening)] == [1, 7, 10]


@pytest.mark.parametrize("codec", ["cp037", "utf-16", "utf-16-be", "iso8859-2"])
def test_other_encodings_are_read(codec: str) -> None:
    """Mainframes and word processors write files too."""
    text = WHOLE.replace("UNOA", "UNOD").replace("P1", "\u017d" if codec[0] in "iu" else "Z")
    found = segments(text.encode(codec))
    assert [s.tag for s in found] == PLAIN
    assert found[2].get(2) in "\u017dZ"


@given(st.binary(max_size=300), st.integers(min_value=0, max_value=120))
def test_any_bytes_inside_of_an_interchange_are_read(junk: bytes, at: int) -> None:
    """Damage is read on from, and the file's end is reached."""
    data = WHOLE.encode()
    segments(data[:at] + junk + data[at:] + data, 7)


def test_a_long_run_of_release_characters_ends() -> None:
    """A file that is one release character after the other takes no longer than others."""
    assert segments(WHOLE.encode()[:60] + b"?" * 3_000_000)


@given(st.text("\x81\x8d\x83\xe4A?'+\n", max_size=60), st.integers(1, 40))
def test_characters_used_inside_of_the_lexer_may_stand_in_a_file(text: str, size: int) -> None:
    """No byte of a partner's is taken for a mark of ours, in either standard."""
    for start in (WHOLE[:60], "ISA*" + "0*" * 14 + "0*:~"):
        data = (start + text + "~'BGM*1'~" + text).encode("latin-1")
        assert [s.elements for s in segments(data, size)] == [s.elements for s in segments(data)]


@pytest.mark.parametrize(
    "text",
    [
        WHOLE[:60] + ("A" * 900 + "\n" * 9_000) * 30 + "'",
        "UNA:+.? 'UNB+UNOA:3+A+B+" * 20_000,
        WHOLE[:60] + "?'" * 200_000,
        "ISA*00*" * 50_000,
    ],
)
def test_hostile_files_take_no_longer_than_others(text: str) -> None:
    """The work grows with the length of a file, and not with its square."""
    begun = time.process_time()
    segments(text.encode())
    assert time.process_time() - begun < 10
