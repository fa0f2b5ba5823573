"""A purchase order from a customer: it becomes an order."""

from __future__ import annotations

from crossdock import Tx
from crossdock_contracts.partners import PurchaseOrderReceived

from .. import duties
from ..edi.mapping.purchase_order.model import PurchaseOrder
from . import store
from .incoming import Incoming


async def take(tx: Tx, incoming: Incoming) -> None:
    """Remember how the partner wrote its order, and say that it ordered."""
    order: PurchaseOrder = incoming.model
    record, profile = incoming.record, incoming.profile
    await store.keep_purchase_order(
        tx, record.partner_id, order.po_number, record.document_id, order.po_date, order.lines
    )
    if order.purpose in ("original", "replace"):
        po_number, since = order.po_number, tx.now
        await duties.owe(tx, profile, "order_response", po_number, since=since, po_number=po_number)
    tx.emit(
        PurchaseOrderReceived(
            **incoming.source(tx),
            po_number=order.po_number,
            customer_id=profile.party_id,
            purpose=order.purpose,
            lines=order.lines,
            currency=order.currency,
            po_date=order.po_date,
            ship_to=order.ship_to,
            requested_ship_at=order.requested_ship_at,
            file_name=record.file_name,
            control_number=record.control_number,
        )
    )
