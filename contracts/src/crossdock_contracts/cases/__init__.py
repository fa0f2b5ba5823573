"""Cases for people: the newest version of each event."""

from .v1 import (
    CaseAssigned,
    CaseOpened,
    CaseResolved,
)

__all__ = [
    "CaseAssigned",
    "CaseOpened",
    "CaseResolved",
]
