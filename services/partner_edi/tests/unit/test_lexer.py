"""The lexer: delimiters, lengths, wrapping, encodings, and any bytes at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partner_edi.edi import envelope
from partner_edi.edi.lexer import Segment, lex, stream

Codes = Callable[[str], list[str]]
SAMPLES = sorted((Path(__file__).parent.parent / "samples").glob("*.edi"))


def tags(data: bytes, size: int = 1 << 16) -> list[str]:
    """The tags of all segments, the bytes fed in chunks of `size`."""
    chunks = [data[at : at + size] for at in range(0, len(data), size)]
    return [item.tag for item in lex(chunks) if isinstance(item, Segment)]


PLAIN = ["ISA", "GS", "ST", "BEG", "PO1", "SE", "GE", "IEA"]
TERMINATORS = ["~", "\n", "\x15", "|", "!", "$", "}", "?", "\\", "^", "…"]


@pytest.mark.parametrize("terminator", TERMINATORS)
def test_every_terminator_that_partners_use_is_read(
    whole: str, codes: Codes, terminator: str
) -> None:
    """The character after ISA16 ends segments, whatever it is."""
    text = whole.replace("~", terminator)
    assert tags(text.encode()) == PLAIN
    assert codes(text) == []


@pytest.mark.parametrize("separator", ["*", "|", "~", "^", "+", "\x7f"])
def test_every_element_separator_is_read(whole: str, codes: Codes, separator: str) -> None:
    """The character after ISA separates elements."""
    text = whole.replace("~", "!").replace("*", separator)
    assert codes(text) == []


@pytest.mark.parametrize("between", ["\n", "\r\n", "\n\t\t", "\r", "  "])
def test_line_ends_and_indentation_after_a_terminator_mean_nothing(
    whole: str, codes: Codes, between: str
) -> None:
    """Partners print one segment per line."""
    text = whole.replace("~", "~" + between)
    assert tags(text.encode()) == PLAIN
    assert codes(text) == []


def test_bom_and_ebcdic_are_read(whole: str, codes: Codes) -> None:
    """A byte order mark is no junk, and a mainframe's file is still a file."""
    assert codes("\ufeff" + whole) == ["byte_order_mark"]
    assert tags(whole.encode("cp037")) == PLAIN


def test_lines_wrapped_at_80_columns_are_joined(whole: str, codes: Codes) -> None:
    """A newline inside of a segment, or of the ISA, is a transport's doing."""
    text = "\n".join(whole[at : at + 80] for at in range(0, len(whole), 80))
    assert tags(text.encode()) == PLAIN
    assert [c for c in codes(text) if c != "header_length"] == []


@pytest.mark.parametrize("change", [("          ", " "), ("RECEIVER       ", "RECEIVER        ")])
def test_an_isa_of_another_length_is_read_by_its_elements(
    whole: str, codes: Codes, change: tuple[str, str]
) -> None:
    """A squashed or over-long ISA is noted, not refused."""
    text = whole.replace(*change)
    assert tags(text.encode()) == PLAIN
    assert codes(text) == ["header_length"]


def test_each_interchange_has_its_own_delimiters(whole: str, codes: Codes) -> None:
    """A second interchange with other delimiters in the same file is normal."""
    second = whole.replace("~", "!").replace("*", "|").replace("000000001", "000000002")
    second = second.replace("|1|X|", "|2|X|").replace("GE|1|1", "GE|1|2")
    assert tags((whole + "\n" + second).encode()) == PLAIN * 2
    assert codes(whole + second) == []


def test_the_next_interchange_is_found_when_the_last_one_has_no_end(whole: str) -> None:
    """An ISA where a segment should be starts over."""
    cut = whole[: whole.index("SE*")]
    reading = envelope.read([(cut + whole).encode()])
    assert [i.closed for i in reading.interchanges] == [False, True]
    assert [f.code for f in reading.interchanges[1].findings] == ["interchange_repeated"]


@given(st.integers(min_value=1, max_value=50))
def test_chunks_do_not_matter(whole: str, size: int) -> None:
    """The same file gives the same segments, however it is cut."""
    data = (whole + "\r\n" + whole.replace("~", "…")).encode()
    assert tags(data, size) == PLAIN * 2


@given(
    st.sampled_from(SAMPLES),
    st.lists(st.tuples(st.integers(0, 5000), st.sampled_from("~'*+\n\r \t?ISAX")), max_size=5),
)
def test_a_block_taken_at_once_gives_what_its_segments_give_one_by_one(
    sample: Path, changes: list[tuple[int, str]]
) -> None:
    """The quick way is no other way: elements, lines, positions and findings are the same."""
    data = bytearray(sample.read_bytes())
    for at, character in changes:
        data[at : at + 1] = character.encode()
    quick = list(lex([bytes(data)]))
    with patch.object(stream._Lexer, "_plain", lambda *_: False):
        assert quick == list(lex([bytes(data)]))


@given(st.binary(max_size=400))
def test_any_bytes_give_findings_and_never_an_error(data: bytes) -> None:
    """Nothing a partner sends stops the reader."""
    reading = envelope.read([data])
    assert reading.interchanges or reading.findings


@given(st.lists(st.tuples(st.integers(0, 250), st.binary(max_size=4)), max_size=8))
def test_a_damaged_file_never_raises(whole: str, changes: list[tuple[int, bytes]]) -> None:
    """Damage anywhere is read on from."""
    data = bytearray(whole.encode())
    for at, junk in changes:
        data[at : at + len(junk)] = junk
    envelope.read([bytes(data), bytes(data)])


def test_a_file_without_terminators_does_not_grow_without_end(whole: str, codes: Codes) -> None:
    """A lost terminator is found out after a bounded length."""
    assert "segment_too_long" in codes(whole[: whole.index("GS*")] + "A" * 300_000)
