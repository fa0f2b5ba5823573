"""Orders: the newest version of each event."""

from .v1 import (
    Channel,
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
from .v2 import OrderAccepted

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
