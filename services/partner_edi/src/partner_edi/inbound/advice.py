"""Our own advice to a partner whose document was right in form, and could not be used."""

from __future__ import annotations

from collections.abc import Sequence

from crossdock import Reject, Tx

from .. import outbound
from ..edi.mapping.application_advice.model import ApplicationAdvice, Fault, Original
from ..profiles import Profile
from ..records import NewDocument


async def advise(
    tx: Tx, profile: Profile, record: NewDocument, controls: Sequence[str], reason: Reject
) -> None:
    """Send an 824 or APERAK where one is agreed: the 997 has said that the form is right."""
    original = Original(
        verdict="rejected",
        reference=record.reference or record.po_number or record.document_id,
        set_code=record.set_code,
        group_control=controls[-2] if len(controls) == 3 else "",
        set_control=controls[-1],
        faults=(Fault("", str(reason)),),
    )
    advice = ApplicationAdvice(
        reference=record.document_id, written_on=tx.now.date(), originals=(original,)
    )
    await outbound.send(
        *(tx, profile, "application_advice", record.document_id, advice),
        po_number=record.po_number,
    )
