"""The ERP bridge: the ERP's master data becomes events, and our documents become its bookings."""

from crossdock import Service

from . import api, handlers
from .settings import ErpBridgeSettings

service = Service(
    "erp_bridge",
    owns=("catalog", "postings"),
    handlers=handlers.handles,
    settings=ErpBridgeSettings,
    routes=api.routes,
)
