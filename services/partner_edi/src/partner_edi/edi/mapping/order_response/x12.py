"""The answer to a purchase order as X12 855, written."""

from __future__ import annotations

from ...segments import Row, plain
from .model import OrderResponse


def write(document: OrderResponse) -> list[Row]:
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
