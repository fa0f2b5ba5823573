"""A document as the text its partner gets, and what our own reader has to say of that."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from ..edi import crosswalk, envelope
from ..edi.document import Cover, Element, Row, write
from ..edi.envelope import Interchange
from ..edi.finding import Finding, Level
from ..edi.rules import check_set, envelope_findings
from ..profiles import Profile

# Acknowledgements of the interchange have versions of their own, by the syntax they are written in.
CONTROL_VERSION = {False: "D:3:UN", True: "4:1:UN"}
# X12's basic and extended character sets are ASCII; UNOC is Latin 1.
CHARSETS = {"X12": "ascii", "EDIFACT": "latin-1"}
# They repeat what is wrong in what they answer, and a wrong element in one is better than silence.
ANSWERS = frozenset({"997", "999", "TA1", "CONTRL"})


class Written(msgspec.Struct, frozen=True):
    """A document's bytes, and findings that forbid to send it."""

    raw: bytes
    findings: list[Finding]


def written(
    profile: Profile, code: str, rows: Sequence[Row], control: int, at: datetime
) -> Written:
    """One document in an interchange of its own, checked as if a partner had sent it to us."""
    charset = CHARSETS[profile.standard]
    version = profile.release
    if code == "CONTRL":
        version = CONTROL_VERSION[bool(profile.marks.repetition)]
    cover = Cover(
        sender=profile.our_addresses[0].key,
        receiver=profile.addresses[0].key,
        control=control,
        written_at=at,
        version=version,
        group=(profile.our_group, next(iter(profile.groups), "")),
        usage=profile.usage,
        marks=profile.marks,
        line_end=profile.outbound.line_end,
    )
    theirs = crosswalk.of_rows(rows, profile.our_codes, profile.standard, version)
    safe = [[_element(element, charset) for element in row] for row in theirs]
    raw = write([(code, safe)], cover).encode(charset)
    least = Level.FATAL if code in ANSWERS else Level.ERROR
    return Written(raw, [found for found in faults(raw) if found.level >= least])


def faults(raw: bytes) -> list[Finding]:
    """What a partner would find in a file of ours; notes do not count."""
    reading = envelope.read([raw])
    found = list(reading.findings)
    for interchange in reading.interchanges:
        found += [*envelope_findings(interchange.opening), *_inside(interchange)]
    return [finding for finding in found if finding.level > Level.NOTE]


def _inside(interchange: Interchange) -> list[Finding]:
    found = list(interchange.findings)
    for answer in interchange.answers:
        found += envelope_findings(answer)
    for group in interchange.groups:
        found += group.findings
        found += () if group.implicit else envelope_findings(group.opening)
        for document in group.sets:
            found += [*document.findings, *check_set(document)]
    return found


def _element(element: Element, charset: str) -> Element:
    """An element in letters the partner can read: accents are taken off where there are none."""
    if isinstance(element, str):
        if _fits(element, charset):
            return element
        flat = unicodedata.normalize("NFKD", element)
        return "".join(c for c in flat if _fits(c, charset))
    parts: list[Any] = [_element(part, charset) for part in element]
    return parts


def _fits(text: str, charset: str) -> bool:
    try:
        text.encode(charset)
    except UnicodeEncodeError:
        return False
    return True
