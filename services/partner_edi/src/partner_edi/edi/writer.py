"""Transaction sets put into their envelopes: ISA, GS, ST and the trailers with their counts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from .envelope import FUNCTIONAL_CODE
from .lexer import Delimiters
from .segments import Row, clean, write


class Party(msgspec.Struct, frozen=True):
    """One side of an interchange: ISA qualifier and id, and its id in GS."""

    qualifier: str
    id: str
    group_id: str


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """Everything around a document but its content."""

    sender: Party
    receiver: Party
    control: int
    written_at: datetime
    usage: str = "P"
    version: str = "004010"
    delimiters: Delimiters = Delimiters()
    line_end: str = "\n"


def interchange(set_code: str, rows: Sequence[Row], envelope: Envelope) -> str:
    """One transaction set as a whole interchange; one control number serves ISA13 and GS06."""
    at, control = envelope.written_at, str(envelope.control)
    group = ("GS", FUNCTIONAL_CODE[set_code], envelope.sender.group_id, envelope.receiver.group_id)
    body: list[Row] = [
        (*group, f"{at:%Y%m%d}", f"{at:%H%M}", control, "X", envelope.version),
        ("ST", set_code, "0001"),
        *rows,
        ("SE", str(len(rows) + 2), "0001"),
        ("GE", "1", control),
        ("IEA", "1", f"{envelope.control:09d}"),
    ]
    return _isa(envelope) + write(body, envelope.delimiters, envelope.line_end)


def _isa(envelope: Envelope) -> str:
    """The fixed 106 characters, written apart: every element is padded and ISA16 is a delimiter."""
    marks, at = envelope.delimiters, envelope.written_at
    version = envelope.version[:5] if envelope.version >= "004020" else "00401"
    sender, receiver = envelope.sender, envelope.receiver
    elements = [
        *("ISA", "00", " " * 10, "00", " " * 10),
        *(f"{sender.qualifier:2.2}", f"{clean(sender.id, marks):15.15}"),
        *(f"{receiver.qualifier:2.2}", f"{clean(receiver.id, marks):15.15}"),
        *(f"{at:%y%m%d}", f"{at:%H%M}", marks.repetition or "U", version),
        *(f"{envelope.control:09d}", "0", envelope.usage, marks.component),
    ]
    return marks.element.join(elements) + marks.segment + envelope.line_end
