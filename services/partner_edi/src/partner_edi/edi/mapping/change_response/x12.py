"""The answer to the change of a purchase order as X12 865, read and written."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ...finding import Finding
from ...lexer import Segment
from ...segments import Row, day, plain
from ..lines import first, pairs, written
from ..order_response.model import AcknowledgedLine
from ..order_response.x12 import KIND, acks, header, response
from .model import ChangeResponse


def read(
    segments: Sequence[Segment], currency: str = "USD"
) -> tuple[ChangeResponse | None, list[Finding]]:
    """Read the segments from ST to SE."""
    bca = first(segments, "BCA")
    if bca is None or not bca.get(3):
        return None, []
    said = msgspec.structs.asdict(response(segments, bca, currency))
    return ChangeResponse(**said, change_number=bca.get(5), changed_on=day(bca.get(11))), []


def write(document: ChangeResponse) -> list[Row]:
    """The segments from BCA to CTT."""
    kind = next(code for code, name in KIND.items() if name == document.kind)
    po = (document.po_number, "", document.change_number, written(document.po_date), "", "")
    ours = (document.order_id, written(document.acknowledged_on), written(document.changed_on))
    rows: list[Row] = [("BCA", "00", kind, *po, *ours), *header(document)]
    for entry in document.lines:
        rows += [_poc(entry), *entry.line.described(), *acks(entry)]
    return [*rows, ("CTT", str(len(document.lines)))]


def _poc(entry: AcknowledgedLine) -> Row:
    line = entry.line
    value, price = plain(line.quantity.value), plain(line.price.amount) if line.price else ""
    action = "RC" if {p.status for p in entry.promises} == {"rejected"} else "CA"
    return ("POC", line.number, action, value, value, line.quantity.uom, price, "",
            *pairs(line.items))  # fmt: skip
