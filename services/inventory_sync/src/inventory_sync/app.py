"""The inventory_sync service: never promise more than there is, oldest backorder first."""

from crossdock import Service

from . import api, handlers
from .settings import InventorySyncSettings

service = Service(
    "inventory_sync",
    owns=("inventory",),
    handlers=handlers.handles,
    settings=InventorySyncSettings,
    routes=api.routes,
)
