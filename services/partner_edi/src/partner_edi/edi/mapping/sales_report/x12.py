"""The product activity data as X12 852."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from crossdock_contracts import Quantity

from ...document import Row
from ...finding import Finding
from ...lexer import Segment
from ...segments import plain
from ..goods import UOM, flat, pairs, quantity
from ..reading import Loop, Reading, said, split
from .model import Figure, Kind, SalesReport, SoldLine

# Element 859. What else is reported (in transit, on order, planned) is not sell-through.
CODES: dict[Kind, str] = {"sold": "QS", "returned": "QU", "on_hand": "QA"}
KINDS: dict[str, Kind] = {
    **dict.fromkeys(("QS", "Q1", "TS", "RE"), "sold"),
    **dict.fromkeys(("QU", "Q2"), "returned"),
    **dict.fromkeys(("QA", "OH", "QE"), "on_hand"),
}
PLACES = 10  # pairs of place and quantity in one SDQ


def write(document: SalesReport) -> list[Row]:
    """The segments from XQ to CTT."""
    period = f"{document.begins_on:%Y%m%d}", f"{document.ends_on:%Y%m%d}"
    rows: list[Row] = [("XQ", "H", *period), ("N9", "RF", document.report_number)]
    for number, line in enumerate(document.lines, 1):
        rows.append(("LIN", str(number), *flat(line.items)))
        rows += _figures(line)
    return [*rows, ("CTT", str(len(document.lines)))]


def _figures(line: SoldLine) -> Iterator[Row]:
    """A ZA for each kind and unit; figures of places hang on it as SDQ."""
    for (kind, uom, placed), group in groupby(
        line.figures, lambda f: (f.kind, f.quantity.uom, bool(f.location))
    ):
        if not placed:
            for figure in group:
                yield ("ZA", CODES[kind], plain(figure.quantity.value), uom)
            continue
        yield ("ZA", CODES[kind])
        here = list(group)
        for start in range(0, len(here), PLACES):
            some = here[start : start + PLACES]
            places = [part for f in some for part in (f.location, plain(f.quantity.value))]
            yield ("SDQ", uom, "92", *places)


def read(segments: Loop, currency: str = "USD") -> tuple[SalesReport | None, list[Finding]]:
    """The report; the sum of places that a ZA may give beside them is not counted again."""
    reading = Reading(segments)
    xq = reading.head("XQ")
    head, lines = split(segments, "LIN")
    begins = reading.day(xq, 2, "first day")
    report = SalesReport(
        report_number=said(head, "N9") or f"{xq.get(2)}-{xq.get(3)}",
        begins_on=begins,
        ends_on=reading.day(xq, 3, "last day") if xq.get(3) else begins,
        lines=tuple(
            SoldLine(items=pairs(loop[0], 2), figures=tuple(_read(reading, loop))) for loop in lines
        ),
    )
    return reading.done(report)


def _read(reading: Reading, loop: Loop) -> Iterator[Figure]:
    location = ""
    for segment, after in _activities(loop):
        if segment.tag == "N1":
            location = segment.get(4)
            continue
        kind = KINDS.get(segment.get(1))
        if kind is None:
            continue
        placed = [f for sdq in after for f in _placed(reading, kind, sdq)]
        if not placed and segment.get(2):
            found = quantity(reading, segment, 2, 3)
            placed = [Figure(kind=kind, quantity=found, location=location)]
        yield from placed


def _activities(loop: Loop) -> Iterator[tuple[Segment, Loop]]:
    """Places and activities of an item, each with the SDQ segments that follow it."""
    for inner in split(loop, "N1", "ZA")[1]:
        yield inner[0], [segment for segment in inner if segment.tag == "SDQ"]


def _placed(reading: Reading, kind: Kind, sdq: Segment) -> Iterator[Figure]:
    uom = sdq.get(1) if UOM.fullmatch(sdq.get(1)) else "EA"
    for at in range(3, min(len(sdq.elements), 23), 2):
        if sdq.get(at):
            value = reading.number(sdq, at + 1, "quantity")
            yield Figure(kind=kind, quantity=Quantity(value, uom), location=sdq.get(at))
