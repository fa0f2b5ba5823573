"""What a customer received of a shipment of ours."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import msgspec

from crossdock_contracts import Quantity


class CountedLine(msgspec.Struct, frozen=True, kw_only=True):
    """One item as it was counted; what was not accepted is not part of `accepted`."""

    number: str
    items: Mapping[str, str]
    accepted: Quantity
    refused: Quantity | None = None


class ReceivingAdvice(msgspec.Struct, frozen=True, kw_only=True):
    """One receipt; `shipment_reference` is the number of our ship notice."""

    advice_number: str
    counted_on: date
    lines: tuple[CountedLine, ...]
    shipment_reference: str = ""
    po_number: str = ""

    @property
    def reference(self) -> str:
        """The number people know it by."""
        return self.advice_number
