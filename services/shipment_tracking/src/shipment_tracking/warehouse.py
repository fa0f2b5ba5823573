"""What warehouses say: picked, packed, shipped or failed, and what follows from it."""

from msgspec.structs import replace

from crossdock import Tx
from crossdock_contracts import LineQuantity, Reason
from crossdock_contracts.shipments import (
    Package,
    ShipmentFailed,
    ShipmentPacked,
    ShipmentPicked,
    ShipmentShipped,
)

from . import carrier, domain, packing, store
from .confirmations import Answer, once, unknown
from .domain import Confirmation, ConfirmedPackage, Shipment, State
from .handlers import request_shipment


async def hear_warehouse(tx: Tx, said: Confirmation, gs1_prefix: str) -> Answer:
    """Let a warehouse's confirmation take effect once."""

    async def take() -> Answer:
        shipment = await store.lock_shipment(tx, said.shipment_id)
        if shipment is None:
            raise unknown(said)
        state = domain.advance(shipment, said.kind)
        after = await _take(tx, shipment, said, state, gs1_prefix)
        return Answer(shipment_id=after.shipment_id, state=after.state, packages=after.packages)

    return await once(tx, "warehouse", said, take)


async def _take(
    tx: Tx, shipment: Shipment, said: Confirmation, state: State, prefix: str
) -> Shipment:
    match said.kind:
        case "picked":
            return _picked(tx, shipment, said, state)
        case "packed":
            return await _packed(tx, shipment, said, state, prefix)
        case "shipped":
            return await _shipped(tx, shipment, said, state, prefix)
        case "failed":
            return _failed(tx, shipment, said)


def _picked(tx: Tx, shipment: Shipment, said: Confirmation, state: State) -> Shipment:
    lines = domain.confirmed(shipment.asked, domain.some(said.lines, said.kind))
    store.mark_picked(tx, shipment.shipment_id, state, said.at)
    tx.emit(
        ShipmentPicked(
            order_id=shipment.order_id,
            shipment_id=shipment.shipment_id,
            warehouse_id=shipment.warehouse_id,
            picked_at=said.at,
            lines=lines,
        )
    )
    return replace(shipment, state=state, picked_at=said.at)


async def _packed(
    tx: Tx, shipment: Shipment, said: Confirmation, state: State, prefix: str
) -> Shipment:
    listed = domain.confirmed(shipment.asked, said.lines) or shipment.asked
    lines = packing.check_packages(shipment.asked, said.packages) or listed
    boxes = packing.boxed(said.packages, shipment.packages, lines)
    packages = await _label(tx, boxes, lines, prefix)
    store.mark_packed(tx, shipment.shipment_id, state, said.at, packages)
    tx.emit(
        ShipmentPacked(
            order_id=shipment.order_id,
            shipment_id=shipment.shipment_id,
            packed_at=said.at,
            packages=packages,
        )
    )
    return replace(shipment, state=state, packed_at=said.at, packages=packages)


async def _shipped(
    tx: Tx, shipment: Shipment, said: Confirmation, state: State, prefix: str
) -> Shipment:
    lines = domain.confirmed(shipment.asked, domain.some(said.lines, said.kind))
    packing.check_packages(shipment.asked, said.packages)
    rest = domain.missing(shipment.asked, lines)
    follows = said.remainder == "follows"
    boxes = packing.boxed(said.packages, shipment.packages, lines)
    after = replace(
        shipment,
        state=state,
        shipped_at=said.at,
        lines=domain.booked(shipment, lines, follows),
        packages=await _label(tx, boxes, lines, prefix),
        carrier=said.carrier,
        tracking_number=said.tracking_number,
        bill_of_lading=said.bill_of_lading,
    )
    store.mark_shipped(tx, after)
    tx.emit(_dispatch(after, lines, () if follows else rest))
    if rest and follows:
        await _follow_up(tx, after, rest)
    return await carrier.catch_up(tx, after)


def _dispatch(
    shipment: Shipment, lines: tuple[LineQuantity, ...], short: tuple[LineQuantity, ...]
) -> ShipmentShipped:
    assert shipment.shipped_at is not None
    return ShipmentShipped(
        order_id=shipment.order_id,
        shipment_id=shipment.shipment_id,
        warehouse_id=shipment.warehouse_id,
        shipped_at=shipment.shipped_at,
        lines=lines,
        short=short,
        carrier=shipment.carrier,
        tracking_number=shipment.tracking_number,
        bill_of_lading=shipment.bill_of_lading,
        packages=shipment.packages,
        ship_to=shipment.ship_to,
    )


async def _follow_up(tx: Tx, shipment: Shipment, rest: tuple[LineQuantity, ...]) -> None:
    numbers = await store.take_numbers(tx, shipment.order_id, 1)
    assert numbers is not None
    tx.emit(
        request_shipment(
            tx,
            shipment.order_id,
            numbers.taken + 1,
            warehouse_id=shipment.warehouse_id,
            lines=rest,
            ship_to=shipment.ship_to,
            split_from=shipment.shipment_id,
        )
    )


def _failed(tx: Tx, shipment: Shipment, said: Confirmation) -> Shipment:
    reason = said.reason
    if not isinstance(reason, Reason):
        reason = Reason(code="warehouse_failed", text=reason or "no reason was given")
    store.mark_failed(tx, shipment.shipment_id, said.at)
    tx.emit(
        ShipmentFailed(
            order_id=shipment.order_id,
            shipment_id=shipment.shipment_id,
            warehouse_id=shipment.warehouse_id,
            failed_at=said.at,
            reason=reason,
            lines=shipment.left or shipment.asked,
        )
    )
    return replace(shipment, state="failed", failed_at=said.at)


async def _label(
    tx: Tx, boxes: tuple[ConfirmedPackage, ...], lines: tuple[LineQuantity, ...], prefix: str
) -> tuple[Package, ...]:
    serials = await store.take_serials(tx, packing.unlabelled(boxes))
    return packing.labelled(boxes, lines, prefix, serials)
