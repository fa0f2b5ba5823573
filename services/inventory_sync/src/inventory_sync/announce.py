"""What changed in the books, as events."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from crossdock_contracts import Allocation, Event, LineQuantity, Quantity, Reason
from crossdock_contracts.inventory import (
    CancellationApplied,
    LevelChanged,
    ReservationReleased,
    StockAdjusted,
    StockBackordered,
    StockReceived,
    StockReserved,
)
from crossdock_contracts.orders import OrderCancelled

from .allocation import Cancelled
from .domain import Demand, Movement, Portion, plain


def reserved(
    taken: Iterable[Portion], now: datetime, cause: str, from_backorder: bool = False
) -> list[Event]:
    """One event per order; `cause` is the document that made the stock available."""
    return [
        StockReserved(
            order_id=order_id,
            reservation_id=f"{order_id}:{cause}",
            reserved_at=now,
            allocations=_allocations(portions),
            from_backorder=from_backorder,
        )
        for order_id, portions in _by_order(taken).items()
    ]


def released(freed: Iterable[Portion], now: datetime, reason: Reason) -> list[Event]:
    """Reservations that are no more."""
    return [
        ReservationReleased(
            order_id=order_id,
            released_at=now,
            allocations=_allocations(portions),
            reason=reason,
        )
        for order_id, portions in _by_order(freed).items()
    ]


def backordered(order_id: str, lines: Iterable[Demand | Portion], now: datetime) -> list[Event]:
    """What of one order waits from now on; nothing when nothing does."""
    waiting = _quantities(lines)
    if not waiting:
        return []
    return [StockBackordered(order_id=order_id, backordered_at=now, lines=waiting)]


def cancelled(event: OrderCancelled, gone: Cancelled, now: datetime) -> CancellationApplied:
    """What a cancellation came in time for, and what it did not."""
    return CancellationApplied(
        order_id=event.order_id,
        customer_id=event.customer_id,
        applied_at=now,
        dropped=_quantities(gone.dropped),
        kept=_quantities(gone.kept),
    )


def level(row: Mapping[str, Any], now: datetime) -> LevelChanged:
    """What one warehouse holds of one SKU."""
    uom = row["uom"]
    return LevelChanged(
        sku=row["sku"],
        warehouse_id=row["warehouse_id"],
        on_hand=Quantity(plain(row["on_hand"]), uom),
        reserved=Quantity(plain(row["reserved"]), uom),
        available=Quantity(plain(row["available"]), uom),
        changed_at=now,
    )


def received(receipt_id: str, movement: Movement, now: datetime) -> StockReceived:
    """Goods that came in."""
    return StockReceived(
        receipt_id=receipt_id,
        sku=movement.sku,
        warehouse_id=movement.warehouse_id,
        quantity=Quantity(plain(movement.quantity), movement.uom),
        received_at=now,
        source=movement.source or "purchase",  # type: ignore[arg-type]  # checked where it came in
        reference=movement.reference,
    )


def adjusted(
    adjustment_id: str, movement: Movement, now: datetime, reason: Reason
) -> StockAdjusted:
    """A correction of what is on hand."""
    return StockAdjusted(
        adjustment_id=adjustment_id,
        sku=movement.sku,
        warehouse_id=movement.warehouse_id,
        quantity=Quantity(plain(movement.quantity), movement.uom),
        adjusted_at=now,
        adjusted_by=movement.booked_by,
        reason=reason,
    )


def _quantities(lines: Iterable[Demand | Portion]) -> tuple[LineQuantity, ...]:
    return tuple(
        LineQuantity(
            line_no=line.line_no,
            sku=line.sku,
            quantity=Quantity(plain(line.quantity), line.uom),
        )
        for line in lines
    )


def _allocations(portions: Iterable[Portion]) -> tuple[Allocation, ...]:
    return tuple(
        Allocation(
            line_no=portion.line_no,
            sku=portion.sku,
            warehouse_id=portion.warehouse_id,
            quantity=Quantity(plain(portion.quantity), portion.uom),
        )
        for portion in portions
    )


def _by_order(portions: Iterable[Portion]) -> dict[str, list[Portion]]:
    orders = defaultdict(list)
    for portion in portions:
        orders[portion.order_id].append(portion)
    return orders
