"""What a remittance advice says, in either standard."""

from __future__ import annotations

from datetime import date

import msgspec

from crossdock_contracts import Money
from crossdock_contracts.partners import RemittedDocument


class Remittance(msgspec.Struct, frozen=True, kw_only=True):
    """What was paid, under which number of the payer, and for which documents."""

    reference: str
    amount: Money
    documents: tuple[RemittedDocument, ...]
    paid_on: date | None = None
