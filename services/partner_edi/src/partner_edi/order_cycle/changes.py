"""Changes of orders: what the partner's lines are now, and the answer in the partner's words."""

from __future__ import annotations

import msgspec

from crossdock import Tx
from crossdock_contracts.orders import AnsweredChange, OrderChangeAnswered, OrderChanged, OrderLine
from crossdock_contracts.partners import ChangedLine

from .. import documents, domain
from .. import store as partners
from ..documents import KnownOrder
from ..domain import KnownLine
from ..edi.mapping.change_response.model import ChangeResponse
from ..edi.mapping.lines import Line
from ..edi.mapping.order_change.model import OrderChange
from ..edi.mapping.order_response.model import AcknowledgedLine, LineStatus, Promise
from . import store


async def follow(tx: Tx, event: OrderChanged, order: KnownOrder) -> None:
    """Keep the lines as they are agreed now, new ones with the ids the partner gave them."""
    texts = await store.requests(tx, order.partner_id, order.po_number)
    asked = {line.partner_line: line for text in texts for line in _lines(text)}
    lines = tuple(_known(line, order, asked) for line in event.lines)
    partners.keep_agreed(tx, msgspec.structs.replace(order, lines=lines))


def _lines(text: str) -> tuple[ChangedLine, ...]:
    try:
        return msgspec.json.decode(text, type=OrderChange).lines
    except msgspec.ValidationError:
        return ()  # a request to return goods


def _known(line: OrderLine, order: KnownOrder, asked: dict[str, ChangedLine]) -> KnownLine:
    before = order.line(line.line_no)
    if before is None:
        return domain.known_line(line, asked.get(line.customer_line))
    ordered = line.ordered or line.quantity
    return msgspec.structs.replace(before, ordered=ordered, stock=line.quantity)


def answer(event: OrderChangeAnswered, order: KnownOrder, change: OrderChange) -> ChangeResponse:
    """What became of each line that the partner asked to change."""
    asked = {line.partner_line: line for line in change.lines}
    reasons = [line.reason for line in event.lines if line.reason]
    return ChangeResponse(
        kind="rejected" if event.status == "refused" else event.status,
        po_number=order.po_number or event.customer_po,
        po_date=order.po_date or change.po_date,
        order_id=event.order_id,
        acknowledged_on=event.answered_at.date(),
        currency=change.currency,
        reasons=tuple(dict.fromkeys(reason.text for reason in (*event.reasons, *reasons))),
        lines=tuple(_answered(line, order, asked) for line in event.lines),
        change_number=change.change_number,
        changed_on=change.changed_on,
    )


STATUS: dict[str, LineStatus] = {
    "accepted": "accepted",
    "changed": "quantity_changed",
    "refused": "rejected",
}


def _answered(
    line: AnsweredChange, order: KnownOrder, asked: dict[str, ChangedLine]
) -> AcknowledgedLine:
    known = order.line(line.line_no) if line.line_no else None
    if known is not None:
        goods = documents.goods(known, line.quantity)
    else:
        wish = asked.get(line.customer_line)
        goods = Line(
            number=line.customer_line,
            quantity=line.quantity,
            items=wish.items if wish else {},
            price=wish.unit_price if wish else None,
        )
    return AcknowledgedLine(goods, (Promise(STATUS[line.status], goods.quantity),))
