"""The sales data report as EDIFACT SLSRPT."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from ...document import Row
from ...finding import Finding
from ..goods import identified, measured, named, on, units
from ..reading import EPOCH, Loop, Reading, first, optional_day, split
from .model import Figure, Kind, SalesReport, SoldLine

# Element 6063.
CODES: dict[Kind, str] = {"sold": "153", "returned": "61", "on_hand": "145"}
KINDS: dict[str, Kind] = {
    **{code: kind for kind, code in CODES.items()},
    "212": "sold",
    "17": "on_hand",
}
PERIOD = "356"  # element 2005, as two days side by side


def write(document: SalesReport) -> list[Row]:
    """The segments from BGM to the last QTY, place by place."""
    period = f"{document.begins_on:%Y%m%d}{document.ends_on:%Y%m%d}"
    rows: list[Row] = [
        ("BGM", ["73E", "", "9"], document.report_number, "9"),
        ("DTM", [PERIOD, period, "718"]),
    ]
    places = dict.fromkeys(f.location for line in document.lines for f in line.figures)
    for location in places:
        rows.append(("LOC", "162", [location, "", "92"]))
        number = 0
        for line in document.lines:
            if here := [f for f in line.figures if f.location == location]:
                number += 1
                rows += identified(str(number), line.items)
                rows += [units(f.quantity.value, f.quantity.uom, CODES[f.kind]) for f in here]
    return rows


def read(segments: Loop, currency: str = "EUR") -> tuple[SalesReport | None, list[Finding]]:
    """The report, turned from places with items into items with places."""
    reading = Reading(segments)
    bgm = reading.head("BGM")
    head, places = split(segments, "LOC")
    begins, ends = _period(head)
    if begins is None:
        reading.head("DTM", PERIOD)
    found: dict[tuple[tuple[str, str], ...], list[Figure]] = {}
    for loop in places:
        for line in split(loop, "LIN")[1]:
            figures = found.setdefault(tuple(named(line).items()), [])
            figures += _figures(reading, line, loop[0].part(2))
    report = SalesReport(
        report_number=reading.need(bgm, 2, "document number"),
        begins_on=begins or EPOCH.date(),
        ends_on=ends or begins or EPOCH.date(),
        lines=tuple(
            SoldLine(items=dict(items), figures=tuple(figures)) for items, figures in found.items()
        ),
    )
    return reading.done(report)


def _period(head: Loop) -> tuple[date | None, date | None]:
    """The period as one DTM, or as its first and its last day."""
    both = first(head, "DTM", PERIOD)
    if both is None:
        return on(head, "90", "194", "137"), on(head, "91", "206", "137")
    text = both.part(1, 2).replace("-", "")
    return optional_day(text), optional_day(text[8:])


def _figures(reading: Reading, line: Loop, location: str) -> Iterator[Figure]:
    for qty in line:
        kind = KINDS.get(qty.part(1)) if qty.tag == "QTY" else None
        if kind:
            yield Figure(kind=kind, quantity=measured(reading, qty), location=location)
