"""A supplier's shipment and its bill in one."""

from __future__ import annotations

from datetime import date

import msgspec

from crossdock_contracts import Money
from crossdock_contracts.partners import PurchaseOrderLine


class BillingNotice(msgspec.Struct, frozen=True, kw_only=True):
    """What was shipped on one purchase order, and what it costs."""

    shipment_reference: str
    invoice_number: str
    po_number: str
    issued_on: date
    total: Money
    lines: tuple[PurchaseOrderLine, ...]

    @property
    def reference(self) -> str:
        """The number people know it by."""
        return self.shipment_reference
