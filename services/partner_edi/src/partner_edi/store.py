"""All SQL of partner_edi: files, documents, partners, and the orders they speak of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from crossdock import Tx
from crossdock_contracts import Address
from crossdock_contracts.partners import PurchaseOrderLine

from .documents import KnownOrder
from .domain import KnownLine
from .profiles import Profile
from .records import NewDocument, SentDocument

_lines = msgspec.json.Decoder(tuple[PurchaseOrderLine, ...])
_known = msgspec.json.Decoder(tuple[KnownLine, ...])
_address = msgspec.json.Decoder(Address)
_rows = msgspec.json.Decoder(list[list[str]])


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


async def keep_partner(tx: Tx, profile: Profile) -> None:
    """Keep a partner's profile as it is now."""
    await tx.execute(
        """insert into partners (partner_id, name, version, profile, loaded_at)
           values ($1, $2, $3, $4::jsonb, $5)
           on conflict (partner_id) do update
           set name = excluded.name, version = excluded.version, profile = excluded.profile,
               loaded_at = excluded.loaded_at
           where partners.version <> excluded.version""",
        *(profile.partner_id, profile.name, profile.version, profile.model_dump_json(), tx.now),
    )


async def partner_versions(tx: Tx) -> dict[str, str]:
    """Which profile version of each partner is kept."""
    rows = await tx.fetch("select partner_id, version from partners")
    return {row["partner_id"]: row["version"] for row in rows}


async def partners(tx: Tx) -> list[Profile]:
    """All partners by id."""
    rows = await tx.fetch("select profile::text as profile from partners order by partner_id")
    return [Profile.model_validate_json(row["profile"]) for row in rows]


async def partner(tx: Tx, partner_id: str) -> Profile | None:
    """One partner; None when there is no profile for it (yet)."""
    sql = "select profile::text from partners where partner_id = $1"
    profile = await tx.fetchval(sql, partner_id)
    return None if profile is None else Profile.model_validate_json(profile)


async def add_file(
    tx: Tx, file_id: UUID, partner_id: str, file_name: str, sha256: str, raw: bytes
) -> tuple[str, list[str]]:
    """Record a picked-up file once; its state (`received` until handled) and its findings."""
    await tx.execute(
        """insert into files (file_id, partner_id, file_name, sha256, raw, picked_at)
           values ($1, $2, $3, $4, $5, $6) on conflict do nothing""",
        *(file_id, partner_id, file_name, sha256, raw, tx.now),
    )
    row = await tx.fetchrow("select state, findings from files where file_id = $1", file_id)
    assert row is not None
    return row["state"], list(row["findings"])


async def twin(tx: Tx, file_id: UUID, partner_id: str, sha256: str) -> str | None:
    """The name under which the same content was taken before; refused content may come again."""
    name: str | None = await tx.fetchval(
        """select file_name from files
           where partner_id = $2 and sha256 = $3 and file_id <> $1 and state = 'done'
           order by picked_at limit 1""",
        *(file_id, partner_id, sha256),
    )
    return name


async def finish_file(tx: Tx, file_id: UUID, state: str, findings: Sequence[str]) -> None:
    """Record that a file needs no further work."""
    await tx.execute(
        "update files set state = $2, findings = $3 where file_id = $1",
        *(file_id, state, list(findings)),
    )


async def claim_interchange(
    tx: Tx, partner_id: str, control: int, file_id: UUID, ordinal: int
) -> bool:
    """Use a control number; False when another interchange of this partner has used it."""
    await tx.execute(
        """insert into interchanges (partner_id, control, file_id, ordinal)
           values ($1, $2, $3, $4) on conflict do nothing""",
        *(partner_id, control, file_id, ordinal),
    )
    first = await tx.fetchrow(
        "select file_id, ordinal from interchanges where partner_id = $1 and control = $2",
        *(partner_id, control),
    )
    return first is not None and (first["file_id"], first["ordinal"]) == (file_id, ordinal)


async def add_document(tx: Tx, document: NewDocument) -> bool:
    """Record a document once; False when it is there already."""
    added = await tx.fetchval(
        """insert into documents (document_id, direction, set_code, partner_id, state, po_number,
               order_id, reference, file_id, file_name, control_number, profile_version, findings,
               rows, raw, trace_id, recorded_at)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14::jsonb, $15, $16, $17
           ) on conflict do nothing returning true""",
        *(document.document_id, document.direction, document.set_code, document.partner_id),
        *(document.state, document.po_number, document.order_id, document.reference),
        *(document.file_id, document.file_name, document.control_number),
        *(document.profile_version, list(document.findings)),
        *(None if document.rows is None else _json(document.rows), document.raw),
        *(tx.trace_id, tx.now),
    )
    return bool(added)


async def document_to_send(tx: Tx, document_id: str) -> SentDocument:
    """One of our documents, locked until the transaction ends."""
    row = await tx.fetchrow(
        """select document_id, set_code, partner_id, po_number, order_id, reference, file_name,
                  control_number, raw, rows::text as rows
           from documents where document_id = $1 and direction = 'out' for update""",
        document_id,
    )
    assert row is not None, f"{document_id} was recorded before it is sent or answered"
    values = {name: row[name] for name in SentDocument.__struct_fields__}
    return SentDocument(**{**values, "rows": _rows.decode(row["rows"])})


async def next_control(tx: Tx, partner_id: str) -> int:
    """The next control number towards a partner; after 999,999,999 comes 1."""
    sql = """insert into control_numbers (partner_id, last) values ($1, 1)
             on conflict (partner_id) do update set last = control_numbers.last % 999999999 + 1
             returning last"""
    return int(await tx.fetchval(sql, partner_id))


async def keep_text(
    tx: Tx, document_id: str, control: int, control_number: str, file_name: str, raw: bytes
) -> None:
    """Keep a document's text for ever as it is about to be sent."""
    await tx.execute(
        """update documents set group_control = $2, control_number = $3, file_name = $4, raw = $5
           where document_id = $1""",
        *(document_id, control, control_number, file_name, raw),
    )


async def mark_sent(tx: Tx, document_id: str) -> None:
    """Record that a document lies in the outbox; an answer that came sooner stands."""
    await tx.execute(
        """update documents set sent_at = $2,
               state = case when state = 'waiting' then 'sent' else state end
           where document_id = $1""",
        *(document_id, tx.now),
    )


async def document_in_group(tx: Tx, partner_id: str, control: int) -> SentDocument | None:
    """Our document that a partner's 997 speaks of, by GS06; the newest with that number."""
    document_id = await tx.fetchval(
        """select document_id from documents
           where partner_id = $1 and group_control = $2 and direction = 'out'
           order by recorded_at desc limit 1""",
        *(partner_id, control),
    )
    return None if document_id is None else await document_to_send(tx, document_id)


async def mark_answered(tx: Tx, document_id: str, state: str, findings: Iterable[str]) -> None:
    """Record the partner's word on one of our documents."""
    await tx.execute(
        """update documents set state = $2, findings = findings || $3::text[], answered_at = $4
           where document_id = $1""",
        *(document_id, state, list(findings), tx.now),
    )


async def documents(
    tx: Tx, partner_id: str | None, set_code: str | None, state: str | None, limit: int
) -> list[Any]:
    """Documents, the newest first; None leaves a filter out."""
    return await tx.fetch(
        """select document_id, direction, set_code, partner_id, po_number, order_id, reference,
                  state, file_name, control_number, findings, recorded_at, sent_at, answered_at,
                  trace_id
           from documents
           where ($1::text is null or partner_id = $1) and ($2::text is null or set_code = $2)
             and ($3::text is null or state = $3)
           order by recorded_at desc, document_id limit $4""",
        *(partner_id, set_code, state, limit),
    )


async def document(tx: Tx, document_id: str) -> Any:
    """One document with its bytes and the profile it was handled under; None when unknown."""
    return await tx.fetchrow("select * from documents where document_id = $1", document_id)


async def keep_purchase_order(
    tx: Tx,
    partner_id: str,
    po_number: str,
    document_id: str,
    po_date: date | None,
    lines: Sequence[PurchaseOrderLine],
) -> None:
    """Remember how the partner wrote its order; a later 850 for the same number replaces it."""
    await tx.execute(
        """insert into purchase_orders (partner_id, po_number, document_id, po_date, lines)
           values ($1, $2, $3, $4, $5::jsonb)
           on conflict (partner_id, po_number) do update
           set document_id = excluded.document_id, po_date = excluded.po_date,
               lines = excluded.lines""",
        *(partner_id, po_number, document_id, po_date, _json(lines)),
    )


async def purchase_order(
    tx: Tx, partner_id: str, po_number: str
) -> tuple[date | None, dict[int, PurchaseOrderLine]]:
    """Date and lines of the partner's own order; nothing when it came by another way."""
    row = await tx.fetchrow(
        """select po_date, lines::text as lines from purchase_orders
           where partner_id = $1 and po_number = $2""",
        *(partner_id, po_number),
    )
    if row is None:
        return None, {}
    return row["po_date"], {line.line_no: line for line in _lines.decode(row["lines"])}


def remember_order(tx: Tx, order_id: str, partner_id: str | None, po_number: str) -> None:
    """Remember an order, and put its id on the purchase order it came from."""
    add = "insert into orders (order_id, partner_id, po_number) values ($1, $2, $3)"
    tx.write(f"{add} on conflict do nothing", order_id, partner_id, po_number)
    if partner_id is not None:
        tx.write(
            """update documents set order_id = $1
               where partner_id = $2 and po_number = $3 and direction = 'in' and order_id is null
                 and state = 'translated'""",
            *(order_id, partner_id, po_number),
        )


def keep_agreed(tx: Tx, order: KnownOrder) -> None:
    """Keep what was agreed, for the ship notices and invoices to come."""
    tx.write(
        """insert into orders (order_id, partner_id, po_number, po_date, ship_to, lines)
           values ($1, $2, $3, $4, $5::jsonb, $6::jsonb)
           on conflict (order_id) do update
           set po_date = excluded.po_date, ship_to = excluded.ship_to, lines = excluded.lines""",
        *(order.order_id, order.partner_id, order.po_number, order.po_date),
        *(_json(order.ship_to) if order.ship_to else None, _json(order.lines)),
    )


async def order(tx: Tx, order_id: str) -> tuple[bool, KnownOrder | None]:
    """Whether the order is known, and the order when it is a partner's; lines come when agreed."""
    row = await tx.fetchrow(
        """select order_id, partner_id, po_number, po_date, ship_to::text as ship_to,
                  lines::text as lines
           from orders where order_id = $1""",
        order_id,
    )
    if row is None or row["partner_id"] is None:
        return row is not None, None
    return True, KnownOrder(
        order_id=row["order_id"],
        partner_id=row["partner_id"],
        po_number=row["po_number"],
        po_date=row["po_date"],
        ship_to=_address.decode(row["ship_to"]) if row["ship_to"] else None,
        lines=_known.decode(row["lines"]) if row["lines"] else (),
    )
