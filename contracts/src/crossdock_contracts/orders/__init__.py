"""Orders: the newest version of each event."""

from .v1 import (
    AnsweredChange,
    Channel,
    OrderCancelled,
    OrderChangeAnswered,
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
    "AnsweredChange",
    "Channel",
    "OrderAccepted",
    "OrderCancelled",
    "OrderChangeAnswered",
    "OrderChanged",
    "OrderCompleted",
    "OrderHeld",
    "OrderLine",
    "OrderPlaced",
    "OrderRejected",
    "OrderReleased",
    "RequestedLine",
]
