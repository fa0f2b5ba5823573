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
    Sscc,
)
from .v2 import Carton, ShipmentShipped, cartons

__all__ = [
    "Carton",
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
    "cartons",
]
