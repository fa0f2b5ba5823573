"""Inventory: the newest version of each event."""

from .v1 import (
    Availability,
    AvailabilityAnswered,
    AvailabilityAsked,
    CancellationApplied,
    DiscrepancyFound,
    LevelChanged,
    ReservationReleased,
    StockAdjusted,
    StockBackordered,
    StockReceived,
    StockReserved,
)

__all__ = [
    "Availability",
    "AvailabilityAnswered",
    "AvailabilityAsked",
    "CancellationApplied",
    "DiscrepancyFound",
    "LevelChanged",
    "ReservationReleased",
    "StockAdjusted",
    "StockBackordered",
    "StockReceived",
    "StockReserved",
]
