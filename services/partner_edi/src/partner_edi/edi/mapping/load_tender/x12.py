"""The load tender as X12 204: a stop to load, a stop to unload."""

from __future__ import annotations

from datetime import datetime

from crossdock_contracts import Address, Money

from ...document import Row
from ...finding import Finding
from ...segments import implied
from ..goods import place
from ..lines import place as placed
from ..reading import Loop, Reading, first, instant, referred, said, split
from .model import LoadTender


def write(document: LoadTender) -> list[Row]:
    """The segments from B2 to L3."""
    purpose = "01" if document.purpose == "cancellation" else "00"
    rows: list[Row] = [
        ("B2", "", document.carrier, "", document.shipment_id, "", "PP"),
        ("B2A", purpose, "LT"),
    ]
    rows += [("C3", document.charge.currency)] if document.charge else []
    rows += [
        *_stop(1, "CL", document, "SH", document.ship_from),
        *_stop(2, "CU", document, "CN", document.ship_to),
    ]
    charge = implied(document.charge.amount) if document.charge else ""
    pieces = str(document.packages) if document.packages else ""
    return [*rows, ("L3", "", "", "", "", charge, "", "", "", "", "", pieces)]


def _stop(number: int, reason: str, document: LoadTender, role: str, where: Address) -> list[Row]:
    rows: list[Row] = [("S5", str(number), reason)]
    rows += [("L11", document.order_number, "PO")] if document.order_number else []
    moment = document.pickup_at if number == 1 else document.deliver_by
    if moment:
        # Not before, for the pick-up; no later than, for the delivery.
        date_is, time_is = ("37", "I") if number == 1 else ("54", "L")
        rows.append(("G62", date_is, f"{moment:%Y%m%d}", time_is, f"{moment:%H%M}"))
    rows += placed(role, where)
    rows += [("L5", str(number), document.description[:50])] if document.description else []
    return rows


def read(segments: Loop, currency: str = "USD") -> tuple[LoadTender | None, list[Finding]]:
    """The tender; a load with more stops is read by its first and its last."""
    reading = Reading(segments)
    b2 = reading.head("B2")
    head, stops = split(segments, "S5")
    load, unload = (stops[0], stops[-1]) if stops else ((), ())
    l3 = first(segments, "L3")
    charge = reading.number(l3, 5, "charge") if l3 and l3.get(5) else None
    paid_in = said(head, "C3", at=1) or currency
    tender = LoadTender(
        shipment_id=reading.need(b2, 4, "shipment identification number"),
        carrier=b2.get(2),
        ship_from=place(load, "SH", "SF") or Address(name=""),
        ship_to=place(unload, "CN", "ST") or Address(name=""),
        purpose="cancellation" if said(head, "B2A", at=1) == "01" else "original",
        pickup_at=_moment(load, "37", "10", "69"),
        deliver_by=_moment(unload, "54", "02", "70"),
        order_number=referred(load, "PO"),
        packages=int(l3.get(11)) if l3 and l3.get(11).isdigit() else 0,
        charge=None if charge is None else Money(charge.scaleb(-2), paid_in),
        description=said(load, "L5"),
    )
    return reading.done(tender)


def _moment(loop: Loop, *kinds: str) -> datetime | None:
    found = first(loop, "G62", *kinds)
    return instant(found.get(2), found.get(4)) if found else None
