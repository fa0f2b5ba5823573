"""Documents for a partner: recorded with what caused them, numbered and written afterwards."""

from __future__ import annotations

import re
from collections.abc import Sequence
from uuid import UUID

import msgspec

from crossdock import Tx

from . import store
from .edi import writer
from .edi.segments import Row
from .profiles import Profile
from .records import NewDocument, SentDocument


class WriteDocument(msgspec.Struct, frozen=True, kw_only=True, tag="write_document"):
    """The errand: put one recorded document into its partner's outbox."""

    document_id: str
    partner_id: str


async def send(
    tx: Tx,
    profile: Profile,
    set_code: str,
    reference: str,
    rows: Sequence[Row],
    *,
    po_number: str = "",
    order_id: str | None = None,
    file_id: UUID | None = None,
) -> bool:
    """Record a document once per set and reference, and have it written; False when it was before.

    The control number is given when it is written: errands of one partner run in order, so its
    numbers have no gaps, and no lane waits for another over them.
    """
    document = NewDocument(
        document_id=f"{set_code}-{reference}",
        direction="out",
        set_code=set_code,
        partner_id=profile.partner_id,
        state="waiting",
        po_number=po_number,
        order_id=order_id,
        reference=reference,
        file_id=file_id,
        profile_version=profile.version,
        rows=rows,
    )
    if not await store.add_document(tx, document):
        return False
    tx.errand(
        WriteDocument(document_id=document.document_id, partner_id=profile.partner_id),
        key=f"partner:{profile.partner_id}",
    )
    return True


async def number(tx: Tx, document_id: str) -> SentDocument:
    """Give a document its control number and its text; a second try finds both as they were."""
    document = await store.document_to_send(tx, document_id)
    if document.raw is not None:
        return document
    profile = await store.partner(tx, document.partner_id)
    assert profile is not None, f"{document.partner_id} had a profile when this was recorded"
    control = await store.next_control(tx, document.partner_id)
    envelope = writer.Envelope(
        sender=profile.us,
        receiver=profile.them,
        control=control,
        written_at=tx.now,
        usage=profile.usage,
        delimiters=profile.marks,
        line_end=profile.line_end,
    )
    raw = writer.interchange(document.set_code, document.rows, envelope).encode()
    control_number = f"{control:09d}/{control}/0001"
    safe = re.sub(r"[^A-Za-z0-9-]", "-", document.reference)[-60:]
    file_name = f"{document.set_code}_{safe}_{control:09d}.edi"
    await store.keep_text(tx, document_id, control, control_number, file_name, raw)
    return msgspec.structs.replace(
        document, raw=raw, control_number=control_number, file_name=file_name
    )
