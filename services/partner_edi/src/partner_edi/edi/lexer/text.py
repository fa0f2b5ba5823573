"""Bytes to text: byte order marks, EBCDIC, UTF-16, and the character sets EDIFACT names."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator

from ..finding import Finding, Level

# So much of the beginning is looked at before the character set is decided.
HEAD = 512
# UTF-8 is tried first; bytes that are none are read in the set that UNB names.
SINGLE_BYTE = {
    "UNOD": "iso8859-2", "UNOE": "iso8859-5", "UNOF": "iso8859-7", "UNOG": "iso8859-3",
    "UNOH": "iso8859-4", "UNOI": "iso8859-6", "UNOJ": "iso8859-8", "UNOK": "iso8859-9",
}  # fmt: skip
EBCDIC = re.compile(rb"[\x40\x15\x25\x0d]*(\xc9\xe2\xc1|\xe4\xd5[\xc1\xc2])")
SYNTAX = re.compile(rb"UNB.(UNO[A-Z])", re.DOTALL)
WIDE = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
NARROW_SIGNS = {
    "utf-16-le": re.compile(rb"[IU]\x00[SN]\x00"),
    "utf-16-be": re.compile(rb"\x00[IU]"),
}


def _reader_of(codec: str) -> str:
    """Register how bytes that are not UTF-8 are read: no byte is lost and none stops the file."""

    def read(error: UnicodeError) -> tuple[str, int]:
        assert isinstance(error, UnicodeDecodeError)
        wrong = error.object[error.start : error.end]
        return wrong.decode(codec, "replace"), error.end

    name = f"edi_{codec}"
    codecs.register_error(name, read)
    return name


FALLBACK = {codec: _reader_of(codec) for codec in ("latin-1", *SINGLE_BYTE.values())}


def decoded(chunks: Iterable[bytes]) -> Iterator[str | Finding]:
    """The text of the chunks, and a note when it begins with a byte order mark."""
    head, rest = b"", iter(chunks)
    for chunk in rest:
        head += chunk
        if len(head) >= HEAD:
            break
    if head.startswith((codecs.BOM_UTF8, *WIDE)):
        text = "the file begins with a byte order mark; it was skipped"
        yield Finding(code="byte_order_mark", text=text, line=1, level=Level.NOTE)
    decoder, ebcdic = _decoder(head)
    yield _cleaned(decoder.decode(head), ebcdic)
    for chunk in rest:
        yield _cleaned(decoder.decode(chunk), ebcdic)
    yield _cleaned(decoder.decode(b"", final=True), ebcdic)


def _decoder(head: bytes) -> tuple[codecs.IncrementalDecoder, bool]:
    if EBCDIC.match(head):
        return codecs.getincrementaldecoder("cp037")(), True
    for codec, sign in NARROW_SIGNS.items():
        if WIDE.get(head[:2]) == codec or sign.match(head):
            return codecs.getincrementaldecoder(codec)("replace"), False
    syntax = SYNTAX.search(head)
    codec = SINGLE_BYTE.get(syntax[1].decode(), "latin-1") if syntax else "latin-1"
    return codecs.getincrementaldecoder("utf-8")(FALLBACK[codec]), False


def _cleaned(text: str, ebcdic: bool) -> str:
    """NUL means nothing in a document, and no database takes it as text."""
    text = text.replace("\x00", "")
    return text.replace("\x85", "\n") if ebcdic else text
