"""Partner documents: the newest version of each event."""

from .v1 import (
    AcknowledgementOverdue,
    AcknowledgementReceived,
    AdviceReceived,
    ChangedLine,
    ChangeReceived,
    Deduction,
    DocumentId,
    DocumentRejected,
    DocumentSent,
    PurchaseOrderLine,
    PurchaseOrderReceived,
    RemittanceReceived,
    RemittedDocument,
    RequestedReturn,
    ReturnRequested,
    SetCode,
)

__all__ = [
    "AcknowledgementOverdue",
    "AcknowledgementReceived",
    "AdviceReceived",
    "ChangeReceived",
    "ChangedLine",
    "Deduction",
    "DocumentId",
    "DocumentRejected",
    "DocumentSent",
    "PurchaseOrderLine",
    "PurchaseOrderReceived",
    "RemittanceReceived",
    "RemittedDocument",
    "RequestedReturn",
    "ReturnRequested",
    "SetCode",
]
