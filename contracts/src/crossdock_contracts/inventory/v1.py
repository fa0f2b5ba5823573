"""Inventory, version 1. Owner: inventory_sync. Key: the order id, or the SKU for stock levels."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from ..event import Event, Question
from ..values import (
    Allocation,
    Instant,
    LineQuantity,
    OrderId,
    Person,
    Quantity,
    Reason,
    Sku,
    Value,
    WarehouseId,
)


class StockReserved(Event, frozen=True, kw_only=True, tag="inventory.reserved.v1"):
    """Stock is set aside for these lines; the warehouses named may ship it."""

    order_id: OrderId
    reservation_id: str
    reserved_at: Instant
    allocations: tuple[Allocation, ...]
    from_backorder: Annotated[
        bool, Meta(description="True when the lines were backordered before.")
    ] = False


class StockBackordered(Event, frozen=True, kw_only=True, tag="inventory.backordered.v1"):
    """No stock now; reserved by itself, oldest first, when some arrives."""

    order_id: OrderId
    backordered_at: Instant
    lines: tuple[LineQuantity, ...]


class ReservationReleased(
    Event, frozen=True, kw_only=True, tag="inventory.reservation_released.v1"
):
    """Stock that was set aside is free again: the warehouse could not find or not ship it."""

    order_id: OrderId
    released_at: Instant
    allocations: tuple[Allocation, ...]
    reason: Reason


class CancellationApplied(
    Event, frozen=True, kw_only=True, tag="inventory.cancellation_applied.v1"
):
    """The answer to a cancelled order: what waits no more, and what a warehouse has already."""

    order_id: OrderId
    customer_id: Annotated[str, Meta(description="As the cancellation gave it.")] = ""
    applied_at: Instant
    dropped: Annotated[
        tuple[LineQuantity, ...], Meta(description="Was backordered, and will not be reserved.")
    ] = ()
    kept: Annotated[
        tuple[LineQuantity, ...],
        Meta(description="Was reserved before the word came: it ships, and is not cancelled."),
    ] = ()


class StockReceived(Event, frozen=True, kw_only=True, tag="inventory.received.v1"):
    """Goods came into a warehouse and were counted."""

    key_fields: ClassVar[tuple[str, ...]] = ("sku",)
    receipt_id: str
    sku: Sku
    warehouse_id: WarehouseId
    quantity: Quantity
    received_at: Instant
    source: Literal["opening", "purchase", "transfer", "return"] = "purchase"
    reference: Annotated[str, Meta(description="Purchase order, ASN or RMA it came with.")] = ""


class StockAdjusted(Event, frozen=True, kw_only=True, tag="inventory.adjusted.v1"):
    """A count or a correction changed what is on hand; negative takes away."""

    key_fields: ClassVar[tuple[str, ...]] = ("sku",)
    adjustment_id: str
    sku: Sku
    warehouse_id: WarehouseId
    quantity: Quantity
    adjusted_at: Instant
    adjusted_by: Person
    reason: Reason


class LevelChanged(Event, frozen=True, kw_only=True, tag="inventory.level_changed.v1"):
    """What one warehouse holds of one SKU now; available is on hand less reserved.

    Said within half a second of a change; of several changes meanwhile, only the last.
    """

    key_fields: ClassVar[tuple[str, ...]] = ("sku",)
    sku: Sku
    warehouse_id: WarehouseId
    on_hand: Quantity
    reserved: Quantity
    available: Quantity
    changed_at: Instant


class DiscrepancyFound(Event, frozen=True, kw_only=True, tag="inventory.discrepancy_found.v1"):
    """The books and the warehouse disagree about a SKU."""

    key_fields: ClassVar[tuple[str, ...]] = ("sku",)
    sku: Sku
    warehouse_id: WarehouseId
    expected: Quantity
    found: Quantity
    found_at: Instant
    text: str


class Availability(Value, frozen=True):
    """Available-to-promise of one SKU over all warehouses."""

    sku: Sku
    available: Quantity
    by_warehouse: dict[str, Quantity] = {}


class AvailabilityAnswered(Value, frozen=True):
    """The answer to AvailabilityAsked; SKUs that are not known are absent."""

    items: tuple[Availability, ...]


class AvailabilityAsked(
    Question[AvailabilityAnswered], frozen=True, kw_only=True, tag="inventory.asked.v1"
):
    """How much of these SKUs could be promised right now?"""

    skus: tuple[str, ...]
