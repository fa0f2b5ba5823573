"""The inventory advice as X12 846."""

from __future__ import annotations

from ...document import Row
from ...finding import Finding
from ...segments import plain
from ..goods import Goods, flat, lines_of, pairs, quantity
from ..reading import EPOCH, Loop, Reading, first, instant, said, split
from .model import InventoryReport

# Element 673: available for sale; others that say the same of what is not reserved.
AVAILABLE = ("33", "17", "QA")


def write(document: InventoryReport) -> list[Row]:
    """The segments from BIA to CTT."""
    at = document.at
    number, when = document.report_number, (f"{at:%Y%m%d}", f"{at:%H%M}")
    rows: list[Row] = [("BIA", "00", "SI", number, *when)]
    for line in document.lines:
        count = line.quantity
        rows.append(("LIN", line.number, *flat(line.items)))
        rows += [("PID", "F", "", "", "", line.description)] if line.description else []
        rows.append(("QTY", AVAILABLE[0], plain(count.value), count.uom))
    return [*rows, ("CTT", str(len(document.lines)))]


def read(segments: Loop, currency: str = "USD") -> tuple[InventoryReport | None, list[Finding]]:
    """The report; an item without what is available is left out."""
    reading = Reading(segments)
    bia = reading.head("BIA")
    reading.day(bia, 4, "date")
    loops = split(segments, "LIN")[1]
    goods = [_goods(reading, n, loop) for n, loop in zip(lines_of(loops), loops, strict=True)]
    report = InventoryReport(
        report_number=reading.need(bia, 3, "report number"),
        at=instant(bia.get(4), bia.get(5)) or EPOCH,
        lines=tuple(line for line in goods if line is not None),
    )
    return reading.done(report)


def _goods(reading: Reading, number: str, loop: Loop) -> Goods | None:
    found = first(loop, "QTY", *AVAILABLE)
    if found is None:
        return None
    return Goods(
        number=number,
        items=pairs(loop[0], 2),
        quantity=quantity(reading, found, 2, 3),
        description=said(loop, "PID", "F", at=5),
    )
