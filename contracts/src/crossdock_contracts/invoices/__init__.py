"""Invoices and credit memos: the newest version of each event."""

from .v1 import (
    InvoiceCredited,
    InvoiceDisputed,
    InvoiceHeld,
    InvoiceIssued,
    InvoiceLine,
    InvoiceSettled,
)

__all__ = [
    "InvoiceCredited",
    "InvoiceDisputed",
    "InvoiceHeld",
    "InvoiceIssued",
    "InvoiceLine",
    "InvoiceSettled",
]
