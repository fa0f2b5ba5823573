"""A customer changes an order: order intake decides line by line."""

from __future__ import annotations

from crossdock import Tx
from crossdock_contracts.partners import ChangeReceived

from ..edi.mapping.order_change.model import OrderChange
from ..order_cycle import store
from .incoming import Incoming


async def take(tx: Tx, incoming: Incoming) -> None:
    """Keep how the partner wrote it, and say what it wants."""
    change: OrderChange = incoming.model
    record, profile = incoming.record, incoming.profile
    store.keep_request(tx, record.document_id, record.partner_id, change.po_number, change)
    tx.emit(
        ChangeReceived(
            **incoming.source(tx),
            po_number=change.po_number,
            customer_id=profile.party_id,
            lines=change.lines,
            cancel=change.scope == "cancellation",
            replace=change.scope == "replace",
            currency=change.currency,
            requested_ship_at=change.requested_ship_at,
            reference=change.change_number,
        )
    )
