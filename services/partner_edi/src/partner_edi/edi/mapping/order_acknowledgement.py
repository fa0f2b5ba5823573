"""The purchase order acknowledgement (855), written: what was accepted, changed or rejected."""

from __future__ import annotations

from datetime import date
from typing import Literal

import msgspec

from ..segments import Row, plain
from .lines import Line


class AcknowledgedLine(msgspec.Struct, frozen=True):
    """One line and what becomes of it: element 668."""

    line: Line
    status: Literal["IA", "IP", "IR"]


class OrderAcknowledgement(msgspec.Struct, frozen=True, kw_only=True):
    """What an 855 says. `kind` is AD as asked, AC with changes, RJ rejected."""

    kind: Literal["AD", "AC", "RJ"]
    po_number: str
    po_date: date
    order_id: str
    acknowledged_on: date
    currency: str = ""
    reasons: tuple[str, ...] = ()
    lines: tuple[AcknowledgedLine, ...] = ()


def write(document: OrderAcknowledgement) -> list[Row]:
    """The segments from BAK to CTT."""
    po = document.po_number, f"{document.po_date:%Y%m%d}"
    ours = document.order_id, f"{document.acknowledged_on:%Y%m%d}"
    rows: list[Row] = [("BAK", "00", document.kind, *po, "", "", "", *ours)]
    if document.currency:
        rows.append(("CUR", "SE", document.currency))
    for reason in document.reasons:
        rows += [("N9", "ZZ", "REASON"), ("MSG", reason)]
    for entry in document.lines:
        quantity = entry.line.quantity
        rows += [entry.line.priced("PO1"), *entry.line.described()]
        rows.append(("ACK", entry.status, plain(quantity.value), quantity.uom))
    return [*rows, ("CTT", str(len(document.lines)))]
