"""Shipments: the newest version of each event."""

from .v1 import (
    CarrierAssigned,
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
    "CarrierAssigned",
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
