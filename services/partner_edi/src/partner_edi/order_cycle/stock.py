"""The order response that waits for stock: what ships now, and what is backordered."""

from __future__ import annotations

from collections.abc import Iterable

from crossdock import RetryLater, Tx
from crossdock_contracts import Allocation, LineQuantity

from .. import documents, outbound
from .. import store as partners
from ..documents import KnownOrder
from . import store


async def note(
    tx: Tx,
    order_id: str,
    whose: str | None,
    column: str,
    lines: Iterable[Allocation | LineQuantity],
) -> None:
    """Count what was promised of a partner's order, and answer it once all is."""
    if whose is None:
        raise RetryLater(f"order {order_id} is not known here yet", after=0.25)
    if not whose:
        return
    # Its acceptance may be at work in another lane: one of the two sees that all is there.
    await tx.lock(f"order:{order_id}")
    _, order = await partners.order(tx, order_id)
    if order is not None:
        store.promise(tx, order_id, column, lines)
        await answer(tx, order)


async def answer(tx: Tx, order: KnownOrder) -> None:
    """Send the order response when every line's quantity is promised one way or the other."""
    profile = await partners.partner(tx, order.partner_id)
    if profile is None or not profile.outbound.confirm_stock or not order.lines:
        return
    promised = await store.promised(tx, order.order_id)
    if not all(
        line.line_no in promised and sum(promised[line.line_no]) >= line.stock.value
        for line in order.lines
    ):
        return
    waiting = {number: found.backordered for number, found in promised.items()}
    response = documents.promised(order, waiting, tx.now.date())
    await outbound.send(
        tx,
        profile,
        "order_response",
        order.order_id,
        response,
        po_number=order.po_number,
        order_id=order.order_id,
    )
