"""The returns service: only what shipped comes back, and all that does is settled."""

from crossdock import Service

from . import api, handlers
from .settings import ReturnsSettings

service = Service(
    "returns",
    owns=("returns",),
    handlers=handlers.handles,
    settings=ReturnsSettings,
    routes=api.routes,
)
