"""Returns that partners ask for: found in the order, and answered in the partner's words."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from crossdock_contracts import Quantity, Reason
from crossdock_contracts.partners import RequestedReturn
from crossdock_contracts.returns import ReturnAuthorized, ReturnRejected

from .. import documents
from ..documents import KnownOrder
from ..domain import STEP, KnownLine
from ..edi.mapping.lines import Line
from ..edi.mapping.return_notice.model import ReturnLine, ReturnNotice

# Element 1293, why goods come back, as far as partners use it.
WHY = {
    "DA": "damaged",
    "DM": "damaged",
    "DI": "defective",
    "NA": "not_ordered",
    "OP": "overshipped",
    "WG": "wrong_item",
}


class NotFound(Exception):
    """A line is not one of the order's, or not in a unit it was ordered in."""


def requested(notice: ReturnNotice, order: KnownOrder) -> tuple[RequestedReturn, ...]:
    """The lines as the order has them, in stock units; NotFound says which is none of it."""
    return tuple(_requested(entry, order) for entry in notice.lines)


def _requested(entry: ReturnLine, order: KnownOrder) -> RequestedReturn:
    line = _find(entry.line, order)
    code = WHY.get(entry.reason, "returned")
    text = entry.text or f"{code.replace('_', ' ')} ({entry.reason or 'no reason given'})"
    return RequestedReturn(
        line_no=line.line_no,
        quantity=_in_stock_units(entry.line.quantity, line),
        reason=Reason(code=code, text=text, line_no=line.line_no),
    )


def _find(wanted: Line, order: KnownOrder) -> KnownLine:
    numbered = [
        line for line in order.lines if wanted.number and line.partner_line == wanted.number
    ]
    names = set(wanted.items.values())
    named = [line for line in order.lines if names & {line.sku, *line.items.values()}]
    found = numbered or named
    if len(found) != 1:
        called = wanted.number or ", ".join(sorted(names)) or "without a name"
        raise NotFound(f"Purchase order {order.po_number} has no single line {called}.")
    return found[0]


def _in_stock_units(quantity: Quantity, line: KnownLine) -> Quantity:
    if quantity.uom == line.stock.uom:
        return quantity
    if quantity.uom != line.ordered.uom or not line.ordered.value:
        text = f"{line.sku} was ordered in {line.ordered.uom}, not in {quantity.uom}."
        raise NotFound(text)
    value = (quantity.value * line.stock.value / line.ordered.value).quantize(STEP)
    return Quantity(value, line.stock.uom)


def authorization(event: ReturnAuthorized, order: KnownOrder, asked: ReturnNotice) -> ReturnNotice:
    """The RMA, with what may come back of each line."""
    sums: dict[int, Decimal] = {}
    for line in event.lines:
        sums[line.line_no] = sums.get(line.line_no, Decimal(0)) + line.quantity.value
    return ReturnNotice(
        kind="authorization",
        reference=asked.reference,
        noted_on=event.authorized_at.date(),
        po_number=asked.po_number,
        lines=tuple(_authorized(sums, order)),
        return_id=event.return_id,
        invoice_id=next((line.invoice_id for line in event.lines if line.invoice_id), ""),
    )


def _authorized(sums: dict[int, Decimal], order: KnownOrder) -> Iterable[ReturnLine]:
    for line in order.lines:
        if value := sums.get(line.line_no):
            yield ReturnLine(documents.goods(line, Quantity(value, line.stock.uom)))


def rejection(event: ReturnRejected, asked: ReturnNotice) -> ReturnNotice:
    """Why nothing may come back."""
    reasons = tuple(reason.text for reason in event.reasons)
    return refusal(asked, reasons)


def refusal(asked: ReturnNotice, reasons: tuple[str, ...]) -> ReturnNotice:
    """The request, refused as a whole."""
    return ReturnNotice(
        kind="rejection",
        reference=asked.reference,
        noted_on=asked.noted_on,
        po_number=asked.po_number,
        lines=asked.lines,
        reasons=reasons,
    )
