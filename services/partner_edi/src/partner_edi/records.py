"""What the store keeps of a document on its way in or out."""

from __future__ import annotations

from uuid import UUID

import msgspec


class NewDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A document to be recorded; `model` is what an outbound one is written from, as JSON."""

    document_id: str
    direction: str
    set_code: str
    partner_id: str
    state: str
    document: str = ""
    po_number: str = ""
    order_id: str | None = None
    reference: str = ""
    file_id: UUID | None = None
    file_name: str = ""
    control_number: str = ""
    profile_version: str = ""
    findings: tuple[str, ...] = ()
    model: bytes | None = None
    raw: bytes | None = None


class SentDocument(msgspec.Struct, frozen=True, kw_only=True):
    """One of our documents, as its transport and its acknowledgement need it."""

    document_id: str
    set_code: str
    document: str
    partner_id: str
    po_number: str
    order_id: str | None
    reference: str
    file_name: str
    control_number: str
    profile_version: str
    raw: bytes | None
    model: bytes
    findings: tuple[str, ...] = ()
