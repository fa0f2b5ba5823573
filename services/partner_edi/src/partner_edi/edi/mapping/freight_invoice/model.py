"""A carrier's bill."""

from __future__ import annotations

from datetime import date

import msgspec

from crossdock_contracts import FreightCharge, Money


class FreightInvoice(msgspec.Struct, frozen=True, kw_only=True):
    """What a carrier asks for one shipment, charge by charge."""

    invoice_number: str
    carrier: str
    billed_on: date
    total: Money
    charges: tuple[FreightCharge, ...]
    shipment_id: str = ""
    tracking_number: str = ""
    delivered_on: date | None = None

    @property
    def reference(self) -> str:
        """The number people know it by."""
        return self.invoice_number
