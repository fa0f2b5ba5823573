"""The answer to a purchase order, or to its change, as EDIFACT ORDRSP, read and written."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import msgspec

from ...document import Row
from ...finding import Finding
from ...lexer import Segment
from .. import edifact
from ..lines import first
from ..purchase_order.edifact import dates_of, header, number_of
from .model import AcknowledgedLine, Kind, LineStatus, OrderResponse, Promise

# Element 1225: not accepted, accepted without amendment, changed.
FUNCTION: dict[Kind, str] = {"rejected": "27", "accepted": "29", "changed": "4"}
KIND: dict[str, Kind] = {
    "27": "rejected", "29": "accepted", "4": "changed", "28": "changed", "30": "changed",
    "9": "accepted", "12": "rejected", "11": "accepted",
}  # fmt: skip
# Element 1229: accepted without amendment, changed, not accepted.
ACTION: dict[str, LineStatus] = {
    "5": "accepted", "3": "quantity_changed", "6": "quantity_changed", "7": "rejected",
    "2": "rejected", "10": "rejected",
}  # fmt: skip
# Element 6063: what is to be delivered, and what waits.
PROMISED, WAITING = "113", "83"


def read(
    segments: Sequence[Segment], currency: str = "EUR"
) -> tuple[OrderResponse | None, list[Finding]]:
    """Read the segments from UNH to UNT; the order is the one of RFF+ON."""
    bgm, dates = first(segments, "BGM"), dates_of(segments)
    refs = {r.part(1): r.part(1, 2) for r in header(segments) if r.tag == "RFF"}
    if bgm is None or not refs.get("ON"):
        return None, []
    named = edifact.currency_of(segments, "")
    texts = (s for s in header(segments) if s.tag == "FTX")
    said = dates.get("137") or dates.get("171")
    response = OrderResponse(
        kind=KIND.get(bgm.get(3), "changed"),
        po_number=refs["ON"],
        po_date=dates["171"].date() if "171" in dates else None,
        order_id=number_of(bgm),
        acknowledged_on=said.date() if said else date.min,
        currency=named,
        reasons=tuple("".join(text.part(4, n) for n in range(1, 6)) for text in texts),
        lines=tuple(_lines(segments, named or currency)),
    )
    return response, []


def _lines(segments: Sequence[Segment], currency: str) -> list[AcknowledgedLine]:
    lines: list[AcknowledgedLine] = []
    action = ""
    for segment in segments:
        if segment.tag == "LIN":
            action = segment.get(2)
            lines.append(AcknowledgedLine(edifact.opened(segment), ()))
        elif segment.tag == "UNS":
            break
        elif lines:
            lines[-1] = _more(lines[-1], segment, action, currency)
    actions = [segment.get(2) for segment in segments if segment.tag == "LIN"]
    return [_promised(*each) for each in zip(lines, actions, strict=True)]


def _more(
    entry: AcknowledgedLine, segment: Segment, action: str, currency: str
) -> AcknowledgedLine:
    line = edifact.more(entry.line, segment, currency)
    promises = entry.promises
    if segment.tag == "QTY":
        quantity = edifact.quantity_of(segment)
        if segment.part(1) == "21":
            line = msgspec.structs.replace(line, quantity=quantity)
        elif segment.part(1) in (PROMISED, "12"):
            status = ACTION.get(action, "accepted")
            promises = (*promises, Promise(status, quantity))
        elif segment.part(1) == WAITING:
            promises = (*promises, Promise("backordered", quantity))
    elif segment.tag == "DTM" and promises and (at := edifact.moment(segment)):
        promises = (*promises[:-1], msgspec.structs.replace(promises[-1], ships_on=at.date()))
    return AcknowledgedLine(line, promises)


def _promised(entry: AcknowledgedLine, action: str) -> AcknowledgedLine:
    """A line that names no quantity but what was ordered means all of it."""
    if entry.promises or action not in ACTION:
        return entry
    all_of_it = Promise(ACTION[action], entry.line.quantity)
    return AcknowledgedLine(entry.line, (all_of_it,))


def write(document: OrderResponse) -> list[Row]:
    """The segments from BGM to CNT."""
    rows: list[Row] = [
        ("BGM", "231", document.order_id, FUNCTION[document.kind]),
        *edifact.dtm("137", document.acknowledged_on),
        *(("FTX", "AAI", "", "", edifact.halves(text, 70, 5)) for text in document.reasons),
        *edifact.rff("ON", document.po_number),
        *edifact.dtm("171", document.po_date),
        *edifact.cux(document.currency),
    ]
    for at, entry in enumerate(document.lines, 1):
        rows += edifact.lin(entry.line, at, _action(entry))
        rows.append(edifact.qty("21", entry.line.quantity))
        for promise in entry.promises:
            kind = WAITING if promise.status == "backordered" else PROMISED
            rows += [edifact.qty(kind, promise.quantity), *edifact.dtm("10", promise.ships_on)]
        rows += edifact.pri(entry.line.price)
    return [*rows, ("UNS", "S"), ("CNT", ["2", str(len(document.lines))])]


def _action(entry: AcknowledgedLine) -> str:
    said = {promise.status for promise in entry.promises}
    if said <= {"accepted"}:
        return "5"
    return "7" if said == {"rejected"} else "3"
