"""Order intake: an order becomes canonical here, and is followed from here to its end."""

from crossdock import Service

from . import api, handlers
from .settings import OrderIntakeSettings

service = Service(
    "order_intake",
    owns=("orders",),
    handlers=handlers.handles,
    settings=OrderIntakeSettings,
    routes=api.routes,
)
