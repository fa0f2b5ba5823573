"""The answer to a purchase order as X12 855, read and written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import msgspec

from ...finding import Finding
from ...lexer import Segment
from ...segments import Row, day, plain
from ..lines import currency_of, described, first, line_of, quantity_of, written
from .model import AcknowledgedLine, Kind, LineStatus, OrderResponse, Promise

# Element 587. A response without detail says of the whole order what others say of lines.
KIND: dict[str, Kind] = {"AD": "accepted", "AC": "changed", "RJ": "rejected"}
OTHER_KINDS: dict[str, Kind] = {"AK": "accepted", "AT": "accepted", "RD": "rejected"}
# Element 668.
STATUS: dict[str, LineStatus] = {
    "IA": "accepted",
    "IP": "price_changed",
    "IQ": "quantity_changed",
    "IB": "backordered",
    "IR": "rejected",
}
OTHER_STATUSES: dict[str, LineStatus] = {
    "AC": "accepted",
    "AR": "accepted",
    "BP": "backordered",
    "DR": "accepted",
    "IC": "quantity_changed",
    "ID": "rejected",
    "IF": "backordered",
    "IH": "backordered",
    "R1": "rejected",
    "R2": "rejected",
    "R3": "rejected",
    "R4": "rejected",
    "SP": "accepted",
}


def read(
    segments: Sequence[Segment], currency: str = "USD"
) -> tuple[OrderResponse | None, list[Finding]]:
    """Read the segments from ST to SE."""
    bak = first(segments, "BAK")
    if bak is None or not bak.get(3):
        return None, []
    return response(segments, bak, currency), []


def response(segments: Sequence[Segment], head: Segment, currency: str) -> OrderResponse:
    """What an 855 or 865 says; BAK and BCA agree in their elements 2, 3, and 9."""
    acknowledged = day(head.get(9 if head.tag == "BAK" else 10))
    ordered = day(head.get(4 if head.tag == "BAK" else 6))
    named = currency_of(segments, "")
    return OrderResponse(
        kind=KIND.get(head.get(2)) or OTHER_KINDS.get(head.get(2), "changed"),
        po_number=head.get(3),
        po_date=ordered,
        order_id=head.get(8 if head.tag == "BAK" else 9),
        acknowledged_on=acknowledged or ordered or date.min,
        currency=named,
        reasons=tuple(_reasons(segments)),
        lines=tuple(_lines(segments, named or currency)),
    )


def _reasons(segments: Sequence[Segment]) -> Iterable[str]:
    for segment in segments:
        if segment.tag in ("PO1", "POC"):
            return
        if segment.tag == "MSG":
            yield segment.get(1)


def _lines(segments: Sequence[Segment], currency: str) -> list[AcknowledgedLine]:
    lines: list[AcknowledgedLine] = []
    for segment in segments:
        if segment.tag in ("PO1", "POC"):
            lines.append(AcknowledgedLine(line_of(_as_po1(segment), currency), ()))
        elif segment.tag == "PID" and lines:
            line = described(lines[-1].line, segment)
            lines[-1] = msgspec.structs.replace(lines[-1], line=line)
        elif segment.tag == "ACK" and lines:
            said = (*lines[-1].promises, _promise(segment))
            lines[-1] = msgspec.structs.replace(lines[-1], promises=said)
    return lines


def _as_po1(segment: Segment) -> Segment:
    """A POC as a PO1: without its action and what is left to come."""
    if segment.tag == "PO1":
        return segment
    elements = segment.elements
    kept = ["PO1", *elements[1:2], *elements[3:4], *elements[5:]]
    return msgspec.structs.replace(segment, elements=kept)


def _promise(ack: Segment) -> Promise:
    status = STATUS.get(ack.get(1)) or OTHER_STATUSES.get(ack.get(1), "quantity_changed")
    return Promise(status, quantity_of(ack, 2), day(ack.get(5)))


def write(document: OrderResponse) -> list[Row]:
    """The segments from BAK to CTT."""
    kind = next(code for code, name in KIND.items() if name == document.kind)
    po = document.po_number, written(document.po_date)
    ours = document.order_id, written(document.acknowledged_on)
    rows: list[Row] = [("BAK", "00", kind, *po, "", "", "", *ours), *header(document)]
    for entry in document.lines:
        rows += [entry.line.priced("PO1"), *entry.line.described(), *acks(entry)]
    return [*rows, ("CTT", str(len(document.lines)))]


def header(document: OrderResponse) -> list[Row]:
    """The currency, and the reasons in words."""
    rows: list[Row] = [("CUR", "SE", document.currency)] if document.currency else []
    for reason in document.reasons:
        rows += [("N9", "ZZ", "REASON"), ("MSG", reason)]
    return rows


def acks(entry: AcknowledgedLine) -> list[Row]:
    """An ACK for each promise."""
    rows: list[Row] = []
    for promise in entry.promises:
        status = next(code for code, name in STATUS.items() if name == promise.status)
        quantity = (plain(promise.quantity.value), promise.quantity.uom)
        on = ("068", written(promise.ships_on)) if promise.ships_on else ()
        rows.append(("ACK", status, *quantity, *on))
    return rows
