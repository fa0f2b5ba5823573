"""The inventory report as EDIFACT INVRPT."""

from __future__ import annotations

from ...document import Row
from ...finding import Finding
from ..goods import (
    Goods,
    described,
    description,
    identified,
    lines_of,
    measured,
    moment,
    named,
    stamp,
    units,
)
from ..reading import EPOCH, Loop, Reading, first, split
from .model import InventoryReport

ACTUAL = "145"  # actual stock, element 6063


def write(document: InventoryReport) -> list[Row]:
    """The segments from BGM to the last QTY."""
    rows: list[Row] = [("BGM", "35", document.report_number, "9"), stamp("137", document.at)]
    for line in document.lines:
        rows += [*identified(line.number, line.items), *described(line.description)]
        rows.append(units(line.quantity.value, line.quantity.uom, ACTUAL))
    return rows


def read(segments: Loop, currency: str = "EUR") -> tuple[InventoryReport | None, list[Finding]]:
    """The report; an item without its actual stock is left out."""
    reading = Reading(segments)
    bgm = reading.head("BGM")
    at = moment(segments, "137")
    if at is None:
        reading.head("DTM", "137")
    loops = split(segments, "LIN")[1]
    goods = [_goods(reading, n, loop) for n, loop in zip(lines_of(loops), loops, strict=True)]
    report = InventoryReport(
        report_number=reading.need(bgm, 2, "document number"),
        at=at or EPOCH,
        lines=tuple(line for line in goods if line is not None),
    )
    return reading.done(report)


def _goods(reading: Reading, number: str, loop: Loop) -> Goods | None:
    found = first(loop, "QTY", ACTUAL)
    if found is None:
        return None
    return Goods(
        number=number,
        items=named(loop),
        quantity=measured(reading, found),
        description=description(loop),
    )
