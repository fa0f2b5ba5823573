"""What carriers say: milestones on the way, and the delivery, once."""

from datetime import datetime

from msgspec.structs import replace

from crossdock import Tx
from crossdock_contracts.shipments import MilestoneRecorded, ShipmentDelivered

from . import domain, store
from .confirmations import Answer, once, unknown
from .domain import CarrierEvent, Shipment


async def hear_carrier(tx: Tx, said: CarrierEvent) -> Answer:
    """Let a carrier's message take effect once, on every shipment it names."""

    async def take() -> Answer:
        shipments = await _meant(tx, said)
        if not shipments:
            raise unknown(said)
        after = [_record(tx, shipment, said) for shipment in shipments]
        return Answer(shipment_id=after[0].shipment_id, state=after[0].state)

    return await once(tx, "carrier", said, take)


async def catch_up(tx: Tx, shipment: Shipment) -> Shipment:
    """The carrier may have been faster than the warehouse: believe now what waited."""
    if shipment.delivered_at is not None:
        shipment = _deliver(tx, shipment, shipment.delivered_at, shipment.signed_by)
    await _lock_number(tx, shipment.tracking_number)
    answer = Answer(shipment_id=shipment.shipment_id, state=shipment.state)
    for event in await store.take_unmatched(tx, shipment.tracking_number, answer):
        shipment = _record(tx, shipment, event)
    return shipment


async def _meant(tx: Tx, said: CarrierEvent) -> list[Shipment]:
    if said.shipment_id:
        shipment = await store.lock_shipment(tx, said.shipment_id)
        return [] if shipment is None else [shipment]
    number = said.tracking_number or ""
    await _lock_number(tx, number)
    return await store.lock_by_tracking_number(tx, number)


async def _lock_number(tx: Tx, tracking_number: str) -> None:
    """Or a message that arrives while its shipment is being confirmed would wait for ever."""
    await tx.lock(f"tracking_number:{tracking_number}")


def _record(tx: Tx, shipment: Shipment, said: CarrierEvent) -> Shipment:
    store.add_milestone(tx, shipment.shipment_id, said)
    tx.emit(
        MilestoneRecorded(
            order_id=shipment.order_id,
            shipment_id=shipment.shipment_id,
            milestone_id=said.event_id,
            code=said.code,
            recorded_at=said.at,
            place=said.place,
            text=said.text,
        )
    )
    match domain.delivery(shipment, said.code):
        case "now":
            return _deliver(tx, shipment, said.at, said.signed_by)
        case "none":
            return shipment
        case why:
            return _contradict(tx, shipment, said, why)


def _deliver(tx: Tx, shipment: Shipment, at: datetime, signed_by: str) -> Shipment:
    store.mark_delivered(tx, shipment.shipment_id, "delivered", at, signed_by)
    tx.emit(
        ShipmentDelivered(
            order_id=shipment.order_id,
            shipment_id=shipment.shipment_id,
            delivered_at=at,
            signed_by=signed_by,
        )
    )
    return replace(shipment, state="delivered", delivered_at=at, signed_by=signed_by)


def _contradict(tx: Tx, shipment: Shipment, said: CarrierEvent, why: str) -> Shipment:
    """Delivered, says the carrier, but the warehouse never said shipped: its word is missing."""
    store.mark_delivered(tx, shipment.shipment_id, shipment.state, said.at, said.signed_by)
    tx.raise_exception(
        code=f"delivered_{why}",
        text=f"{shipment.shipment_id} was delivered but is {shipment.state} here",
        team="warehouse",
        about=shipment.order_id,
        order_id=shipment.order_id,
        context={"shipment_id": shipment.shipment_id, "event_id": said.event_id},
    )
    return replace(shipment, delivered_at=said.at, signed_by=said.signed_by)
