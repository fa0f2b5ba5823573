"""Returns: the newest version of each event."""

from .v1 import (
    InspectedLine,
    ReturnAuthorized,
    ReturnClosed,
    ReturnInspected,
    ReturnLine,
    ReturnReceived,
    ReturnRejected,
)

__all__ = [
    "InspectedLine",
    "ReturnAuthorized",
    "ReturnClosed",
    "ReturnInspected",
    "ReturnLine",
    "ReturnReceived",
    "ReturnRejected",
]
