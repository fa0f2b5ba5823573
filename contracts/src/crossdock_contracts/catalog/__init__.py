"""Master data: the newest version of each event."""

from .v1 import (
    CreditChanged,
    CustomerChanged,
    ItemChanged,
    PriceChanged,
    PurchaseLine,
    PurchaseOrderChanged,
    WarehouseChanged,
)

__all__ = [
    "CreditChanged",
    "CustomerChanged",
    "ItemChanged",
    "PriceChanged",
    "PurchaseLine",
    "PurchaseOrderChanged",
    "WarehouseChanged",
]
