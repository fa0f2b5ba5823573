"""The control tower: what people look at when they ask where an order stands, and why."""

from crossdock import Service

from . import api, handlers
from .settings import ControlTowerSettings

service = Service(
    "control_tower",
    owns=("cases",),
    handlers=handlers.handles,
    settings=ControlTowerSettings,
    routes=api.routes,
    projection=True,  # what people decide about cases is said, and heard here again
)
