"""Shipments, version 1. Owner: shipment_tracking. Key: the order id."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from ..event import Event
from ..values import (
    Address,
    FreightCharge,
    Instant,
    LineQuantity,
    Money,
    OrderId,
    PartnerId,
    Person,
    Reason,
    ShipmentId,
    Value,
    WarehouseId,
)

Sscc = Annotated[
    str,
    Meta(
        pattern="^[0-9]{18}$", description="GS1 serial shipping container code, check digit last."
    ),
]


class Package(Value, frozen=True):
    """One carton or pallet with its licence plate and contents."""

    sscc: Sscc
    contents: tuple[LineQuantity, ...]
    tracking_number: str = ""


class ShipmentRequested(Event, frozen=True, kw_only=True, tag="shipments.requested.v1"):
    """A warehouse was asked to ship these lines. One request is one dispatch."""

    order_id: OrderId
    shipment_id: ShipmentId
    warehouse_id: WarehouseId
    requested_at: Instant
    lines: tuple[LineQuantity, ...]
    ship_to: Address
    split_from: Annotated[
        ShipmentId | None, Meta(description="The shipment whose remainder this is.")
    ] = None
    partner_id: Annotated[
        PartnerId | None,
        Meta(description="The 3PL that is asked by EDI; none: its system is asked."),
    ] = None


class CarrierAssigned(Event, frozen=True, kw_only=True, tag="shipments.carrier_assigned.v1"):
    """A carrier shall take the shipment, for these charges: what its bill will be held against."""

    order_id: OrderId
    shipment_id: ShipmentId
    warehouse_id: WarehouseId
    carrier: Annotated[str, Meta(description="Standard carrier alpha code (SCAC).")]
    assigned_at: Instant
    quoted: tuple[FreightCharge, ...]
    total: Money
    ship_to: Address
    lines: tuple[LineQuantity, ...]
    pickup_at: Instant | None = None


class ShipmentPicked(Event, frozen=True, kw_only=True, tag="shipments.picked.v1"):
    """The warehouse took the goods from their bins."""

    order_id: OrderId
    shipment_id: ShipmentId
    warehouse_id: WarehouseId
    picked_at: Instant
    lines: tuple[LineQuantity, ...]


class ShipmentPacked(Event, frozen=True, kw_only=True, tag="shipments.packed.v1"):
    """The goods stand in labelled packages."""

    order_id: OrderId
    shipment_id: ShipmentId
    packed_at: Instant
    packages: tuple[Package, ...]


class ShipmentShipped(Event, frozen=True, kw_only=True, tag="shipments.shipped.v1"):
    """The carrier has the goods. Only what is in `lines` left; only that may be billed."""

    order_id: OrderId
    shipment_id: ShipmentId
    warehouse_id: WarehouseId
    shipped_at: Instant
    lines: tuple[LineQuantity, ...]
    short: Annotated[
        tuple[LineQuantity, ...],
        Meta(description="Asked for, but the warehouse could not find it and will not ship it."),
    ] = ()
    carrier: Annotated[str, Meta(description="Standard carrier alpha code (SCAC).")] = ""
    tracking_number: str = ""
    bill_of_lading: str = ""
    packages: tuple[Package, ...] = ()
    ship_to: Address | None = None


class MilestoneRecorded(Event, frozen=True, kw_only=True, tag="shipments.milestone_recorded.v1"):
    """The carrier said where the goods are."""

    order_id: OrderId
    shipment_id: ShipmentId
    milestone_id: str
    code: Annotated[str, Meta(description="X12 element 1650, such as AF, X1, D1.")]
    recorded_at: Instant
    place: str = ""
    text: str = ""


class ShipmentDelivered(Event, frozen=True, kw_only=True, tag="shipments.delivered.v1"):
    """The customer has the goods, with proof of delivery (POD)."""

    order_id: OrderId
    shipment_id: ShipmentId
    delivered_at: Instant
    signed_by: Person = ""


class ShipmentFailed(Event, frozen=True, kw_only=True, tag="shipments.failed.v1"):
    """The dispatch will not happen, or the goods were lost on their way."""

    order_id: OrderId
    shipment_id: ShipmentId
    warehouse_id: WarehouseId
    failed_at: Instant
    reason: Reason
    lines: tuple[LineQuantity, ...]


class FreightCharged(Event, frozen=True, kw_only=True, tag="shipments.freight_charged.v1"):
    """The carrier's charge for one shipment."""

    order_id: OrderId
    shipment_id: ShipmentId
    charge_id: str
    carrier: str
    amount: Money
    charged_at: Instant
    charges: tuple[FreightCharge, ...] = ()
