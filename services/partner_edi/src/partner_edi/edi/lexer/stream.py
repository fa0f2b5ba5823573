"""The stream: text comes in chunks, segments go out in batches, and little is held between."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import accumulate, repeat

from ..finding import Finding, Level, shown
from .openings import HEADER, LONGEST_HEADER, Header, read_header
from .released import hidden, unhidden_length
from .segment import BLANK, Delimiters, Opening, Segment
from .text import decoded

# A longer run without a terminator is no segment: the delimiters were misread, or the end is lost.
LONGEST_SEGMENT = 100_000
# So much is split at a time, little at first: what follows an interchange is split again. More at
# a time is slower, since a block's segments no longer fit into the processor's nearest cache.
BLOCK = 1 << 12
FIRST_BLOCK = 1 << 8
# A file of broken headers only is told so often, and no more.
MOST_UNREADABLE = 50
GLUED = re.compile(r"ISA[^0-9A-Za-z\s]|UNA[^\r\n]{6}\s*UNB|UNB[^0-9A-Za-z\s][A-Z]{4}")
LINE_GLUED = re.compile(r"[\r\n][ \t]*(" + GLUED.pattern + ")")
OPENINGS, TRAILERS = frozenset(("ISA", "UNA", "UNB")), frozenset(("IEA", "UNZ"))

Lexed = Segment | Finding


def lex(chunks: Iterable[bytes]) -> Iterator[Lexed]:
    """Yield segments and findings in file order; never raises, whatever the bytes are."""
    for batch in batches(chunks):
        yield from batch


def batches(chunks: Iterable[bytes]) -> Iterator[list[Lexed]]:
    """The same in lists, which is what costs least per segment."""
    lexer = _Lexer()
    for text in decoded(chunks):
        if isinstance(text, Finding):
            yield [text]
            continue
        lexer.text = lexer.text[lexer.at :] + text
        lexer.at = 0
        yield from lexer.run(final=False)
    yield from lexer.run(final=True)
    yield lexer.farewell()


class _Lexer:
    """The state between two chunks: unread text, and the delimiters of the open interchange."""

    def __init__(self) -> None:
        self.text = ""
        self.at = 0
        self.position = 0
        self.line = 1
        self.opened = 0
        self.size = FIRST_BLOCK
        self.unreadable = 0
        self.outside = False
        self.fresh = False
        self.header: Header | None = None
        self.out: list[Lexed] = []

    def run(self, *, final: bool) -> Iterator[list[Lexed]]:
        """Read as far as the text goes."""
        more = True
        while more:
            more = self._open(final) if self.header is None else self._read(final)
            if self.out:
                yield self.out
                self.out = []

    def farewell(self) -> list[Lexed]:
        """What is to be said when nothing was found at all."""
        if self.opened:
            return []
        text = "no ISA, UNA or UNB segment: this is neither an X12 nor an EDIFACT file"
        return [Finding(code="no_interchange", text=text, level=Level.FATAL)]

    def _note(self, code: str, text: str, level: Level = Level.FATAL) -> None:
        self.out.append(
            Finding(code=code, text=text, position=self.position, line=self.line, level=level)
        )

    def _read(self, final: bool) -> bool:
        """Split the next block; False when the text so far holds no whole segment."""
        assert self.header is not None
        marks = self.header.marks
        block, cut = _block(self.text, self.at, marks, self.size)
        self.size = min(self.size * 2, BLOCK)
        if cut < 0:
            return self._run_out(final)
        parts = block[:cut].split(marks.segment)
        plain = not self.fresh and self._plain(block, parts, self.header)
        ended = -1 if plain else self._split(block, parts, self.header)
        taken = block[: cut + 1 if ended < 0 else ended]
        self.at += unhidden_length(taken, marks)
        return True

    def _plain(self, block: str, parts: list[str], header: Header) -> bool:
        """Take all parts at once, if each is a segment and nothing else, as in most blocks."""
        marks, line = header.marks, self.line
        bodies = [part.strip(BLANK) for part in parts]
        rows = [body.split(marks.element) for body in bodies]
        tags = [row[0] for row in rows]
        if "" in tags or max(map(len, tags)) > 3 or not header.stops.isdisjoint(tags):
            return False
        newline = "\n" if "\n" in block else "\r"
        starts = [line] * len(parts)
        if marks.segment == newline:
            starts = list(range(line, line + len(parts)))
            self.line += len(parts)
        elif newline in block:
            if newline in "".join(bodies):
                return False
            breaks = [part.count(newline) for part in parts]
            starts = list(accumulate(breaks, initial=line))[1:]
            self.line = starts[-1]
        first, self.position = self.position + 1, self.position + len(parts)
        self.out += map(Segment, range(first, self.position + 1), rows, starts, repeat(marks))
        return True

    def _split(self, block: str, parts: list[str], header: Header) -> int:
        """Take the parts as segments; where in the block the interchange ends, or -1."""
        marks, stops = header.marks, header.stops
        element, end, add = marks.element, marks.segment, self.out.append
        line, position = self.line, self.position
        newline = "\n" if "\n" in block else "\r"
        step = 1 if end == newline else 0
        ragged = not step and newline in block
        for index, raw in enumerate(parts):
            body = raw.strip(BLANK)
            start, cutoff = line, 0
            if ragged and newline in raw:
                line += raw.count(newline)
                start = line
                if newline in body:
                    start -= raw.count(newline, raw.find(body))
                    cutoff = _glued(body)
                    body = body if cutoff else _unwrapped(body)
            line += step
            if not body:
                continue
            elements = body.split(element)
            tag = elements[0]
            if len(tag) > 3:
                elements[0] = tag = _tag(body, tag, marks)
            if cutoff or (tag in stops and not (self.fresh and tag == "UNB")):
                self.line, self.position = start, position
                before = sum(map(len, parts[:index])) + index
                return self._end(before, raw, tag, body, cutoff)
            position += 1
            add((Opening if tag == "UNB" else Segment)(position, elements, start, marks))
            self.fresh = False
        self.line, self.position = line, position
        return -1

    def _end(self, before: int, raw: str, tag: str, body: str, cutoff: int) -> int:
        """The interchange ends here: with its trailer, or because another begins."""
        assert self.header is not None
        marks, self.header = self.header.marks, None
        if tag in OPENINGS and not cutoff:
            self.line -= raw.count("\n", 0, raw.find(body)) if "\n" in raw else 0
            return before
        if tag in TRAILERS and not cutoff and (again := GLUED.search(body, 3)):
            cutoff = again.start()
        self._take(body[: cutoff or None], marks)
        if not cutoff:
            self.line += raw.count("\n") + (marks.segment == "\n")
            return before + len(raw) + 1
        self.line += body.count("\n", 0, cutoff)
        return before + raw.find(body[:3]) + cutoff

    def _take(self, body: str, marks: Delimiters) -> None:
        elements = _unwrapped(body).split(marks.element)
        elements[0] = _tag(body, elements[0], marks)
        self.position += 1
        kind = Opening if self.fresh and elements[0] == "UNB" else Segment
        self.out.append(kind(self.position, elements, self.line, marks))
        self.fresh = False

    def _run_out(self, final: bool) -> bool:
        """No terminator in what is left: wait for more, give up on it, or take it as the last."""
        assert self.header is not None
        marks = self.header.marks
        rest = self.text[self.at :]
        body = rest.strip(BLANK)
        if len(rest) > LONGEST_SEGMENT:
            self._note("segment_too_long", "no segment terminator found any more")
            self.header = None
            return True
        if not final:
            return False
        self.line += rest.count("\n", 0, rest.find(body))
        cutoff = _glued(body)
        if body:
            self._take(hidden(body[: cutoff or None], marks), marks)
            self._note("unterminated", "the last segment has no terminator", Level.NOTE)
        self.header = None
        self.at += rest.find(body) + cutoff if cutoff else len(rest)
        return bool(cutoff)

    def _open(self, final: bool) -> bool:
        """Find the next header and its delimiters; False when there is none in the text so far."""
        found = HEADER.search(self.text, self.at)
        keep = 0 if final else LONGEST_HEADER
        start = found.start() if found else max(self.at, len(self.text) - keep)
        if found and not final and len(self.text) - start < LONGEST_HEADER:
            return False
        self._outside(start)
        if found is None:
            return False
        header = read_header(found, self.text[start : start + LONGEST_HEADER])
        if header is None:
            self._unreadable(found[0][:3])
            self.at = start + 3
            return True
        self.opened += 1
        self.size = FIRST_BLOCK
        self.outside, self.header, self.fresh = False, header, header.elements is None
        self.at = start + header.length
        if header.elements is not None:
            self._open_isa(header, self.text[start : self.at])
        return True

    def _open_isa(self, header: Header, text: str) -> None:
        self.position += 1
        assert header.elements is not None
        self.out.append(Opening(self.position, header.elements, self.line, header.marks))
        if header.length != 106:
            said = f"the ISA has {header.length} characters, not 106; it was read by its elements"
            self._note("header_length", said + header.note, Level.NOTE)
        self.line += text.count("\n")

    def _unreadable(self, tag: str) -> None:
        self.position += 1
        self.unreadable += 1
        if self.unreadable <= MOST_UNREADABLE:
            text = "the ISA does not have its 16 elements"
            if tag != "ISA":
                text = f"the {tag} names one character for two purposes"
            self._note("header_unreadable", text)

    def _outside(self, start: int) -> None:
        """Step over text before a header, and say so when it is not blank."""
        text = self.text[self.at : start]
        self.at = start
        junk = text.strip(BLANK)
        if junk and not self.outside:
            self.outside = True
            said = f"text outside of any interchange: {shown(junk)}"
            self._note("outside_interchange", said, Level.ERROR)
        self.line += text.count("\n")


def _block(text: str, at: int, marks: Delimiters, size: int) -> tuple[str, int]:
    """The next block with released characters hidden, and where its last segment ends."""
    while True:
        block = hidden(text[at : at + size], marks)
        cut = block.rfind(marks.segment)
        if cut >= 0 or at + size >= len(text):
            return block, cut
        size *= 4


def _unwrapped(body: str) -> str:
    """A line end inside of a segment is a transport's doing."""
    return body.replace("\r", "").replace("\n", "")


def _glued(body: str) -> int:
    """Where another interchange begins on a line of its own, after a lost terminator; else 0."""
    found = LINE_GLUED.search(body)
    return found.start() if found else 0


def _tag(body: str, tag: str, marks: Delimiters) -> str:
    """The name alone: without padding, and without EDIFACT's nesting indicators."""
    if HEADER.match(body):
        return body[:3]
    return tag.partition(marks.component)[0].strip() if marks.decimal else tag.strip()
