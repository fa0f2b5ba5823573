"""Payments: the newest version of each event."""

from .v1 import (
    PaymentApplied,
    PaymentReceived,
    Remittance,
)

__all__ = [
    "PaymentApplied",
    "PaymentReceived",
    "Remittance",
]
