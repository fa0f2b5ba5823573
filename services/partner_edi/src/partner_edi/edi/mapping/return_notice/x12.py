"""The request to return goods and its answer as X12 180, read and written."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ...finding import Finding
from ...lexer import Segment
from ...segments import Row, day, plain
from ..lines import Line, amount, described, first, quantity_of, written
from .model import Kind, ReturnLine, ReturnNotice

# BGN08, element 306: a request has none; approved, rejected.
KIND: dict[str, Kind] = {"": "request", "AP": "authorization", "U": "rejection"}
OTHERS: dict[str, Kind] = {"A": "authorization", "AC": "authorization", "RJ": "rejection"}


def read(
    segments: Sequence[Segment], currency: str = "USD"
) -> tuple[ReturnNotice | None, list[Finding]]:
    """Read the segments from ST to SE; the order is named by PRF01 or N9*PO."""
    bgn = first(segments, "BGN")
    noted_on = day(bgn.get(3)) if bgn else None
    lines = _lines(segments, currency)
    if bgn is None or noted_on is None:
        return None, []
    head = _header(segments)
    named = {s.get(1): s.get(2) for s in head if s.tag in ("N9", "REF")}
    prf, kind = first(segments, "PRF"), bgn.get(8)
    notice = ReturnNotice(
        kind=KIND.get(kind) or OTHERS.get(kind, "request"),
        reference=bgn.get(6) or bgn.get(2),
        noted_on=noted_on,
        po_number=(prf.get(1) if prf else "") or named.get("PO", ""),
        lines=lines,
        return_id=named.get("RZ", ""),
        invoice_id=named.get("IV", ""),
        reasons=tuple(s.get(2) for s in head if s.tag == "NTE"),
    )
    return notice, []


def _header(segments: Sequence[Segment]) -> Sequence[Segment]:
    at = next((n for n, s in enumerate(segments) if s.tag == "BLI"), len(segments))
    return segments[:at]


def _lines(segments: Sequence[Segment], currency: str) -> tuple[ReturnLine, ...]:
    """BLI is one id of the item; N9*LI names the line of the order, RDR02 why it comes back."""
    lines: list[ReturnLine] = []
    for segment in segments:
        if segment.tag == "BLI":
            lines.append(ReturnLine(_line(segment, currency)))
        elif lines:
            lines[-1] = _more(lines[-1], segment)
    return tuple(lines)


def _line(bli: Segment, currency: str) -> Line:
    more = {
        bli.get(at): bli.get(at + 1)
        for at in range(8, min(len(bli.elements) - 1, 13), 2)
        if bli.get(at) and bli.get(at + 1)
    }
    items = {bli.get(1): bli.get(2), **more} if bli.get(1) else more
    return Line(
        number="", quantity=quantity_of(bli, 3), items=items, price=amount(bli.get(6), currency)
    )


def _more(entry: ReturnLine, segment: Segment) -> ReturnLine:
    line = entry.line
    if segment.tag == "N9" and segment.get(1) == "LI":
        line = msgspec.structs.replace(line, number=segment.get(2))
    elif segment.tag == "PID":
        line = described(line, segment)
    elif segment.tag == "RDR":
        return ReturnLine(line, segment.get(2) or entry.reason, segment.get(4) or entry.text)
    return ReturnLine(line, entry.reason, entry.text)


def write(notice: ReturnNotice) -> list[Row]:
    """The segments from BGN to the last BLI loop."""
    kind = next(code for code, name in KIND.items() if name == notice.kind)
    answered, own = "", notice.reference
    if notice.kind != "request":
        answered, own = notice.reference, notice.return_id or notice.reference
    purpose = "00" if notice.kind == "request" else "11"
    on = written(notice.noted_on)
    rows: list[Row] = [("BGN", purpose, own, on, "", "", answered, "", kind)]
    rows += [("PRF", notice.po_number)] if notice.po_number else []
    for qualifier, text in (("RZ", notice.return_id), ("IV", notice.invoice_id)):
        rows += [("N9", qualifier, text)] if text else []
    rows += [("NTE", "ADD", text) for text in notice.reasons]
    for entry in notice.lines:
        rows += _bli(entry)
    return rows


def _bli(entry: ReturnLine) -> list[Row]:
    line = entry.line
    (kind, name), *others = list(line.items.items()) or [("VN", line.number or "UNKNOWN")]
    price = plain(line.price.amount) if line.price else ""
    quantity = (plain(line.quantity.value), line.quantity.uom)
    more = [part for pair in others[:3] for part in pair]
    rows: list[Row] = [("BLI", kind, name, *quantity, "", price, "", *more)]
    rows += [("N9", "LI", line.number)] if line.number else []
    rows += line.described()
    if entry.reason or entry.text:
        rows.append(("RDR", "", entry.reason, "", entry.text))
    return rows
