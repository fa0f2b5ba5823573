"""A recorded document given its control number and its text, once."""

from __future__ import annotations

import re

import msgspec

from crossdock import Tx
from crossdock_contracts.partners import DocumentRejected, DocumentSent

from .. import store as partners
from ..profiles import lasting
from ..records import SentDocument
from . import store
from .text import written
from .writers import rows_of

MOST_FINDINGS = 50


async def number(tx: Tx, document_id: str) -> SentDocument:
    """Give a document its control number and its text; a second try finds both as they were.

    One that our own reader finds fault with gets neither: its findings say why.
    """
    document = await store.document_to_send(tx, document_id)
    if document.raw is not None:
        return document
    profile = await partners.partner(tx, document.partner_id)
    assert profile is not None, f"{document.partner_id} had a profile when this was recorded"
    control = await store.next_control(tx, document.partner_id)
    rows = rows_of(document.document, profile.standard, document.model)
    made = written(profile, document.set_code, rows, control, tx.now)
    if made.findings:
        texts = tuple(found.sentence() for found in made.findings)
        return msgspec.structs.replace(document, findings=texts)
    await store.use_control(tx, document.partner_id, control)
    inner = f"{control}/0001" if profile.standard == "X12" else "1"
    safe = re.sub(r"[^A-Za-z0-9-]", "-", document.reference)[-60:]
    numbered = msgspec.structs.replace(
        document,
        raw=made.raw,
        control_number=f"{control:09d}/{inner}" if profile.standard == "X12" else f"{control}/1",
        file_name=f"{document.set_code}_{safe}_{control:09d}.edi",
        profile_version=profile.version,
    )
    await store.keep_text(tx, numbered, control)
    return numbered


async def sent(tx: Tx, document: SentDocument) -> None:
    """The document is with its transport: say so."""
    profile = await partners.partner(tx, document.partner_id)
    within = profile.outbound.acknowledged_within if profile else {}
    span = next((span for name, span in within.items() if name == document.document), None)
    await store.mark_sent(tx, document.document_id, tx.now + lasting(span) if span else None)
    await store.meet_duties(tx, document)
    tx.emit(
        DocumentSent(
            partner_id=document.partner_id,
            po_number=document.po_number,
            document_id=document.document_id,
            set_code=document.set_code,
            sent_at=tx.now,
            file_name=document.file_name,
            control_number=document.control_number,
            order_id=document.order_id,
            reference=document.reference,
        )
    )


async def withhold(tx: Tx, document: SentDocument) -> None:
    """Do not send what the partner would refuse; the partner desk sees why."""
    await store.mark_failed(tx, document.document_id, document.findings)
    findings = document.findings[:MOST_FINDINGS]
    tx.emit(
        DocumentRejected(
            partner_id=document.partner_id,
            po_number=document.po_number,
            document_id=document.document_id,
            set_code=document.set_code,
            rejected_at=tx.now,
            findings=findings,
            direction="out",
        )
    )
    tx.raise_exception(
        code="document_withheld",
        text=f"our {document.set_code} {document.reference} for {document.partner_id} is not"
        f" right, and was not sent: {findings[0]}",
        team="partner_desk",
        about=document.document_id,
        order_id=document.order_id,
        context={"partner_id": document.partner_id, "findings": "\n".join(findings)},
    )
