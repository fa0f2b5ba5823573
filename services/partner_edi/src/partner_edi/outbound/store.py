"""SQL of what is sent: documents on their way out, control numbers, and partners' answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

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
    await tx.execute(
        """insert into sendings (document_id, partner_id, control, control_number, file_name, raw,
               profile_version, written_at)
           values ($1, $2, $3, $4, $5, $6, $7, $8)""",
        *(document.document_id, document.partner_id, control, document.control_number),
        *(document.file_name, document.raw, document.profile_version, tx.now),
    )


async def mark_failed(tx: Tx, document_id: str, findings: Sequence[str]) -> None:
    """Record that a document goes no further, and why."""
    await tx.execute(
        "update documents set state = 'failed', findings = $2 where document_id = $1",
        *(document_id, list(findings)),
    )


async def mark_sent(tx: Tx, document_id: str, due_at: datetime | None) -> None:
    """Record that a document is with its transport; an answer that came sooner stands."""
    await tx.execute(
        """update documents set sent_at = $2, due_at = $3, overdue_at = null,
               state = case when state in ('waiting', 'translated') then 'sent' else state end
           where document_id = $1""",
        *(document_id, tx.now, due_at),
    )


async def document_in_group(tx: Tx, partner_id: str, control: int) -> SentDocument | None:
    """Our document that was sent under a control number; the newest, since numbers come again."""
    document_id = await tx.fetchval(
        """select document_id from sendings where partner_id = $1 and control = $2
           order by written_at desc limit 1""",
        *(partner_id, control),
    )
    return None if document_id is None else await document_to_send(tx, document_id)


async def document_about(
    tx: Tx, partner_id: str, control: int | None, set_code: str, reference: str
) -> SentDocument | None:
    """Our document that an advice speaks of: by group number and set, else by its reference."""
    document_id = await tx.fetchval(
        """select d.document_id from documents d
           left join sendings s on s.document_id = d.document_id and s.control = $2
           where d.partner_id = $1 and d.direction = 'out' and ($3 = '' or d.set_code = $3)
             and (s.control is not null or $4 in (d.reference, d.document_id)
                 or $4 = d.po_number and $4 <> '')
           order by s.control is null, d.recorded_at desc limit 1""",
        *(partner_id, control, set_code, reference),
    )
    return None if document_id is None else await document_to_send(tx, document_id)


async def mark_answered(
    tx: Tx, document_id: str, state: str, answer: str, findings: Iterable[str]
) -> None:
    """Record the partner's word on one of our documents."""
    await tx.execute(
        """update documents set state = $2, answer = $3, findings = findings || $4::text[],
               answered_at = $5
           where document_id = $1""",
        *(document_id, state, answer, list(findings), tx.now),
    )


async def take_overdue(tx: Tx) -> list[Any]:
    """Documents whose acknowledgement is late; each is given once."""
    return await tx.fetch(
        """update documents set overdue_at = $1
           where state = 'sent' and due_at <= $1 and overdue_at is null
           returning document_id, partner_id, po_number, set_code, reference, order_id,
               control_number, sent_at, due_at""",
        tx.now,
    )


async def add_duty(
    tx: Tx,
    partner_id: str,
    document: str,
    reference: str,
    po_number: str,
    order_id: str | None,
    owed_at: datetime,
    warn_at: datetime,
    due_at: datetime,
) -> None:
    """Note once what is owed; what was sent already is no duty."""
    await tx.execute(
        """insert into duties (partner_id, document, reference, po_number, order_id, owed_at,
               warn_at, due_at)
           select $1, $2, $3, $4, $5, $6, $7, $8
           where not exists (select from documents where partner_id = $1 and document = $2
               and direction = 'out' and reference = $3 and sent_at is not null)
           on conflict do nothing""",
        *(partner_id, document, reference, po_number, order_id, owed_at, warn_at, due_at),
    )


async def hasten_duty(tx: Tx, document: str, reference: str) -> None:
    """What is owed under a reference is due now, if it was not before."""
    await tx.execute(
        """update duties set warn_at = least(warn_at, $3), due_at = least(due_at, $3)
           where document = $1 and reference = $2 and met_at is null""",
        *(document, reference, tx.now),
    )


async def meet_duties(tx: Tx, document: SentDocument) -> None:
    """A document was sent: what was owed of it, by its own reference or its order's, is met."""
    await tx.execute(
        """update duties set met_at = $5
           where partner_id = $1 and document = $2 and met_at is null
             and (reference = $3 or (reference = $4 and $4 <> ''))""",
        *(document.partner_id, document.document, document.reference, document.po_number, tx.now),
    )


async def take_duties(tx: Tx) -> list[Any]:
    """What we are about to be late with; each is given once."""
    return await tx.fetch(
        """update duties d set raised_at = $1
           from partners p
           where p.partner_id = d.partner_id and d.warn_at <= $1
             and d.met_at is null and d.raised_at is null
           returning d.*, coalesce(p.profile->>'standard', 'X12') as standard""",
        tx.now,
    )
