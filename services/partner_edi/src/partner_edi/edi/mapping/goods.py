"""Goods, and how both standards name, count and place them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

import msgspec

from crossdock_contracts import Address, Quantity

from ..document import Row
from ..lexer import Segment
from ..segments import plain
from .reading import Loop, Reading, first, instant, optional_day, said

UOM = re.compile(r"[A-Z0-9]{2,3}", re.ASCII)
# Units: X12 element 355 and EDIFACT 6411, where they differ.
UNITS = {"EA": "PCE", "LB": "LBR", "KG": "KGM", "FT": "FOT", "LT": "LTR", "MR": "MTR", "CA": "CS"}
UNITS_BACK = {theirs: ours for ours, theirs in UNITS.items()} | {"C62": "EA", "NAR": "EA"}
# Item ids: X12 element 235 and EDIFACT 7143.
KINDS = {"VN": "SA", "BP": "IN", "UK": "SRV", "MG": "MF", "UP": "UP", "EN": "EN", "SK": "SK"}
KINDS_BACK = {theirs: ours for ours, theirs in KINDS.items()} | {"BP": "BP"}
# These stand in LIN03; the others in PIA.
TRADE_ITEMS = ("EN", "UP", "SRV")
COUNTRY = {"USA": "US", "CAN": "CA", "MEX": "MX", "GBR": "GB", "DEU": "DE"}


class Goods(msgspec.Struct, frozen=True, kw_only=True):
    """So much of one item; `number` is the sender's line number."""

    number: str
    items: Mapping[str, str]
    quantity: Quantity
    description: str = ""


# X12


def pairs(segment: Segment, start: int, stop: int = 0) -> dict[str, str]:
    """Qualifiers and ids from an element on; the first id of a qualifier counts."""
    items: dict[str, str] = {}
    for at in range(start, stop or len(segment.elements), 2):
        if segment.get(at) and segment.get(at + 1):
            items.setdefault(segment.get(at), segment.get(at + 1))
    return items


def flat(items: Mapping[str, str], most: int = 10) -> list[str]:
    """Qualifiers and ids as elements, as many pairs as the segment has room for."""
    return [part for pair in list(items.items())[:most] for part in pair]


def quantity(
    reading: Reading, segment: Segment, value: int, unit: int, *, what: str = "quantity"
) -> Quantity:
    """A quantity and its unit, side by side or apart; each when it is missing."""
    amount = reading.number(segment, value, what)
    uom = segment.get(unit)
    return Quantity(amount, uom if UOM.fullmatch(uom) else "EA")


def place(segments: Loop, *roles: str) -> Address | None:
    """The place in that role, from its N1 loop."""
    name = first(segments, "N1", *roles)
    if name is None:
        return None
    after = [s for s in segments if s.position > name.position]
    end = next((at for at, s in enumerate(after) if s.tag not in ("N2", "N3", "N4")), len(after))
    inside = after[:end]
    street, city = first(inside, "N3"), first(inside, "N4")
    country = said(inside, "N4", at=4)
    country = COUNTRY.get(country, country)
    return Address(
        name=name.get(2),
        street=tuple(part for part in (street.get(1), street.get(2)) if part) if street else (),
        city=city.get(1) if city else "",
        region=city.get(2) if city else "",
        postal_code=city.get(3) if city else "",
        country=country if re.fullmatch("[A-Z]{2}", country) else "US",
        location_code=name.get(4),
    )


# EDIFACT


def units(value: Decimal, uom: str, kind: str) -> Row:
    """QTY of a kind."""
    return ("QTY", [kind, plain(value), UNITS.get(uom, uom)])


def measured(reading: Reading, segment: Segment, what: str = "quantity") -> Quantity:
    """The quantity of a QTY, in our units."""
    uom = segment.part(1, 3)
    ours = UNITS_BACK.get(uom, uom) or "EA"
    amount = reading.number(segment, 1, what, part=2)
    return Quantity(amount, ours if UOM.fullmatch(ours) else "EA")


def identified(number: str, items: Mapping[str, str]) -> list[Row]:
    """LIN and PIA: a trade item number in the first, all others in the second."""
    theirs = [(KINDS.get(kind, kind), item) for kind, item in items.items()]
    trade = next((pair for pair in theirs if pair[0] in TRADE_ITEMS), None)
    others = [pair for pair in theirs if pair != trade]
    rows: list[Row] = [("LIN", number, "", [trade[1], trade[0]] if trade else "")]
    rows += [("PIA", "5", *([item, kind] for kind, item in others[:5]))] if others else []
    return rows


def named(loop: Loop) -> dict[str, str]:
    """Every id of an item, by X12's qualifiers."""
    found: dict[str, str] = {}
    for segment in loop:
        at = {"LIN": [3], "PIA": [2, 3, 4, 5, 6]}.get(segment.tag, [])
        for element in at:
            item, kind = segment.part(element), segment.part(element, 2)
            if item:
                found.setdefault(KINDS_BACK.get(kind, kind) or "ZZ", item)
    return found


def described(text: str) -> list[Row]:
    """IMD in free form, when there is a description."""
    parts = [text[:35], text[35:70]] if len(text) > 35 else [text]
    return [("IMD", "F", "", ["", "", "", *parts])] if text else []


def description(loop: Loop) -> str:
    """What an item is called."""
    found = first(loop, "IMD")
    return (found.part(3, 4) + found.part(3, 5)) if found else ""


def stamp(kind: str, moment: datetime | date) -> Row:
    """DTM with its format: 203 to the minute, 102 for a day."""
    if isinstance(moment, datetime):
        return ("DTM", [kind, f"{moment:%Y%m%d%H%M}", "203"])
    return ("DTM", [kind, f"{moment:%Y%m%d}", "102"])


def moment(loop: Loop, *kinds: str) -> datetime | None:
    """The moment that a DTM of that kind says."""
    found = first(loop, "DTM", *kinds)
    text = found.part(1, 2) if found else ""
    return instant(text[:8], text[8:])


def on(loop: Loop, *kinds: str) -> date | None:
    """The day that a DTM of that kind says."""
    found = first(loop, "DTM", *kinds)
    return optional_day(found.part(1, 2)) if found else None


def reference(loop: Loop, *kinds: str) -> str:
    """The number that a RFF of that kind says."""
    found = first(loop, "RFF", *kinds)
    return found.part(1, 2) if found else ""


def party(role: str, address: Address) -> Row:
    """NAD of a place, name and street in their own elements."""
    code = [address.location_code, "", "92"] if address.location_code else ""
    where = [address.name[:35], address.name[35:70]] if len(address.name) > 35 else [address.name]
    street = [part[:35] for part in address.street[:4]]
    town = (address.city, address.region, address.postal_code, address.country)
    return ("NAD", role, code, "", where, street, *town)


def located(loop: Loop, *roles: str) -> Address | None:
    """The place in that role."""
    found = first(loop, "NAD", *roles)
    if found is None:
        return None
    country = found.get(9)
    return Address(
        name=found.part(4) + found.part(4, 2),
        street=tuple(part for n in range(1, 5) if (part := found.part(5, n))),
        city=found.get(6),
        region=found.get(7),
        postal_code=found.get(8),
        country=country if re.fullmatch("[A-Z]{2}", country) else "US",
        location_code=found.part(2),
    )


def lines_of(loops: Sequence[Loop]) -> list[str]:
    """The senders' line numbers of some loops, counted where they gave none."""
    return [loop[0].get(1) or str(at) for at, loop in enumerate(loops, 1)]
