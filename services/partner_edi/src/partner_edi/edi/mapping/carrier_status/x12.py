"""The shipment status as X12 214."""

from __future__ import annotations

from ...document import Row
from ...finding import Finding
from ..reading import EPOCH, Loop, Reading, first, instant, said, split
from .model import CarrierStatus, Status


def write(document: CarrierStatus) -> list[Row]:
    """B10, and all statuses in one LX."""
    rows: list[Row] = [
        ("B10", document.tracking_number, document.shipment_id, document.carrier),
        ("LX", "1"),
    ]
    for status in document.statuses:
        when = f"{status.at:%Y%m%d}", f"{status.at:%H%M}", "UT"
        rows.append(("AT7", status.code, status.reason or "NS", "", "", *when))
        rows += [("MS1", status.city, status.region)] if status.city or status.region else []
        rows += [("K1", status.text[:30])] if status.text else []
    return rows


def read(segments: Loop, currency: str = "USD") -> tuple[CarrierStatus | None, list[Finding]]:
    """Every AT7, wherever it stands, with the place and the words that follow it."""
    reading = Reading(segments)
    b10 = reading.head("B10")
    told = split(segments, "AT7")[1]
    if not told:
        reading.head("AT7")
    found = CarrierStatus(
        statuses=tuple(_status(reading, loop) for loop in told),
        shipment_id=b10.get(2),
        tracking_number=b10.get(1),
        carrier=b10.get(3),
    )
    return reading.done(found)


def _status(reading: Reading, loop: Loop) -> Status:
    at7, ms1 = loop[0], first(loop, "MS1")
    # The status of an appointment, where it is none of the shipment.
    place = 1 if at7.get(1) or not at7.get(3) else 3
    reading.day(at7, 5, "date")
    reason = at7.get(place + 1)
    return Status(
        code=reading.need(at7, place, "shipment status code"),
        at=instant(at7.get(5), at7.get(6)) or EPOCH,
        reason="" if reason == "NS" else reason,
        city=ms1.get(1) if ms1 else "",
        region=ms1.get(2) if ms1 else "",
        text=said(loop, "K1", at=1),
    )
