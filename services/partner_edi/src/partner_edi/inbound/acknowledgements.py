"""A partner's 997, 999, TA1 or CONTRL: its word on what we sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from crossdock import Tx
from crossdock_contracts.partners import AcknowledgementReceived

from ..edi.acknowledgements import control, functional, interchange
from ..edi.acknowledgements.answer import Answer
from ..edi.finding import Finding, Level
from ..edi.lexer import Segment
from ..outbound import store
from ..records import SentDocument
from .incoming import Incoming

Read = tuple[Answer | None, list[Finding]]


def read_group(segments: Sequence[Segment], currency: str) -> Read:
    """A 997 or 999, on one group of ours."""
    return _read(functional.read, segments)


def read_interchange(segments: Sequence[Segment], currency: str) -> Read:
    """A TA1, on one interchange of ours."""
    return _read(lambda all_: interchange.read(all_[0]), segments)


def read_control(segments: Sequence[Segment], currency: str) -> Read:
    """A CONTRL, on one interchange of ours."""
    return _read(control.read, segments)


def _read(
    reader: Callable[[Sequence[Segment]], Answer | None], segments: Sequence[Segment]
) -> Read:
    answer = reader(segments)
    if answer is not None:
        return answer, []
    text = "the acknowledgement does not say what it acknowledges, or how"
    at = segments[0].position
    unread = Finding(code="acknowledgement_unreadable", text=text, position=at, level=Level.FATAL)
    return None, [unread]


async def take(tx: Tx, incoming: Incoming) -> None:
    """Mark the document of ours that it speaks of, and tell the others."""
    answer: Answer = incoming.model
    record = incoming.record
    sent = await store.document_in_group(tx, record.partner_id, answer.control)
    if sent is None or not _names(answer, sent):
        said = ", ".join(one.code for one in answer.sets) or "documents"
        never = "never sent" if sent is None else f"but {sent.set_code} was sent under it"
        tx.raise_exception(
            code="acknowledgement_unmatched",
            text=f"{record.partner_id} acknowledges {said} in {answer.control}, {never}",
            team="partner_desk",
            about=record.document_id,
            context={"file": record.file_name},
        )
    elif answer.final:
        await answered(tx, sent, answer)


def _names(answer: Answer, sent: SentDocument) -> bool:
    """Whether an answer is about this document: it names its set, or no set at all."""
    return not answer.sets or any(one.code == sent.set_code for one in answer.sets)


async def answered(tx: Tx, document: SentDocument, answer: Answer) -> None:
    """One of our documents has its answer: accepted, with errors, or refused."""
    own = [s for s in answer.sets if s.code == document.set_code]
    status = own[0].status if own else answer.status
    findings = (*answer.findings, *(own[0].findings if own else ()))
    refused = status in ("rejected", "partially_accepted")
    state = "rejected" if refused else "acknowledged"
    await store.mark_answered(tx, document.document_id, state, status, findings)
    tx.emit(
        AcknowledgementReceived(
            partner_id=document.partner_id,
            po_number=document.po_number,
            document_id=document.document_id,
            set_code=document.set_code,
            received_at=tx.now,
            status=status,
            findings=findings,
        )
    )
    if refused:
        tx.raise_exception(
            code="document_refused",
            text=f"{document.partner_id} refused our {document.set_code} {document.reference}",
            team="partner_desk",
            about=document.document_id,
            order_id=document.order_id,
            context={
                "partner_id": document.partner_id,
                "control_number": document.control_number,
                "status": status,
                "findings": "; ".join(findings)[:2000],
            },
        )
