"""Shipments: the newest version of each event."""

from .v1 import (
    FreightCharged,
    MilestoneRecorded,
    Package,
    ShipmentDelivered,
    ShipmentFailed,
    ShipmentPacked,
    ShipmentPicked,
    ShipmentRequested,
    ShipmentShipped,
    Sscc,
)

__all__ = [
    "FreightCharged",
    "MilestoneRecorded",
    "Package",
    "ShipmentDelivered",
    "ShipmentFailed",
    "ShipmentPacked",
    "ShipmentPicked",
    "ShipmentRequested",
    "ShipmentShipped",
    "Sscc",
]
