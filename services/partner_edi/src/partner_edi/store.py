"""SQL of what both directions share: partners, documents, and the orders they speak of."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec

from crossdock import Tx
from crossdock_contracts import Address
from crossdock_contracts.partners import PurchaseOrderLine

from .documents import KnownOrder
from .domain import KnownLine
from .profiles import Profile
from .records import NewDocument

_lines = msgspec.json.Decoder(tuple[PurchaseOrderLine, ...])
_known = msgspec.json.Decoder(tuple[KnownLine, ...])
_address = msgspec.json.Decoder(Address)


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


async def keep_partner(tx: Tx, profile: Profile, source: str) -> None:
    """Keep a partner's profile as it is now, and each of its versions for ever."""
    await tx.execute(
        """insert into partners (partner_id, name, version, profile, loaded_at)
           values ($1, $2, $3, $4::jsonb, $5)
           on conflict (partner_id) do update
           set name = excluded.name, version = excluded.version, profile = excluded.profile,
               loaded_at = excluded.loaded_at
           where partners.version <> excluded.version""",
        *(profile.partner_id, profile.name, profile.version, profile.text, tx.now),
    )
    await tx.execute(
        """insert into profile_versions (partner_id, version, profile, source, loaded_at)
           values ($1, $2, $3::jsonb, $4, $5) on conflict do nothing""",
        *(profile.partner_id, profile.version, profile.text, source, tx.now),
    )


async def profile_versions(tx: Tx, partner_id: str) -> list[Any]:
    """Every version of a partner's profile, as it was written, the newest first."""
    return await tx.fetch(
        """select version, source, loaded_at from profile_versions where partner_id = $1
           order by loaded_at desc, version""",
        partner_id,
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


async def add_document(tx: Tx, document: NewDocument) -> bool:
    """Record a document once; False when it is there already and waits for nothing."""
    added = await tx.fetchval(
        """insert into documents (document_id, direction, set_code, partner_id, state, po_number,
               order_id, reference, file_id, file_name, control_number, profile_version, findings,
               document, model, raw, trace_id, recorded_at)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15::jsonb, $16,
               $17, $18)
           on conflict (document_id) do update
           set state = excluded.state, po_number = excluded.po_number,
               reference = excluded.reference, control_number = excluded.control_number,
               profile_version = excluded.profile_version, findings = excluded.findings,
               document = excluded.document, raw = excluded.raw, trace_id = excluded.trace_id
           where documents.direction = 'in' and documents.state = 'received'
           returning true""",
        *(document.document_id, document.direction, document.set_code, document.partner_id),
        *(document.state, document.po_number, document.order_id, document.reference),
        *(document.file_id, document.file_name, document.control_number),
        *(document.profile_version, list(document.findings)),
        *(document.document, document.model.decode() if document.model else None, document.raw),
        *(tx.trace_id, tx.now),
    )
    return bool(added)


async def partner_of(tx: Tx, document_id: str) -> str:
    """Whose document one is."""
    sql = "select partner_id from documents where document_id = $1"
    return str(await tx.fetchval(sql, document_id))


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
