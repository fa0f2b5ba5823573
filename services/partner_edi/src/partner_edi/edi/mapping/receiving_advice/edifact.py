"""The receiving advice as EDIFACT RECADV."""

from __future__ import annotations

from decimal import Decimal

from crossdock_contracts import Quantity

from ...document import Row
from ...finding import Finding
from ..goods import identified, lines_of, measured, named, on, reference, stamp, units
from ..reading import EPOCH, Loop, Reading, first, split
from .model import CountedLine, ReceivingAdvice

# Element 6063: accepted, else all that came; and what came and was not accepted.
ACCEPTED, RECEIVED = "194", "48"
REFUSED = ("195", "124")


def write(document: ReceivingAdvice) -> list[Row]:
    """The segments from BGM to the last QTY."""
    rows: list[Row] = [("BGM", "632", document.advice_number, "9")]
    rows.append(stamp("50", document.counted_on))
    if document.shipment_reference:
        rows.append(("RFF", ["AAK", document.shipment_reference]))
    rows += [("RFF", ["ON", document.po_number])] if document.po_number else []
    rows.append(("CPS", "1"))
    for line in document.lines:
        rows += identified(line.number, line.items)
        rows.append(units(line.accepted.value, line.accepted.uom, ACCEPTED))
        if line.refused:
            rows.append(units(line.refused.value, line.refused.uom, REFUSED[0]))
    return rows


def read(segments: Loop, currency: str = "EUR") -> tuple[ReceivingAdvice | None, list[Finding]]:
    """The advice; where only what came is said, what was refused is taken off."""
    reading = Reading(segments)
    bgm = reading.head("BGM")
    counted = on(segments, "50", "137")
    if counted is None:
        reading.head("DTM", "50")
    loops = split(segments, "LIN")[1]
    advice = ReceivingAdvice(
        advice_number=reading.need(bgm, 2, "document number"),
        counted_on=counted or EPOCH.date(),
        lines=tuple(
            _line(reading, number, loop)
            for number, loop in zip(lines_of(loops), loops, strict=True)
        ),
        shipment_reference=reference(segments, "AAK", "DQ"),
        po_number=reference(segments, "ON"),
    )
    return reading.done(advice)


def _line(reading: Reading, number: str, loop: Loop) -> CountedLine:
    good, all_of, bad = (first(loop, "QTY", *of) for of in ((ACCEPTED,), (RECEIVED,), REFUSED))
    refused = measured(reading, bad) if bad else None
    if good is None and all_of is None and bad is None:
        reading.head("QTY", RECEIVED)
    counted = good or all_of
    accepted = measured(reading, counted) if counted else None
    if accepted and good is None and refused and refused.uom == accepted.uom:
        accepted = Quantity(max(accepted.value - refused.value, Decimal(0)), accepted.uom)
    nothing = Quantity(Decimal(0), refused.uom if refused else "EA")
    return CountedLine(
        number=number, items=named(loop), accepted=accepted or nothing, refused=refused
    )
