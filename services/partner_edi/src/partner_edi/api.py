"""What people and programs ask: documents with their findings, and the partners."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter

from crossdock import Service
from crossdock.http import PAGE, Limit, unknown

from . import store


class DocumentSummary(msgspec.Struct, kw_only=True):
    """One transaction set, in or out."""

    document_id: str
    direction: str
    set_code: str
    partner_id: str
    po_number: str
    order_id: str | None
    reference: str
    state: str
    file_name: str
    control_number: str
    findings: list[str]
    recorded_at: datetime
    sent_at: datetime | None
    answered_at: datetime | None
    trace_id: str


class DocumentDetail(DocumentSummary, kw_only=True):
    """One transaction set with its text and the version of the profile it was handled under."""

    profile_version: str
    raw: str


class PartnerSummary(msgspec.Struct, kw_only=True):
    """One partner as its profile says."""

    partner_id: str
    name: str
    role: str
    party_id: str
    standard: str
    addresses: list[str]
    usage: str
    receives: list[str]
    sends: list[str]
    profile_version: str


@get("/documents")
async def list_documents(
    service: NamedDependency[Service],
    limit: Limit = PAGE,
    partner: FromQuery[str | None] = None,
    set_code: Annotated[str | None, QueryParameter(name="set")] = None,
    document_state: Annotated[str | None, QueryParameter(name="state")] = None,
) -> list[DocumentSummary]:
    """Documents, the newest first."""
    async with service.begin() as tx:
        rows = await store.documents(tx, partner, set_code, document_state, limit)
    return [DocumentSummary(**dict(row)) for row in rows]


@get("/documents/{document_id:str}")
async def show_document(
    service: NamedDependency[Service], document_id: FromPath[str]
) -> DocumentDetail:
    """One document with its findings and its text."""
    async with service.begin() as tx:
        row = await store.document(tx, document_id)
    if row is None:
        raise unknown("document", document_id)
    values: dict[str, Any] = {name: row[name] for name in DocumentDetail.__struct_fields__}
    return DocumentDetail(**{**values, "raw": (row["raw"] or b"").decode(errors="replace")})


@get("/partners")
async def list_partners(service: NamedDependency[Service]) -> list[PartnerSummary]:
    """The partners, and what was agreed with each."""
    async with service.begin() as tx:
        kept = await store.partners(tx)
    return [
        PartnerSummary(
            partner_id=profile.partner_id,
            name=profile.name,
            role=profile.role,
            party_id=profile.party_id,
            standard=profile.standard,
            addresses=["/".join(address.key).strip("/") for address in profile.addresses],
            usage=profile.usage,
            receives=list(profile.inbound.documents),
            sends=list(profile.outbound.documents),
            profile_version=profile.version,
        )
        for profile in kept
    ]


routes = [list_documents, show_document, list_partners]
