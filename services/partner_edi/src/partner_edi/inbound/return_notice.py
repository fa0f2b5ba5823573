"""A customer asks to send goods back: returns decides, once the lines are found in the order."""

from __future__ import annotations

from crossdock import Tx
from crossdock_contracts.partners import RequestedReturn, ReturnRequested

from .. import outbound
from .. import store as partners
from ..edi.mapping.return_notice.model import ReturnNotice
from ..order_cycle import returns, store
from .incoming import Incoming


async def take(tx: Tx, incoming: Incoming) -> None:
    """Say what is to come back of which order; refuse at once what is in no order of ours."""
    notice: ReturnNotice = incoming.model
    record, profile = incoming.record, incoming.profile
    try:
        order_id, lines = await _found(tx, record.partner_id, notice)
    except returns.NotFound as no:
        refusal = returns.refusal(notice, (str(no),))
        await outbound.send(
            tx, profile, "return_notice", record.document_id, refusal, po_number=notice.po_number
        )
        return
    store.keep_request(tx, record.document_id, record.partner_id, notice.po_number, notice)
    tx.emit(
        ReturnRequested(
            **incoming.source(tx),
            po_number=notice.po_number,
            order_id=order_id,
            customer_id=profile.party_id,
            lines=lines,
            reference=notice.reference,
        )
    )


async def _found(
    tx: Tx, partner_id: str, notice: ReturnNotice
) -> tuple[str, tuple[RequestedReturn, ...]]:
    order_id = await store.order_of(tx, partner_id, notice.po_number)
    _, order = await partners.order(tx, order_id) if order_id else (False, None)
    if order is None or not order.lines:
        raise returns.NotFound(f"There is no purchase order {notice.po_number} of yours here.")
    return order.order_id, returns.requested(notice, order)
