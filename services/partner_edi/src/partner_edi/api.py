"""What people and programs ask: documents with their findings, and the partners."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from crossdock import Service
from crossdock.acts import By
from crossdock.http import PAGE, Limit, unknown

from . import store
from .partner_desk import again
from .partner_desk import store as desk


class DocumentSummary(msgspec.Struct, kw_only=True):
    """One transaction set, in or out."""

    document_id: str
    direction: str
    set_code: str
    document: str
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
    answer: str
    due_at: datetime | None
    overdue_at: datetime | None
    trace_id: str


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


class Sending(msgspec.Struct, kw_only=True):
    """One text under which a document of ours was sent."""

    control_number: str
    file_name: str
    profile_version: str
    written_at: datetime


class DocumentDetail(DocumentSummary, kw_only=True):
    """One document with its text, its sendings, and the profile it was handled under."""

    profile_version: str
    profile_source: str | None
    raw: str
    sendings: list[Sending]


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who wants a document sent or taken again, and why."""

    by: str
    reason: str = ""
    renumber: bool = False


class Accepted(msgspec.Struct):
    """It will be done at once; the document tells what came of it."""

    document_id: str
    state: str


@get("/documents")
async def list_documents(
    service: NamedDependency[Service],
    partner: FromQuery[str | None] = None,
    limit: Limit = PAGE,
    set_code: Annotated[str | None, QueryParameter(name="set")] = None,
    document_state: Annotated[str | None, QueryParameter(name="state")] = None,
    direction: FromQuery[Literal["in", "out"] | None] = None,
    po: FromQuery[str | None] = None,
    order: FromQuery[str | None] = None,
    since: FromQuery[datetime | None] = None,
    overdue: FromQuery[bool] = False,
) -> list[DocumentSummary]:
    """Documents, the newest first."""
    filters = desk.Filters(
        partner_id=partner,
        set_code=set_code,
        state=document_state,
        direction=direction,
        po_number=po,
        order_id=order,
        since=since,
        overdue=overdue,
    )
    async with service.begin() as tx:
        rows = await desk.documents(tx, filters, limit)
    return [DocumentSummary(**dict(row)) for row in rows]


@get("/documents/{document_id:str}")
async def show_document(
    service: NamedDependency[Service], document_id: FromPath[str]
) -> DocumentDetail:
    """One document with its findings and its text."""
    async with service.begin() as tx:
        row = await desk.document(tx, document_id)
        if row is None:
            raise unknown("document", document_id)
        sendings = [Sending(**dict(sent)) for sent in await desk.sendings(tx, document_id)]
    values = {name: row[name] for name in DocumentDetail.__struct_fields__ if name != "sendings"}
    values["raw"] = (row["raw"] or b"").decode(errors="replace")
    return DocumentDetail(**values, sendings=sendings)


@post("/documents/{document_id:str}/resend", status_code=202)
async def resend(
    service: NamedDependency[Service], document_id: FromPath[str], data: JSONBody[Asked]
) -> Accepted:
    """Send a document of ours again: the same bytes, or with `renumber` under a new number."""
    async with service.begin() as tx:
        by = By(who=data.by, reason=data.reason)
        await again.resend(tx, document_id, by, renumber=data.renumber)
    return Accepted(document_id, "translated")


@post("/documents/{document_id:str}/reprocess", status_code=202)
async def reprocess(
    service: NamedDependency[Service], document_id: FromPath[str], data: JSONBody[Asked]
) -> Accepted:
    """Take a document that was refused or failed in again, once, as code and profile are now."""
    async with service.begin() as tx:
        await again.reprocess(tx, document_id, By(who=data.by, reason=data.reason))
    return Accepted(document_id, "received")


class ProfileVersion(msgspec.Struct):
    """A profile as it was written."""

    version: str
    source: str
    loaded_at: datetime


@get("/partners/{partner_id:str}/profiles")
async def list_profiles(
    service: NamedDependency[Service], partner_id: FromPath[str]
) -> list[ProfileVersion]:
    """Every version of a partner's profile, the newest first."""
    async with service.begin() as tx:
        rows = await store.profile_versions(tx, partner_id)
    if not rows:
        raise unknown("partner", partner_id)
    return [ProfileVersion(**dict(row)) for row in rows]


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


routes = [
    list_documents,
    show_document,
    resend,
    reprocess,
    list_partners,
    list_profiles,
]
