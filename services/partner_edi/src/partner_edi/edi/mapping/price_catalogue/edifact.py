"""The price catalogue as EDIFACT PRICAT."""

from __future__ import annotations

from decimal import Decimal

from ...document import Row
from ...finding import Finding
from ...segments import plain
from ..goods import (
    UNITS,
    UNITS_BACK,
    described,
    description,
    identified,
    measured,
    named,
    on,
    stamp,
    units,
)
from ..reading import EPOCH, Loop, Reading, first, split
from .model import Price, PriceCatalogue

EFFECTIVE, EXPIRES, MINIMUM = "157", "206", "53"


def write(document: PriceCatalogue) -> list[Row]:
    """The segments from BGM to the last PRI."""
    rows: list[Row] = [
        ("BGM", "9", document.catalogue_number, "9"),
        stamp("137", document.issued_on),
        ("CUX", ["2", document.currency, "8"]),
    ]
    for number, price in enumerate(document.prices, 1):
        rows += [*identified(str(number), price.items), *described(price.description)]
        least = price.minimum
        rows += [units(least.value, least.uom, MINIMUM)] if least else []
        for code, day in ((EFFECTIVE, price.valid_from), (EXPIRES, price.valid_until)):
            rows += [stamp(code, day)] if day else []
        unit = ["1", UNITS.get(price.uom, price.uom)] if price.uom else []
        rows.append(("PRI", ["AAA", plain(price.amount), "", "", *unit]))
    return rows


def read(segments: Loop, currency: str = "EUR") -> tuple[PriceCatalogue | None, list[Finding]]:
    """The catalogue; each item has its first price."""
    reading = Reading(segments)
    bgm = reading.head("BGM")
    head, items = split(segments, "LIN")
    cux = first(head, "CUX")
    catalogue = PriceCatalogue(
        catalogue_number=reading.need(bgm, 2, "document number"),
        issued_on=on(head, "137") or EPOCH.date(),
        currency=(cux.part(1, 2) if cux else "") or currency,
        prices=tuple(price for loop in items if (price := _price(reading, loop))),
    )
    return reading.done(catalogue)


def _price(reading: Reading, loop: Loop) -> Price | None:
    pri, least = first(loop, "PRI", "AAA", "AAB", "INV"), first(loop, "QTY", MINIMUM)
    if pri is None:
        return None
    amount, uom = reading.number(pri, 1, "price", part=2), pri.part(1, 6)
    if pri.part(1, 5):
        # A price may be for a hundred.
        amount /= reading.number(pri, 1, "price basis", part=5, least=Decimal(1)) or 1
    return Price(
        items=named(loop),
        amount=amount,
        uom=UNITS_BACK.get(uom, uom),
        description=description(loop),
        minimum=measured(reading, least) if least else None,
        valid_from=on(loop, EFFECTIVE, "7"),
        valid_until=on(loop, EXPIRES, "36"),
    )
