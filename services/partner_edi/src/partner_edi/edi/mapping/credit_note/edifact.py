"""The credit note as EDIFACT INVOIC with document code 381, read and written."""

from __future__ import annotations

from collections.abc import Sequence

from ...document import Row
from ...finding import Finding
from ...lexer import Segment
from .. import edifact
from ..invoice.edifact import billed_lines, details, references, summary, total_of
from ..lines import first
from ..purchase_order.edifact import dates_of, number_of
from .model import CreditNote

CREDIT_NOTES = ("381", "83", "308", "396")


def read(
    segments: Sequence[Segment], currency: str = "EUR"
) -> tuple[CreditNote | None, list[Finding]]:
    """Read the segments from UNH to UNT; any other INVOIC is no credit note."""
    bgm, dates = first(segments, "BGM"), dates_of(segments)
    currency = edifact.currency_of(segments, currency)
    total, issued = total_of(segments, currency), dates.get("137") or dates.get("3")
    if bgm is None or bgm.part(1) not in CREDIT_NOTES or total is None or issued is None:
        return None, []
    refs = references(segments)
    note = CreditNote(
        credit_id=number_of(bgm),
        credited_on=issued.date(),
        invoice_id=refs.get("IV", ""),
        total=total,
        lines=billed_lines(segments, currency),
        po_number=refs.get("ON", ""),
        order_id=refs.get("VN", ""),
        return_id=refs.get("ALQ", ""),
    )
    return note, []


def write(note: CreditNote) -> list[Row]:
    """The segments from BGM to the last MOA; RFF+ALQ is the returns notice."""
    rows: list[Row] = [
        ("BGM", "381", note.credit_id, "9"),
        *edifact.dtm("137", note.credited_on),
        *edifact.rff("IV", note.invoice_id),
        *edifact.rff("ON", note.po_number),
        *edifact.rff("VN", note.order_id),
        *edifact.rff("ALQ", note.return_id),
        *edifact.cux(note.total.currency),
    ]
    return [*rows, *details(note.lines), *summary(note.lines, note.total)]
