"""How a partner's documents change: codes and segments it never used, and more or fewer errors."""

from __future__ import annotations

from collections.abc import Iterator

from crossdock import Tx

from ..edi.envelope import TransactionSet
from ..edi.envelope.model import Standard
from ..edi.finding import Level
from ..edi.lexer import Segment
from ..edi.tables import Composite, Dictionary, Element, dictionary
from ..records import NewDocument
from . import store

# So many documents of a kind are learnt from before anything about the next counts as new.
LEARNT = 10
# Errors are counted per so many documents; a change of this share is a change.
WINDOW, CHANGE = 20, 0.2
STRANGE = ("segment_unknown", "segment_foreign")
LONGEST = 40


async def note(tx: Tx, record: NewDocument, document: TransactionSet) -> None:
    """Learn from a document, and raise once what is new about it."""
    told = {("code", f"{place}={value}") for place, value in codes(document)}
    told |= {("segment", f.tag) for f in document.findings if f.code in STRANGE}
    faulty = any(f.level > Level.NOTE for f in document.findings)
    counted = await store.count_document(tx, record.partner_id, record.set_code, faulty, WINDOW)
    fresh = await store.learn(tx, record.partner_id, record.set_code, sorted(told), record)
    if counted["documents"] > LEARNT and fresh:
        new = ", ".join(f"{kind} {value}" for kind, value in fresh)
        text = f"{record.partner_id} never sent this in its {record.set_code} before: {new}"
        _raise(tx, record, "mapping_drift", text, {"new": new})
    before, now = counted["rate_before"], counted["rate_now"]
    if before is not None and now is not None and abs(now - before) >= CHANGE:
        text = (
            f"{now:.0%} of the last {WINDOW} {record.set_code} of {record.partner_id} have errors;"
            f" before it were {before:.0%}"
        )
        values = {"before": f"{before:.2f}", "now": f"{now:.2f}", "window": str(WINDOW)}
        _raise(tx, record, "error_rate_changed", text, values)


def _raise(tx: Tx, record: NewDocument, code: str, text: str, values: dict[str, str]) -> None:
    tx.raise_exception(
        code=code,
        text=text[:1000],
        team="partner_desk",
        about=record.document_id,
        context={"partner_id": record.partner_id, "set": record.set_code, **values},
    )


def codes(document: TransactionSet) -> Iterator[tuple[str, str]]:
    """The coded values of a set, each with its place: qualifiers, units, purposes."""
    standard: Standard = "EDIFACT" if document.opening.marks.decimal else "X12"
    known = dictionary(standard, document.release)
    for segment in document.segments:
        yield from _of_segment(segment, known)


def _of_segment(segment: Segment, known: Dictionary) -> Iterator[tuple[str, str]]:
    table = known.segments.get(segment.tag)
    for at, slot in enumerate(table.slots if table else (), 1):
        if at >= len(segment.elements):
            return
        of, place = slot.of, f"{segment.tag[:3]}{at:02d}"
        if isinstance(of, Element):
            if _coded(of) and (value := segment.part(at)):
                yield place, value[:LONGEST]
        elif isinstance(of, Composite):
            for number, part in enumerate(of.parts, 1):
                inner = part.of
                if isinstance(inner, Element) and _coded(inner):
                    value = segment.part(at, number)
                    if value:
                        yield f"{place}-{number}", value[:LONGEST]


def _coded(of: Element) -> bool:
    """Whether an element holds a code: X12 says ID, EDIFACT names it one. A date is none."""
    if of.type == "ID":
        # Countries, states and postal codes differ by where the goods go, not by how one writes.
        return of.number not in {"26", "116", "156"}
    return of.name.endswith((" code", " qualifier", " coded")) and of.number not in {"3207", "3251"}
