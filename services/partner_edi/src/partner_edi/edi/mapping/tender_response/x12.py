"""The answer to a load tender as X12 990."""

from __future__ import annotations

from ...document import Row
from ...finding import Finding
from ..reading import Loop, Reading, said
from .model import TenderResponse

# Element 558: accepted, or accepted with conditions, which K1 says; anything else is a no.
ACCEPTED = ("A", "B")


def write(document: TenderResponse) -> list[Row]:
    """B1 and what goes with it."""
    code = "A" if document.answer == "accepted" else "D"
    rows: list[Row] = [("B1", document.carrier, document.shipment_id, "", code)]
    rows += [("N9", "CN", document.pro_number)] if document.pro_number else []
    return [*rows, *([("K1", document.reason[:30])] if document.reason else [])]


def read(segments: Loop, currency: str = "USD") -> tuple[TenderResponse | None, list[Finding]]:
    """The answer; one that is neither yes nor no cannot be used."""
    reading = Reading(segments)
    b1 = reading.head("B1")
    code = reading.need(b1, 4, "reservation action code")
    response = TenderResponse(
        shipment_id=reading.need(b1, 2, "shipment identification number"),
        carrier=b1.get(1),
        answer="accepted" if code in ACCEPTED else "declined",
        reason=said(segments, "K1", at=1),
        pro_number=said(segments, "N9", "CN"),
    )
    return reading.done(response)
