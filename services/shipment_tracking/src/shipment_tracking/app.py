"""The shipment tracking service: warehouses ship what was reserved, and everybody hears it once."""

from crossdock import Service

from . import api, handlers
from .settings import ShipmentTrackingSettings

service = Service(
    "shipment_tracking",
    owns=("shipments",),
    handlers=handlers.handles,
    settings=ShipmentTrackingSettings,
    routes=api.routes,
)
