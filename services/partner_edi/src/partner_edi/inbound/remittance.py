"""A customer says what it paid: invoicing books it."""

from __future__ import annotations

from crossdock import Tx
from crossdock_contracts.partners import RemittanceReceived

from ..edi.mapping.remittance.model import Remittance
from .incoming import Incoming


async def take(tx: Tx, incoming: Incoming) -> None:
    """Say what was paid, for what, and what was kept back."""
    remittance: Remittance = incoming.model
    tx.emit(
        RemittanceReceived(
            **incoming.source(tx),
            customer_id=incoming.profile.party_id,
            amount=remittance.amount,
            reference=remittance.reference,
            documents=remittance.documents,
            paid_on=remittance.paid_on,
        )
    )
