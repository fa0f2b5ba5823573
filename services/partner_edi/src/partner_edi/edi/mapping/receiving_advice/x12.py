"""The receiving advice as X12 861."""

from __future__ import annotations

from decimal import Decimal

from crossdock_contracts import Quantity

from ...document import Row
from ...finding import Finding
from ...segments import plain
from ..goods import flat, pairs, quantity
from ..reading import Loop, Reading, first, said, split
from .model import CountedLine, ReceivingAdvice


def write(document: ReceivingAdvice) -> list[Row]:
    """The segments from BRA to CTT."""
    on = f"{document.counted_on:%Y%m%d}"
    rows: list[Row] = [("BRA", document.advice_number, on, "00", "1")]
    rows += [("REF", "SI", document.shipment_reference)] if document.shipment_reference else []
    rows += [("REF", "PO", document.po_number)] if document.po_number else []
    for line in document.lines:
        good, bad = line.accepted, line.refused
        doubt = ("", "", plain(bad.value), bad.uom, "01") if bad else ()
        rows.append(("RCD", line.number, plain(good.value), good.uom, *doubt))
        rows.append(("LIN", "", *flat(line.items)))
    return [*rows, ("CTT", str(len(document.lines)))]


def read(segments: Loop, currency: str = "USD") -> tuple[ReceivingAdvice | None, list[Finding]]:
    """The advice; units returned or in question, for whatever reason, were not accepted."""
    reading = Reading(segments)
    bra = reading.head("BRA")
    head, lines = split(segments, "RCD")
    advice = ReceivingAdvice(
        advice_number=reading.need(bra, 1, "advice number"),
        counted_on=reading.day(bra, 2, "date"),
        lines=tuple(_line(reading, loop) for loop in lines),
        shipment_reference=said(head, "REF", "SI", "2I"),
        po_number=said(head, "REF", "PO") or said(segments, "PRF", at=1),
    )
    return reading.done(advice)


def _line(reading: Reading, loop: Loop) -> CountedLine:
    rcd, lin = loop[0], first(loop, "LIN")
    bad = next((at for at in (6, 4) if rcd.get(at)), 0)
    good = quantity(reading, rcd, 2, 3) if rcd.get(2) or not bad else None
    doubt = quantity(reading, rcd, bad, bad + 1) if bad else None
    return CountedLine(
        number=rcd.get(1),
        items=pairs(lin, 2) if lin else {},
        accepted=good or _none(doubt),
        refused=doubt,
    )


def _none(of: Quantity | None) -> Quantity:
    return Quantity(Decimal(0), of.uom if of else "EA")
