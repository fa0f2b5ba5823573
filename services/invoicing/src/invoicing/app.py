"""The invoicing service: what shipped becomes an invoice, once, and is paid or credited once."""

from crossdock import Service

from . import api, handlers
from .settings import InvoicingSettings

service = Service(
    "invoicing",
    owns=("invoices", "payments"),
    handlers=handlers.handles,
    settings=InvoicingSettings,
    routes=api.routes,
)
