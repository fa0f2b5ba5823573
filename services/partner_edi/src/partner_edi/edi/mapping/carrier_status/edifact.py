"""The shipment status as EDIFACT IFTSTA."""

from __future__ import annotations

from datetime import datetime

from ...document import Row
from ...finding import Finding
from ..goods import moment, reference, stamp
from ..reading import EPOCH, Loop, Reading, first, said, split
from .model import CarrierStatus, Status

# X12's element 1650 and EDIFACT's 9011: picked up, arrived, delivered, on its way.
CODES = {"AF": "13", "X1": "1", "D1": "21", "X6": "31"}
CODES_BACK = {theirs: ours for ours, theirs in CODES.items()}


def write(document: CarrierStatus) -> list[Row]:
    """The segments from BGM to the last STS."""
    number = document.shipment_id or document.tracking_number
    rows: list[Row] = [("BGM", "23", number, "9")]
    rows += [("NAD", "CA", [document.carrier, "", "182"])] if document.carrier else []
    rows += [("RFF", ["CU", document.shipment_id])] if document.shipment_id else []
    rows.append(("CNI", "1", document.tracking_number))
    for status in document.statuses:
        code = CODES.get(status.code, status.code)
        rows.append(("STS", "1", code, [status.reason] if status.reason else ""))
        rows.append(stamp("334", status.at))
        rows += [("FTX", "AAI", "", "", status.text[:70])] if status.text else []
        if status.city or status.region:
            rows.append(("LOC", "7", ["", "", "", status.city], ["", "", "", status.region]))
    return rows


def read(segments: Loop, currency: str = "EUR") -> tuple[CarrierStatus | None, list[Finding]]:
    """Every STS with its moment; one without has the message's."""
    reading = Reading(segments)
    bgm = reading.head("BGM")
    head, told = split(segments, "STS")
    if not told:
        reading.head("STS")
    cni = first(head, "CNI")
    found = CarrierStatus(
        statuses=tuple(_status(reading, loop, moment(head, "137")) for loop in told),
        shipment_id=reference(head, "CU", "SI") or ("" if cni and cni.part(2) else bgm.part(2)),
        tracking_number=cni.part(2) if cni else "",
        carrier=_carrier(head),
    )
    return reading.done(found)


def _carrier(head: Loop) -> str:
    nad = first(head, "NAD", "CA")
    return nad.part(2) if nad else ""


def _status(reading: Reading, loop: Loop, otherwise: datetime | None) -> Status:
    sts, loc = loop[0], first(loop, "LOC")
    at = moment(loop, "334", "7", "178", "137") or otherwise
    if at is None:
        reading.head("DTM")
    code = reading.need(sts, 2, "status event")
    return Status(
        code=CODES_BACK.get(code, code),
        at=at or EPOCH,
        reason=sts.part(3),
        city=(loc.part(2, 4) or loc.part(2)) if loc else "",
        region=loc.part(3, 4) if loc else "",
        text=said(loop, "FTX", at=4),
    )
