"""What a credit note says, in either standard."""

from __future__ import annotations

from datetime import date

import msgspec

from crossdock_contracts import Money

from ..invoice.model import BilledLine


class CreditNote(msgspec.Struct, frozen=True, kw_only=True):
    """What is given back of an invoice, line by line, and for which return."""

    credit_id: str
    credited_on: date
    invoice_id: str
    total: Money
    lines: tuple[BilledLine, ...]
    po_number: str = ""
    order_id: str = ""
    return_id: str = ""
