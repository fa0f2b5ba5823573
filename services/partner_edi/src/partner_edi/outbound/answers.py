"""What we answer to everything received: 997 or 999 per group, TA1 and CONTRL per interchange."""

from __future__ import annotations

from uuid import UUID

from crossdock import Tx

from ..edi.acknowledgements import functional
from ..edi.acknowledgements.control import control_report
from ..edi.acknowledgements.implementation import implementation_acknowledgement
from ..edi.acknowledgements.interchange import interchange_acknowledgement, wanted
from ..edi.envelope import Group, Interchange
from ..profiles import Profile
from .documents import answer

# An acknowledgement is never acknowledged: two systems would thank each other for ever.
UNACKNOWLEDGED = {"997", "999", "CONTRL"}


async def to_group(
    tx: Tx, profile: Profile, interchange: Interchange, group: Group, mark: str, file_id: UUID
) -> None:
    """The 997 or 999 for a group, as the profile says."""
    if group.standard != "X12" or group.code == "FA":
        return
    if "997" in profile.acknowledge:
        rows = functional.acknowledgement(group, interchange)
        await answer(tx, profile, "997", mark, rows, file_id)
    if "999" in profile.acknowledge:
        rows = implementation_acknowledgement(group, interchange)
        await answer(tx, profile, "999", mark, rows, file_id)


async def to_interchange(
    tx: Tx, profile: Profile, interchange: Interchange, mark: str, file_id: UUID
) -> None:
    """The TA1 that the profile or ISA14 asks for, or the CONTRL, after its sets were judged."""
    if interchange.standard == "EDIFACT":
        sets = [document.code for group in interchange.groups for document in group.sets]
        if "CONTRL" in profile.acknowledge and (not sets or set(sets) - UNACKNOWLEDGED):
            await answer(tx, profile, "CONTRL", mark, control_report(interchange), file_id)
    elif (interchange.groups or not interchange.answers) and (
        "TA1" in profile.acknowledge or wanted(interchange)
    ):
        await answer(tx, profile, "TA1", mark, [interchange_acknowledgement(interchange)], file_id)
