"""A partner's 824 or APERAK: what its application says of documents of ours."""

from __future__ import annotations

from crossdock import Tx

from ..edi.acknowledgements.answer import Answer
from ..edi.mapping.application_advice.model import ApplicationAdvice, Original
from ..edi.segments import count
from ..outbound import store
from .acknowledgements import answered
from .incoming import Incoming


async def take(tx: Tx, incoming: Incoming) -> None:
    """Mark each document of ours that it speaks of; what was refused reaches a person."""
    advice: ApplicationAdvice = incoming.model
    partner_id = incoming.record.partner_id
    for one in advice.originals:
        sent = await store.document_about(
            tx, partner_id, count(one.group_control), one.set_code, one.reference
        )
        if sent is None:
            tx.raise_exception(
                code="advice_unmatched",
                text=f"{partner_id} advises on {one.set_code} {one.reference}, never sent: "
                f"{_words(one)}",
                team="partner_desk",
                about=incoming.record.document_id,
                context={"file": incoming.record.file_name, "verdict": one.verdict},
            )
            continue
        findings = tuple(fault.sentence() for fault in one.faults)
        answer = Answer(control=0, status=one.verdict, findings=findings)
        await answered(tx, sent, answer)
        if one.verdict == "accepted_with_errors":
            # A 997 with E is about the form; this is about the content, which somebody must mend.
            tx.raise_exception(
                code="document_faulted",
                text=f"{partner_id} finds fault with our {sent.set_code} {sent.reference}: "
                f"{_words(one)}",
                team="partner_desk",
                about=sent.document_id,
                order_id=sent.order_id,
                context={"partner_id": partner_id, "advice": advice.reference},
            )


def _words(one: Original) -> str:
    return "; ".join(fault.sentence() for fault in one.faults) or one.verdict
