"""The partner EDI service: documents from partners become orders, orders become documents."""

from crossdock import Service

from . import api, handlers
from .logistics import api as logistics_api
from .logistics import handlers as logistics  # noqa: F401 - its handlers join the others
from .settings import PartnerEdiSettings
from .transports import http, status

service = Service(
    "partner_edi",
    owns=("partners",),
    handlers=handlers.handles,
    settings=PartnerEdiSettings,
    routes=[*api.routes, *logistics_api.routes, *http.routes, status.list_transports],
)
