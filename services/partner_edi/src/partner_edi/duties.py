"""What we owe a partner by a time, and what a partner owes us: watched, and raised in time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from crossdock import Tx
from crossdock_contracts.partners import AcknowledgementOverdue

from .edi.mapping import Document, code_of
from .outbound import store
from .profiles import Profile, lasting

# Of what we owe, a person hears while this share of the time is left to do something about it.
LEFT = 0.25


async def owe(
    tx: Tx,
    profile: Profile,
    document: Document,
    reference: str,
    *,
    since: datetime,
    po_number: str = "",
    order_id: str | None = None,
) -> None:
    """Note that a document is owed, where a time for it was agreed; its sending meets the duty."""
    span = profile.outbound.due_within.get(document)
    if span is None:
        return
    due_at = since + lasting(span)
    warn_at = due_at - lasting(span) * LEFT
    await store.add_duty(
        tx,
        *(profile.partner_id, document, reference, po_number, order_id),
        *(since, warn_at, due_at),
    )


async def arrived(tx: Tx, shipment_id: str) -> None:
    """The goods are there: a notice of them that was not sent is late by now."""
    await store.hasten_duty(tx, "ship_notice", shipment_id)


async def watch(tx: Tx) -> None:
    """Raise, once each, what a partner has not acknowledged, and what we may be late with."""
    for row in await store.take_overdue(tx):
        _overdue(tx, row)
    for row in await store.take_duties(tx):
        _owed(tx, row)


def _overdue(tx: Tx, row: Any) -> None:
    due_at = row["due_at"]
    numbers = {name: row[name] for name in ("partner_id", "po_number", "document_id", "set_code")}
    tx.emit(AcknowledgementOverdue(**numbers, sent_at=row["sent_at"], due_at=due_at))
    tx.raise_exception(
        code="acknowledgement_overdue",
        text=f"{row['partner_id']} has not acknowledged our {row['set_code']} {row['reference']},"
        f" due {due_at:%Y-%m-%d %H:%M} UTC: ask whether it arrived, or resend it",
        team="partner_desk",
        about=row["document_id"],
        order_id=row["order_id"],
        context={
            "partner_id": row["partner_id"],
            "control_number": row["control_number"],
            "sent_at": row["sent_at"].isoformat(),
            "due_at": due_at.isoformat(),
        },
    )


def _owed(tx: Tx, row: Any) -> None:
    due_at, partner_id, reference = row["due_at"], row["partner_id"], row["reference"]
    what = row["document"].replace("_", " ")
    tx.raise_exception(
        code="document_owed",
        text=f"we owe {partner_id} a {what} ({code_of(row['document'], row['standard'])}) for"
        f" {reference} by {due_at:%Y-%m-%d %H:%M} UTC, and it is not sent",
        team="partner_desk",
        about=row["order_id"] or f"{partner_id}/{reference}"[:100],
        order_id=row["order_id"],
        context={
            "partner_id": partner_id,
            "document": row["document"],
            "po_number": row["po_number"],
            "owed_at": row["owed_at"].isoformat(),
            "due_at": due_at.isoformat(),
        },
    )
