"""What a request to return goods says, and what the answer to it says."""

from __future__ import annotations

from datetime import date
from typing import Literal

import msgspec

from ..lines import Line

Kind = Literal["request", "authorization", "rejection"]


class ReturnLine(msgspec.Struct, frozen=True):
    """Goods that are to come back, why, and in the answer what is said to that."""

    line: Line
    reason: str = ""
    text: str = ""


class ReturnNotice(msgspec.Struct, frozen=True, kw_only=True):
    """A request, or its answer: then `return_id` is the RMA, and `reference` the request's."""

    kind: Kind
    reference: str
    noted_on: date
    po_number: str
    lines: tuple[ReturnLine, ...]
    return_id: str = ""
    invoice_id: str = ""
    reasons: tuple[str, ...] = ()
