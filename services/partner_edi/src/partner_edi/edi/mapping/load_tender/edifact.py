"""The load tender as EDIFACT IFTMIN."""

from __future__ import annotations

from crossdock_contracts import Address, Money

from ...document import Row
from ...finding import Finding
from ...segments import plain
from ..goods import located, moment, party, reference, stamp
from ..reading import Loop, Reading, first, said
from .model import LoadTender


def write(document: LoadTender) -> list[Row]:
    """The segments from BGM to GID."""
    function = "1" if document.purpose == "cancellation" else "9"
    rows: list[Row] = [("BGM", "610", document.shipment_id, function)]
    rows += [stamp("200", document.pickup_at)] if document.pickup_at else []
    rows += [stamp("63", document.deliver_by)] if document.deliver_by else []
    if document.charge:
        charge = document.charge
        rows.append(("MOA", ["64", plain(charge.amount), charge.currency]))
    rows += [("FTX", "AAA", "", "", document.description)] if document.description else []
    rows += [("CNT", ["11", str(document.packages)])] if document.packages else []
    rows.append(("RFF", ["CU", document.shipment_id]))
    rows += [("RFF", ["ON", document.order_number])] if document.order_number else []
    rows.append(("TDT", "20", "", "30", "", [document.carrier, "", "182"]))
    return [*rows, party("CZ", document.ship_from), party("CN", document.ship_to)]


def read(segments: Loop, currency: str = "EUR") -> tuple[LoadTender | None, list[Finding]]:
    """The instruction as a tender."""
    reading = Reading(segments)
    bgm = reading.head("BGM")
    moa, count, tdt = (first(segments, *of) for of in (("MOA", "64"), ("CNT", "11"), ("TDT", "20")))
    charge = reading.number(moa, 1, "charge", part=2) if moa else None
    pieces = count.part(1, 2) if count else ""
    tender = LoadTender(
        shipment_id=reading.need(bgm, 2, "document number"),
        carrier=tdt.part(5) if tdt else "",
        ship_from=located(segments, "CZ", "SF") or Address(name=""),
        ship_to=located(segments, "CN", "ST") or Address(name=""),
        purpose="cancellation" if bgm.part(3) == "1" else "original",
        pickup_at=moment(segments, "200", "10"),
        deliver_by=moment(segments, "63", "2"),
        order_number=reference(segments, "ON"),
        packages=int(pieces) if pieces.isdigit() else 0,
        charge=Money(charge, moa.part(1, 3) or currency) if moa and charge is not None else None,
        description=said(segments, "FTX", "AAA", at=4),
    )
    return reading.done(tender)
