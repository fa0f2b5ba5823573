"""What is said of a shipment when something happened to it."""

from datetime import datetime

from crossdock_contracts import LineQuantity, Reason
from crossdock_contracts.shipments import (
    MilestoneRecorded,
    Package,
    ShipmentDelivered,
    ShipmentFailed,
    ShipmentPacked,
    ShipmentPicked,
    ShipmentShipped,
    cartons,
)

from .model import CarrierEvent, Confirmation, Shipment

Lines = tuple[LineQuantity, ...]


def picked(it: Shipment, at: datetime, lines: Lines) -> ShipmentPicked:
    """The goods left their bins."""
    return ShipmentPicked(
        order_id=it.order_id,
        shipment_id=it.shipment_id,
        warehouse_id=it.warehouse_id,
        picked_at=at,
        lines=lines,
    )


def packed(it: Shipment, at: datetime, packages: tuple[Package, ...]) -> ShipmentPacked:
    """The goods stand in labelled packages."""
    return ShipmentPacked(
        order_id=it.order_id, shipment_id=it.shipment_id, packed_at=at, packages=packages
    )


def shipped(it: Shipment, at: datetime, lines: Lines, short: Lines) -> ShipmentShipped:
    """The carrier has the goods."""
    return ShipmentShipped(
        order_id=it.order_id,
        shipment_id=it.shipment_id,
        warehouse_id=it.warehouse_id,
        shipped_at=at,
        lines=lines,
        cartons=cartons(lines, it.packages, next(iter(it.tracking_numbers), "")),
        short=short,
        carrier=it.carrier,
        bill_of_lading=it.bill_of_lading,
        ship_to=it.ship_to,
    )


def failed(it: Shipment, said: Confirmation) -> ShipmentFailed:
    """What left is lost, or what was asked for will not leave."""
    reason = said.reason
    if not isinstance(reason, Reason):
        reason = Reason(code="warehouse_failed", text=reason or "no reason was given")
    return ShipmentFailed(
        order_id=it.order_id,
        shipment_id=it.shipment_id,
        warehouse_id=it.warehouse_id,
        failed_at=said.at,
        reason=reason,
        lines=it.left or it.asked,
    )


def milestone(it: Shipment, said: CarrierEvent) -> MilestoneRecorded:
    """The carrier said where the goods are."""
    return MilestoneRecorded(
        order_id=it.order_id,
        shipment_id=it.shipment_id,
        milestone_id=said.event_id,
        code=said.code,
        recorded_at=said.at,
        place=said.place,
        text=said.text,
    )


def delivered(it: Shipment, at: datetime, signed_by: str) -> ShipmentDelivered:
    """The customer has the goods."""
    return ShipmentDelivered(
        order_id=it.order_id, shipment_id=it.shipment_id, delivered_at=at, signed_by=signed_by
    )
