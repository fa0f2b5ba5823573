"""Every statement of the ERP bridge, each with its sentence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

import msgspec

from crossdock import Tx
from crossdock_contracts import Event, Money
from crossdock_contracts.postings import DocumentKind

PostingState = Literal["pending", "posted", "failed"]


class Posting(msgspec.Struct, frozen=True, kw_only=True):
    """A document on its way into the ERP's books."""

    document_kind: str
    document_id: str
    order_id: str
    amount: Decimal
    currency: str
    state: str
    erp_reference: str | None
    failure: str | None
    asked_at: datetime
    answered_at: datetime | None


async def cursors(tx: Tx) -> dict[str, int]:
    """How far each list was read; one that never was is not there."""
    return {
        row["list"]: row["version"] for row in await tx.fetch("select list, version from cursors")
    }


async def cursor(tx: Tx, name: str) -> int:
    """How far a list was read."""
    return int(await tx.fetchval("select version from cursors where list = $1", name) or 0)


def move_cursor(tx: Tx, name: str, version: int) -> None:
    """A list was read up to a version."""
    tx.write(
        """insert into cursors (list, version, read_at) values ($1, $2, $3)
           on conflict (list) do update set version = excluded.version, read_at = excluded.read_at
           where cursors.version < excluded.version""",
        name,
        version,
        tx.now,
    )


async def known(tx: Tx, name: str, ids: list[str], event: type[Event]) -> dict[str, Event]:
    """Our copies of some records."""
    rows = await tx.fetch(
        "select id, content from records where list = $1 and id = any($2::text[])", name, ids
    )
    return {row["id"]: msgspec.json.decode(row["content"], type=event) for row in rows}


async def record(tx: Tx, name: str, record_id: str) -> dict[str, Any] | None:
    """Our copy of one record, as its event's fields."""
    content = await tx.fetchval(
        "select content from records where list = $1 and id = $2", name, record_id
    )
    return None if content is None else dict(msgspec.json.decode(content))


def keep(tx: Tx, name: str, record_id: str, version: int, event: Event) -> None:
    """The record is now as the event says."""
    tx.write(
        """insert into records (list, id, version, content, changed_at)
           values ($1, $2, $3, $4, $5)
           on conflict (list, id) do update
           set version = excluded.version, content = excluded.content,
               changed_at = excluded.changed_at""",
        name,
        record_id,
        version,
        msgspec.json.encode(event).decode(),
        tx.now,
    )


async def refused(tx: Tx, name: str, ids: list[str]) -> dict[str, str]:
    """What some records said when they were refused."""
    rows = await tx.fetch(
        "select id, content from refusals where list = $1 and id = any($2::text[])", name, ids
    )
    return {row["id"]: row["content"] for row in rows}


def refuse(tx: Tx, name: str, record_id: str, content: str, reason: str) -> None:
    """The record cannot be used as it stands; our copy stays as it was."""
    tx.write(
        """insert into refusals (list, id, content, reason, refused_at) values ($1, $2, $3, $4, $5)
           on conflict (list, id) do update
           set content = excluded.content, reason = excluded.reason,
               refused_at = excluded.refused_at""",
        name,
        record_id,
        content,
        reason,
        tx.now,
    )


def accept(tx: Tx, name: str, record_id: str) -> None:
    """The ERP mended a refused record."""
    tx.write("delete from refusals where list = $1 and id = $2", name, record_id)


async def documents(tx: Tx, order_ids: Sequence[str]) -> dict[str, set[str]]:
    """The documents that were noted for some orders, by order."""
    rows = await tx.fetch(
        """select order_id, array_agg(document_id) as documents from postings
           where order_id = any ($1) group by order_id""",
        list(order_ids),
    )
    return {row["order_id"]: set(row["documents"]) for row in rows}


def open_posting(tx: Tx, kind: DocumentKind, document_id: str, order_id: str, total: Money) -> None:
    """Note that the ERP must book a document."""
    tx.write(
        """insert into postings (document_kind, document_id, order_id, amount, currency, asked_at)
           values ($1, $2, $3, $4, $5, $6)""",
        kind,
        document_id,
        order_id,
        total.amount,
        total.currency,
        tx.now,
    )


def mark_posted(tx: Tx, kind: DocumentKind, document_id: str, reference: str) -> None:
    """The ERP booked a document under a number of its own."""
    tx.write(
        """update postings set state = 'posted', erp_reference = $3, answered_at = $4
           where document_kind = $1 and document_id = $2""",
        kind,
        document_id,
        reference,
        tx.now,
    )


def mark_failed(tx: Tx, kind: DocumentKind, document_id: str, failure: str) -> None:
    """The ERP refused a document."""
    tx.write(
        """update postings set state = 'failed', failure = $3, answered_at = $4
           where document_kind = $1 and document_id = $2""",
        kind,
        document_id,
        failure,
        tx.now,
    )


async def posting(tx: Tx, kind: str, document_id: str) -> Posting | None:
    """One posting."""
    row = await tx.fetchrow(
        """select document_kind, document_id, order_id, amount, currency, state, erp_reference,
                  failure, asked_at, answered_at
           from postings where document_kind = $1 and document_id = $2""",
        kind,
        document_id,
    )
    return None if row is None else Posting(**row)


async def postings(tx: Tx, state: PostingState | None, limit: int) -> list[Posting]:
    """The postings in a state, or all, those that wait longest first."""
    rows = await tx.fetch(
        """select document_kind, document_id, order_id, amount, currency, state, erp_reference,
                  failure, asked_at, answered_at
           from postings where $1::text is null or state = $1
           order by asked_at, document_kind, document_id limit $2""",
        state,
        limit,
    )
    return [Posting(**row) for row in rows]
