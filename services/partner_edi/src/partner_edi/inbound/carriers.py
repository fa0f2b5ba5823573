"""What carriers send: whether they take a load, where it is, and what they ask for it."""

from __future__ import annotations

import re

from crossdock import Tx
from crossdock_contracts import Money
from crossdock_contracts.partners import CarrierStatus as Told
from crossdock_contracts.partners import (
    FreightBilled,
    FreightTolerance,
    StatusReported,
    TenderAnswered,
)

from ..edi.mapping.carrier_status.model import CarrierStatus, Status
from ..edi.mapping.freight_invoice.model import FreightInvoice
from ..edi.mapping.tender_response.model import TenderResponse
from .incoming import Incoming, unmatched

OURS = re.compile(r"SHP-[0-9A-Z-]+")


async def take_answer(tx: Tx, incoming: Incoming) -> None:
    """Say whether the carrier takes a load of ours."""
    told: TenderResponse = incoming.model
    if not OURS.fullmatch(told.shipment_id):
        unmatched(tx, incoming, "shipment", told.shipment_id)
        return
    tx.emit(
        TenderAnswered(
            **incoming.source(tx),
            reference=told.shipment_id,
            carrier=incoming.profile.party_id,
            shipment_id=told.shipment_id,
            answer=told.answer,
            reason=told.reason,
        )
    )


async def take_status(tx: Tx, incoming: Incoming) -> None:
    """Say where a shipment is; the same news told again has the same id."""
    told: CarrierStatus = incoming.model
    shipment_id, number = _names(told.shipment_id, told.tracking_number)
    about = shipment_id or number
    if not about:
        unmatched(tx, incoming, "shipment", told.reference)
        return
    tx.emit(
        StatusReported(
            **incoming.source(tx),
            reference=about,
            carrier=incoming.profile.party_id,
            statuses=tuple(_status(about, status) for status in told.statuses),
            shipment_id=shipment_id or None,
            tracking_number=number,
        )
    )


def _status(about: str, told: Status) -> Told:
    return Told(
        status_id=f"{about}:{told.code}:{told.at:%Y%m%d%H%M%S}",
        code=told.code,
        at=told.at,
        place=" ".join(part for part in (told.city, told.region) if part),
        text=told.text,
    )


async def take_bill(tx: Tx, incoming: Incoming) -> None:
    """Say what the carrier bills, with the tolerance that was agreed with it."""
    told: FreightInvoice = incoming.model
    shipment_id, number = _names(told.shipment_id, told.tracking_number)
    agreed = incoming.profile.tolerances
    tx.emit(
        FreightBilled(
            **incoming.source(tx),
            reference=told.invoice_number,
            carrier=incoming.profile.party_id,
            invoice_number=told.invoice_number,
            billed_on=told.billed_on,
            total=told.total,
            charges=told.charges,
            tolerance=FreightTolerance(
                amount=Money(agreed.freight_amount, incoming.profile.currency),
                rate=agreed.freight_percent.scaleb(-2),
            ),
            shipment_id=shipment_id or None,
            tracking_number=number,
        )
    )


def _names(shipment_id: str, number: str) -> tuple[str, str]:
    """Our number when it is one, and the carrier's own."""
    if OURS.fullmatch(shipment_id):
        return shipment_id, number
    return "", number or shipment_id
