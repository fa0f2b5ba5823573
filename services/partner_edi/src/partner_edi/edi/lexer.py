"""Bytes to segments: a streaming lexer that reads its delimiters again at every ISA."""

from __future__ import annotations

import codecs
import re
from collections.abc import Generator, Iterable, Iterator
from typing import NamedTuple

import msgspec

from .finding import Finding, Level, shown

# What may stand between segments without a meaning: indentation, line ends, BOM, NUL, SUB.
BLANK = " \t\r\n\x0b\x0c\x00\x1a\x85\xa0\ufeff"
# Offsets of the element separators in an ISA of the standard's fixed 106 characters.
FIXED = (3, 6, 17, 20, 31, 34, 50, 53, 69, 76, 81, 83, 89, 99, 101, 103)
HEADER = re.compile(r"ISA([^0-9A-Za-z \r\n])")
# An ISA is 106 characters; padding and wrapping never made one longer than this.
LONGEST_HEADER = 400
# A longer run without a terminator is no segment: the delimiters were misread, or the end is lost.
LONGEST_SEGMENT = 100_000


class Delimiters(NamedTuple):
    """The characters one interchange is written with; `repetition` is empty before 00402."""

    element: str = "*"
    component: str = ">"
    segment: str = "~"
    repetition: str = ""


class Segment(msgspec.Struct, frozen=True):
    """One segment: its number in the file, and its elements with the tag at index 0."""

    position: int
    elements: list[str]

    @property
    def tag(self) -> str:
        """The segment's name, such as PO1."""
        return self.elements[0]

    def get(self, number: int) -> str:
        """Element `number` without padding; empty when the segment is shorter."""
        return self.elements[number].strip() if number < len(self.elements) else ""


class Opening(Segment, frozen=True, kw_only=True):
    """An ISA with the delimiters it declares."""

    delimiters: Delimiters


Lexed = Segment | Finding
Steps = Generator[Lexed, None, bool]


def lex(chunks: Iterable[bytes]) -> Iterator[Lexed]:
    """Yield segments and findings in file order; never raises, whatever the bytes are."""
    return _Lexer().run(_decoded(chunks))


def _latin(error: UnicodeError) -> tuple[str, int]:
    """Read bytes that are not UTF-8 as Latin-1: no byte is lost and none stops the file."""
    assert isinstance(error, UnicodeDecodeError)
    return error.object[error.start : error.end].decode("latin-1"), error.end


codecs.register_error("edi_latin", _latin)


def _decoded(chunks: Iterable[bytes]) -> Iterator[str]:
    """Text of the chunks; EBCDIC is recognised by its ISA."""
    decoder: codecs.IncrementalDecoder | None = None
    for chunk in chunks:
        if decoder is None:
            ebcdic = chunk.lstrip(b"\x40\x15\x25\x0d").startswith(b"\xc9\xe2\xc1")
            codec = codecs.getincrementaldecoder("cp037" if ebcdic else "utf-8")
            decoder = codec("strict" if ebcdic else "edi_latin")
        # NUL means nothing in a document, and no database takes it as text.
        yield decoder.decode(chunk).replace("\x00", "")
    if decoder is not None:
        yield decoder.decode(b"", final=True)


class _Lexer:
    """The state between two chunks: unread text, and the delimiters of the open interchange."""

    def __init__(self) -> None:
        self.text = ""
        self.at = 0
        self.position = 0
        self.opened = 0
        self.outside = False
        self.delimiters: Delimiters | None = None

    def run(self, texts: Iterable[str]) -> Iterator[Lexed]:
        for text in texts:
            self.text = self.text[self.at :] + text
            self.at = 0
            yield from self._segments(final=False)
        yield from self._segments(final=True)
        if not self.opened:
            yield self._finding("no_interchange", "no ISA segment: this is not an X12 file", 0)

    def _finding(
        self, code: str, text: str, position: int | None = None, level: Level = Level.FATAL
    ) -> Finding:
        at = self.position if position is None else position
        return Finding(code=code, text=text, position=at, level=level)

    def _segments(self, *, final: bool) -> Iterator[Lexed]:
        while True:
            if self.delimiters is None and not (yield from self._open(final)):
                return
            if (yield from self._read_open_interchange(final)):
                return

    def _read_open_interchange(self, final: bool) -> Steps:
        """Read to IEA, to an ISA that comes too early, or to the end of the text (True)."""
        assert self.delimiters is not None
        separator, terminator = self.delimiters.element, self.delimiters.segment
        while True:
            end = self.text.find(terminator, self.at)
            if end < 0:
                return (yield from self._run_out(final))
            raw = self.text[self.at : end].lstrip(BLANK)
            start = end - len(raw)
            if "\n" in raw or "\r" in raw:
                # An IEA without its terminator, and the next interchange on the next line.
                glued = re.search(r"[\r\n]ISA" + re.escape(separator), raw)
                if glued:
                    raw, end = raw[: glued.start()], start + glued.start()
                raw = raw.replace("\r", "").replace("\n", "")
            if raw[:3] == "ISA" and HEADER.match(raw):
                self.at, self.delimiters = start, None
                return False
            self.at = end + 1
            if not raw:
                continue
            self.position += 1
            elements = raw.split(separator)
            yield Segment(self.position, elements)
            if elements[0] == "IEA":
                self.delimiters = None
                return False

    def _run_out(self, final: bool) -> Steps:
        """No terminator in what is left: wait for more, give up on it, or take it as the last."""
        rest = self.text[self.at :].lstrip(BLANK)
        if len(rest) > LONGEST_SEGMENT:
            yield self._finding("segment_too_long", "no segment terminator found any more")
            self.delimiters = None
            return False
        if final:
            self.text, self.at = "", 0
            if rest:
                assert self.delimiters is not None
                self.position += 1
                text = "the last segment has no terminator"
                yield self._finding("unterminated", text, level=Level.NOTE)
                joined = rest.replace("\r", "").replace("\n", "").rstrip(BLANK)
                yield Segment(self.position, joined.split(self.delimiters.element))
        return True

    def _open(self, final: bool) -> Steps:
        """Find the next ISA and its delimiters; False when there is none in the text so far."""
        while True:
            found = HEADER.search(self.text, self.at)
            start = found.start() if found else len(self.text) - (0 if final else 3)
            yield from self._outside(start)
            if found is None or (not final and len(self.text) - start < LONGEST_HEADER):
                return False
            header = _header(self.text[start : start + LONGEST_HEADER], found[1])
            self.position += 1
            self.opened += 1
            self.outside = False
            if header is not None:
                elements, self.delimiters, length = header
                self.at = start + length
                yield Opening(self.position, elements, delimiters=self.delimiters)
                if length != 106:
                    text = f"the ISA has {length} characters, not 106; it was read by its elements"
                    yield self._finding("header_length", text, level=Level.NOTE)
                return True
            yield self._finding("header_unreadable", "the ISA does not have its 16 elements")
            self.at = start + 3

    def _outside(self, start: int) -> Iterator[Finding]:
        """Step over text before an ISA, and say so when it is not blank."""
        if start <= self.at:
            return
        junk = self.text[self.at : start].strip(BLANK)
        self.at = start
        if junk and not self.outside:
            self.outside = True
            text = f"text outside of any interchange: {shown(junk)}"
            yield self._finding("outside_interchange", text, level=Level.ERROR)


def _header(text: str, separator: str) -> tuple[list[str], Delimiters, int] | None:
    """Elements, delimiters and length of an ISA, by position or else by element count."""
    if len(text) >= 106 and all(text[at] == separator for at in FIXED):
        component, terminator, length = text[104], text[105], 106
    else:
        pieces = text.split(separator, 16)
        if len(pieces) < 17 or any(len(piece) > 80 for piece in pieces[:16]):
            return None
        start = len(text) - len(pieces[16])
        component, terminator, length = text[start : start + 1], text[start + 1 : start + 2], 2
        length += start
    if _is_data(terminator) and not _is_data(component):
        # ISA16 is missing: what stands in its place ends the segment.
        component, terminator, length = "", component, length - 1
    if _is_data(terminator) or terminator == separator:
        return None
    elements = [piece.strip(BLANK) for piece in text[: length - 1].split(separator)][:17]
    version, mark = elements[12], elements[11]
    repetition = mark if version >= "00402" and len(mark) == 1 and not mark.isalnum() else ""
    return elements, Delimiters(separator, component, terminator, repetition), length


def _is_data(character: str) -> bool:
    return not character or character.isalnum() or character == " "
