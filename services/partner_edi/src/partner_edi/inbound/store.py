"""SQL of what is received: files, interchanges, and how partners wrote their orders."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from crossdock import Tx
from crossdock_contracts.partners import PurchaseOrderLine

from ..records import NewDocument


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
    tx: Tx, partner_id: str, control: str, file_id: UUID, ordinal: int
) -> bool:
    """Use a control number; False when another interchange of this partner has used it."""
    await tx.execute(
        """insert into received_interchanges (partner_id, control, file_id, ordinal)
           values ($1, $2, $3, $4) on conflict do nothing""",
        *(partner_id, control, file_id, ordinal),
    )
    first = await tx.fetchrow(
        "select file_id, ordinal from received_interchanges where partner_id = $1 and control = $2",
        *(partner_id, control),
    )
    return first is not None and (first["file_id"], first["ordinal"]) == (file_id, ordinal)


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
        *(partner_id, po_number, document_id, po_date, msgspec.json.encode(lines).decode()),
    )


async def count_document(tx: Tx, partner_id: str, set_code: str, faulty: bool, window: int) -> Any:
    """Count a document and its errors; at the end of a window, its rate and the one before."""
    return await tx.fetchrow(
        """insert into error_rates as r (partner_id, set_code, documents, seen, faulty)
           values ($1, $2, 1, 1, $3::int)
           on conflict (partner_id, set_code) do update
           set documents = r.documents + 1,
               seen = case when r.seen >= $4 then 1 else r.seen + 1 end,
               faulty = case when r.seen >= $4 then 0 else r.faulty end + $3::int,
               rate = case when r.seen >= $4 then r.faulty::float / r.seen else r.rate end
           returning documents, case when seen = $4 then rate end as rate_before,
               case when seen = $4 then faulty::float / seen end as rate_now""",
        *(partner_id, set_code, faulty, window),
    )


async def learn(
    tx: Tx,
    partner_id: str,
    set_code: str,
    told: Sequence[tuple[str, str]],
    record: NewDocument,
) -> list[tuple[str, str]]:
    """Remember codes and segments of a partner's set; those that were not known."""
    rows = await tx.fetch(
        """insert into habits (partner_id, set_code, kind, value, document_id, since)
           select $1, $2, kind, value, $5, $6
           from unnest($3::text[], $4::text[]) as t (kind, value)
           on conflict do nothing returning kind, value""",
        *(partner_id, set_code, [kind for kind, _ in told], [value for _, value in told]),
        *(record.document_id, tx.now),
    )
    return sorted((row["kind"], row["value"]) for row in rows)
