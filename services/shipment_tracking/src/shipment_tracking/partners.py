"""What partners say in documents, as the words that warehouses and carriers say over HTTP."""

from __future__ import annotations

from collections.abc import Sequence

from crossdock import Tx
from crossdock_contracts import LineQuantity, Reason
from crossdock_contracts.partners import ReceivingAdvised, ShipmentConfirmed, StatusReported

from . import store
from .domain import received
from .domain.model import CarrierEvent, Confirmation, ConfirmedLine, ConfirmedPackage
from .heard import same


def confirmation(event: ShipmentConfirmed) -> Confirmation:
    """A 3PL's advice as a warehouse's word; the same advice again is the same word."""
    lines = _flat(event.lines)
    nothing = Reason(code="nothing_shipped", text="the warehouse shipped nothing of it")
    return Confirmation(
        event_id=f"{event.partner_id}:{event.shipment_id}:{same(event).hex()[:16]}",
        kind="shipped" if lines else "failed",
        shipment_id=event.shipment_id,
        at=event.shipped_at,
        lines=lines,
        packages=tuple(
            ConfirmedPackage(
                contents=_flat(carton.contents),
                sscc=carton.sscc,
                tracking_number=carton.tracking_number,
            )
            for carton in event.cartons
        ),
        carrier=event.carrier,
        tracking_number=event.tracking_number,
        bill_of_lading=event.bill_of_lading,
        remainder=event.remainder,
        reason=None if lines else nothing,
    )


def milestones(event: StatusReported) -> list[CarrierEvent]:
    """A carrier's statuses as its words."""
    return [
        CarrierEvent(
            event_id=f"{event.carrier}:{status.status_id}",
            code=status.code,
            at=status.at,
            shipment_id=event.shipment_id,
            tracking_number=event.tracking_number or None,
            place=status.place,
            text=status.text,
            signed_by=status.signed_by,
        )
        for status in event.statuses
    ]


async def compare_receipt(tx: Tx, event: ReceivingAdvised) -> None:
    """Hold what the customer counted against what left."""
    shipment = await store.shipment(tx, event.shipment_id)
    if shipment is None:
        found: tuple[str, ...] = (f"no shipment is known as {event.shipment_id!r}",)
    else:
        found = received.differences(shipment, event.lines)
    if found:
        order_id = shipment.order_id if shipment else None
        tx.raise_exception(
            code="received_differs",
            text=f"{event.customer_id} received {event.shipment_id} otherwise: {'; '.join(found)}",
            team="customer_service",
            about=order_id or event.shipment_id,
            order_id=order_id,
            context={
                "shipment_id": event.shipment_id,
                "document_id": event.document_id,
                "counted_on": f"{event.counted_on}",
            },
        )


def _flat(lines: Sequence[LineQuantity]) -> tuple[ConfirmedLine, ...]:
    return tuple(ConfirmedLine.of(line) for line in lines)
