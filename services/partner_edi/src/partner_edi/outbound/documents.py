"""Documents for a partner: recorded with what caused them, numbered and written afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from crossdock import Tx

from .. import store
from ..edi.document import Row
from ..edi.mapping import Document, code_of
from ..profiles import Profile
from ..records import NewDocument
from .writers import WRITERS, Rows


class WriteDocument(msgspec.Struct, frozen=True, kw_only=True, tag="write_document"):
    """The errand: put one recorded document into its partner's outbox."""

    document_id: str
    partner_id: str


async def send(
    tx: Tx,
    profile: Profile,
    document: Document,
    reference: str,
    model: msgspec.Struct,
    *,
    po_number: str = "",
    order_id: str | None = None,
) -> bool:
    """Record a document once per set and reference, and have it sent.

    False when it is not agreed with this partner, or was recorded before. `reference` names what it
    speaks of (a shipment, an invoice) among this partner's documents of its kind. The
    control number is given when it is written: errands of one partner run in order, so its numbers
    have no gaps, and no lane waits for another over them.
    """
    if document not in profile.outbound.documents:
        return False
    writer = WRITERS.get((document, profile.standard))
    if writer is None or not isinstance(model, writer.model):
        known = ", ".join(f"{name} in {standard}" for name, standard in WRITERS)
        raise TypeError(
            f"no {profile.standard} writer makes a {document} of {type(model).__name__};"
            f" there are: {known}"
        )
    code = code_of(document, profile.standard)
    numbers = {"document": document, "po_number": po_number, "order_id": order_id}
    return await _add(tx, _record(profile, code, reference, model, **numbers))


async def answer(
    tx: Tx, profile: Profile, code: str, mark: str, rows: Sequence[Row], file_id: UUID
) -> bool:
    """Record an acknowledgement of what a file brought, and have it sent."""
    rows_ = Rows(list(rows))
    return await _add(tx, _record(profile, code, mark, rows_, document=code, file_id=file_id))


def _record(
    profile: Profile, code: str, reference: str, model: msgspec.Struct, **more: Any
) -> NewDocument:
    return NewDocument(
        document_id=f"{code}-{reference}",
        direction="out",
        set_code=code,
        partner_id=profile.partner_id,
        state="translated",
        reference=reference,
        profile_version=profile.version,
        model=msgspec.json.encode(model),
        **more,
    )


async def _add(tx: Tx, record: NewDocument) -> bool:
    if not await store.add_document(tx, record):
        if await store.partner_of(tx, record.document_id) == record.partner_id:
            return False
        # Another partner's document of this kind has the reference, and so the id.
        record = msgspec.structs.replace(
            record, document_id=f"{record.document_id}-{record.partner_id}"
        )
        if not await store.add_document(tx, record):
            return False
    tx.errand(
        WriteDocument(document_id=record.document_id, partner_id=record.partner_id),
        key=f"partner:{record.partner_id}",
    )
    return True
