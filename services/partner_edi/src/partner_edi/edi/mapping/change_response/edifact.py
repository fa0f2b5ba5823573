"""The answer to the change of a purchase order as EDIFACT ORDRSP, read and written."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ...document import Row
from ...finding import Finding
from ...lexer import Segment
from .. import edifact
from ..order_response import edifact as ordrsp
from ..purchase_order.edifact import dates_of, header
from .model import ChangeResponse


def read(
    segments: Sequence[Segment], currency: str = "EUR"
) -> tuple[ChangeResponse | None, list[Finding]]:
    """Read the segments from UNH to UNT; RFF+ACW (the message before) tells which change."""
    said, findings = ordrsp.read(segments, currency)
    if said is None:
        return None, findings
    rffs = [segment for segment in header(segments) if segment.tag == "RFF"]
    number = next((rff.part(1, 2) for rff in rffs if rff.part(1) == "ACW"), "")
    changed = dates_of(segments).get("4")
    answer = ChangeResponse(
        **msgspec.structs.asdict(said),
        change_number=number,
        changed_on=changed.date() if changed else None,
    )
    return answer, findings


def write(document: ChangeResponse) -> list[Row]:
    """The segments from BGM to CNT."""
    head, *rest = ordrsp.write(document)
    at = next(n for n, row in enumerate(rest) if row[0] == "RFF")
    number = edifact.rff("ACW", document.change_number)
    when = edifact.dtm("4", document.changed_on) if number else []
    return [head, *rest[:at], *number, *when, *rest[at:]]
