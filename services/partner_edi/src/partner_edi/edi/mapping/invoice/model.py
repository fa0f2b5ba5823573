"""What an invoice says, in either standard."""

from __future__ import annotations

from datetime import date

import msgspec

from crossdock_contracts import Address, EarlyPayment, Money, Tax

from ..lines import Line


class BilledLine(msgspec.Struct, frozen=True):
    """One line with the taxes on it."""

    line: Line
    taxes: tuple[Tax, ...] = ()


class Invoice(msgspec.Struct, frozen=True, kw_only=True):
    """What an invoice says: what shipped at the agreed price, with its taxes."""

    invoice_id: str
    invoiced_on: date
    due_on: date
    terms_days: int
    early_payment: EarlyPayment | None = None
    order_id: str
    shipment_id: str
    po_number: str
    po_date: date | None
    total: Money
    lines: tuple[BilledLine, ...]
    ship_to: Address | None = None
