"""SQL of the partner desk: documents as people look for them, and what people ask for."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from crossdock import Tx


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """Which documents; None leaves a filter out."""

    partner_id: str | None = None
    set_code: str | None = None
    state: str | None = None
    direction: str | None = None
    po_number: str | None = None
    order_id: str | None = None
    since: datetime | None = None
    overdue: bool = False


async def documents(tx: Tx, filters: Filters, limit: int) -> list[Any]:
    """Documents, the newest first."""
    return await tx.fetch(
        """select document_id, direction, set_code, document, partner_id, po_number, order_id,
                  reference, state, file_name, control_number, findings, recorded_at, sent_at,
                  answered_at, answer, due_at, overdue_at, trace_id
           from documents
           where ($1::text is null or partner_id = $1) and ($2::text is null or set_code = $2)
             and ($3::text is null or state = $3) and ($4::text is null or direction = $4)
             and ($5::text is null or po_number = $5) and ($6::text is null or order_id = $6)
             and ($7::timestamptz is null or recorded_at >= $7)
             and (not $8 or overdue_at is not null and state = 'sent')
           order by recorded_at desc, document_id limit $9""",
        *(filters.partner_id, filters.set_code, filters.state, filters.direction),
        *(filters.po_number, filters.order_id, filters.since, filters.overdue, limit),
    )


async def document(tx: Tx, document_id: str) -> Any:
    """One document with its bytes and the profile it was handled under; None when unknown."""
    return await tx.fetchrow(
        """select d.*, v.source as profile_source
           from documents d
           left join profile_versions v
               on v.partner_id = d.partner_id and v.version = d.profile_version
           where d.document_id = $1""",
        document_id,
    )


async def sendings(tx: Tx, document_id: str) -> list[Any]:
    """Every text under which a document was sent, the newest first."""
    return await tx.fetch(
        """select control_number, file_name, profile_version, written_at from sendings
           where document_id = $1 order by written_at desc""",
        document_id,
    )


async def lock(tx: Tx, document_id: str) -> Any:
    """One document, locked until the transaction ends; None when unknown."""
    return await tx.fetchrow(
        """select document_id, direction, document, partner_id, state, file_id, control_number,
                  raw is not null as written
           from documents where document_id = $1 for update""",
        document_id,
    )


async def send_again(tx: Tx, document_id: str, *, anew: bool) -> None:
    """Put a document of ours back before its sending; `anew` forgets its number and text."""
    await tx.execute(
        """update documents
           set state = 'translated', answered_at = null, answer = '', due_at = null,
               overdue_at = null, findings = '{}', raw = case when $2 then null else raw end
           where document_id = $1""",
        *(document_id, anew),
    )


async def await_again(tx: Tx, document_id: str, file_id: UUID) -> None:
    """Let a received document, and its file, be taken in once more."""
    await tx.execute("update documents set state = 'received' where document_id = $1", document_id)
    await tx.execute(
        """update files set state = 'received', findings = '{}', turns = turns + 1
           where file_id = $1""",
        file_id,
    )


async def file(tx: Tx, file_id: UUID) -> Any:
    """A received file with its bytes, and how often it was taken again."""
    return await tx.fetchrow(
        "select partner_id, file_name, raw, state, turns from files where file_id = $1", file_id
    )


async def settle_rest(tx: Tx, file_id: UUID) -> None:
    """What stood for a file or interchange that is taken by now has nothing more to wait for."""
    await tx.execute(
        "update documents set state = 'validated' where file_id = $1 and state = 'received'",
        file_id,
    )
