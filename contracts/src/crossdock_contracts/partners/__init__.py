"""Partner documents: the newest version of each event."""

from .v1 import (
    AcknowledgementOverdue,
    AcknowledgementReceived,
    AdviceReceived,
    ChangeReceived,
    DocumentId,
    DocumentRejected,
    DocumentSent,
    PurchaseOrderLine,
    PurchaseOrderReceived,
    SetCode,
)

__all__ = [
    "AcknowledgementOverdue",
    "AcknowledgementReceived",
    "AdviceReceived",
    "ChangeReceived",
    "DocumentId",
    "DocumentRejected",
    "DocumentSent",
    "PurchaseOrderLine",
    "PurchaseOrderReceived",
    "SetCode",
]
