"""A received document on its way to its taker, and what is said of one that cannot be used."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from crossdock import Tx
from crossdock_contracts.partners import DocumentRejected

from ..edi.lexer import Segment
from ..profiles import Profile
from ..records import NewDocument

# One document may have thousands of faults; an event and an exception carry the first of them.
MOST_FINDINGS = 50
# The element of a set's first segment that has the number people know it by.
NUMBERS = {
    "BEG": 3, "BCH": 3, "BAK": 3, "BCA": 3, "BIG": 2, "BSN": 2, "BGN": 2, "BCD": 2, "BIA": 3,
    "BGM": 2, "W05": 2, "W06": 2, "W17": 3, "B1": 2, "B2": 4, "B3": 2, "B10": 2, "BRA": 1,
}  # fmt: skip
ORDERS = {"BEG", "BCH", "BAK", "BCA"}


class Incoming(msgspec.Struct, frozen=True, kw_only=True):
    """A valid document: its model, who sent it, and the record it has in the store."""

    profile: Profile
    record: NewDocument
    model: Any

    def source(self, tx: Tx) -> dict[str, Any]:
        """What every event has of the document it comes from: who sent it, its id, and when."""
        return {
            "partner_id": self.record.partner_id,
            "document_id": self.record.document_id,
            "received_at": tx.now,
        }


def numbers(segments: Sequence[Segment]) -> tuple[str, str]:
    """Purchase order number and own number of a set that may be broken; empty where unknown."""
    first = next((s for s in segments[:3] if s.tag in NUMBERS), None)
    if first is None:
        return "", ""
    number = "".join(c for c in first.part(NUMBERS[first.tag])[:60] if c.isprintable())
    return (number if first.tag in ORDERS else ""), number


def report(tx: Tx, document: NewDocument, code: str) -> None:
    """Say that a document could not be used, and put it before the partner desk."""
    findings = document.findings[:MOST_FINDINGS]
    if document.state == "rejected":
        tx.emit(
            DocumentRejected(
                partner_id=document.partner_id,
                po_number=document.po_number,
                document_id=document.document_id,
                set_code=document.set_code,
                rejected_at=tx.now,
                findings=findings,
                file_name=document.file_name,
            )
        )
    tx.raise_exception(
        code=code,
        text=findings[0] if findings else f"{document.file_name} could not be used",
        team="partner_desk",
        about=document.document_id,
        context={
            "partner_id": document.partner_id,
            "file": document.file_name,
            "control_number": document.control_number,
            "findings": "\n".join(findings),
        },
    )


def unmatched(tx: Tx, incoming: Incoming, what: str, number: str) -> None:
    """Put a document before the partner desk that speaks of something which is not ours."""
    partner_id, record = incoming.profile.partner_id, incoming.record
    tx.raise_exception(
        code="document_unmatched",
        text=f"{partner_id} sends a {record.set_code} about the {what} {number or '(none)'},"
        " which it was not asked for",
        team="partner_desk",
        about=record.document_id,
        context={"partner_id": partner_id, what: number, "file": record.file_name},
    )
