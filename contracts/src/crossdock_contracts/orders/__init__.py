"""Orders: the newest version of each event."""

from .v1 import (
    Channel,
    OrderAccepted,
    OrderCancelled,
    OrderChanged,
    OrderCompleted,
    OrderHeld,
    OrderLine,
    OrderPlaced,
    OrderRejected,
    OrderReleased,
    RequestedLine,
)

__all__ = [
    "Channel",
    "OrderAccepted",
    "OrderCancelled",
    "OrderChanged",
    "OrderCompleted",
    "OrderHeld",
    "OrderLine",
    "OrderPlaced",
    "OrderRejected",
    "OrderReleased",
    "RequestedLine",
]
