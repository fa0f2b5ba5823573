"""SQL of what is sent: documents on their way out, control numbers, and partners' answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from crossdock import Tx

from ..records import SentDocument


async def document_to_send(tx: Tx, document_id: str) -> SentDocument:
    """One of our documents, locked until the transaction ends."""
    row = await tx.fetchrow(
        """select document_id, set_code, document, partner_id, po_number, order_id, reference,
                  file_name, control_number, profile_version, raw, model::text as model
           from documents where document_id = $1 and direction = 'out' for update""",
        document_id,
    )
    assert row is not None, f"{document_id} was recorded before it is sent or answered"
    values = {name: row[name] for name in SentDocument.__struct_fields__ if name != "findings"}
    return SentDocument(**{**values, "model": (row["model"] or "").encode()})


async def next_control(tx: Tx, partner_id: str) -> int:
    """The next control number towards a partner; after 999,999,999 comes 1."""
    sql = "select last % 999999999 + 1 from control_numbers where partner_id = $1 for update"
    return int(await tx.fetchval(sql, partner_id) or 1)


async def use_control(tx: Tx, partner_id: str, control: int) -> None:
    """Record that a control number is used; a document that is not sent uses none."""
    await tx.execute(
        """insert into control_numbers (partner_id, last) values ($1, $2)
           on conflict (partner_id) do update set last = excluded.last""",
        *(partner_id, control),
    )


async def keep_text(tx: Tx, document: SentDocument, control: int) -> None:
    """Keep a document's text for ever as it is about to be sent."""
    await tx.execute(
        """update documents set group_control = $2, control_number = $3, file_name = $4, raw = $5,
               profile_version = $6
           where document_id = $1""",
        *(document.document_id, control, document.control_number, document.file_name),
        *(document.raw, document.profile_version),
    )


async def mark_failed(tx: Tx, document_id: str, findings: Sequence[str]) -> None:
    """Record that a document goes no further, and why."""
    await tx.execute(
        "update documents set state = 'failed', findings = $2 where document_id = $1",
        *(document_id, list(findings)),
    )


async def mark_sent(tx: Tx, document_id: str) -> None:
    """Record that a document lies in the outbox; an answer that came sooner stands."""
    await tx.execute(
        """update documents set sent_at = $2,
               state = case when state in ('waiting', 'translated') then 'sent' else state end
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
