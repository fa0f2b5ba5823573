"""The price catalogue as X12 832."""

from __future__ import annotations

from decimal import Decimal

from crossdock_contracts import Quantity

from ...document import Row
from ...finding import Finding
from ...segments import plain
from ..goods import UOM, flat, pairs
from ..reading import EPOCH, Loop, Reading, first, optional_day, said, split
from .model import Price, PriceCatalogue

EFFECTIVE, EXPIRES = "007", "036"  # element 374


def write(document: PriceCatalogue) -> list[Row]:
    """The segments from BCT to CTT."""
    rows: list[Row] = [
        ("BCT", "PC", document.catalogue_number, "", "", "", "00"),
        ("DTM", "097", f"{document.issued_on:%Y%m%d}"),
        ("CUR", "SE", document.currency),
    ]
    for number, price in enumerate(document.prices, 1):
        rows.append(("LIN", str(number), *flat(price.items)))
        for code, day in ((EFFECTIVE, price.valid_from), (EXPIRES, price.valid_until)):
            rows += [("DTM", code, f"{day:%Y%m%d}")] if day else []
        rows += [("PID", "F", "", "", "", price.description)] if price.description else []
        # A quantity and its unit go together; from one on is from the first on.
        least = plain(price.minimum.value) if price.minimum else "1" if price.uom else ""
        rows.append(("CTP", "", "UCP", plain(price.amount), least, price.uom))
    return [*rows, ("CTT", str(len(document.prices)))]


def read(segments: Loop, currency: str = "USD") -> tuple[PriceCatalogue | None, list[Finding]]:
    """The catalogue; an item has as many prices as it has CTP segments."""
    reading = Reading(segments)
    bct = reading.head("BCT")
    head, items = split(segments, "LIN")
    catalogue = PriceCatalogue(
        catalogue_number=bct.get(2) or said(head, "REF"),
        issued_on=optional_day(said(head, "DTM", "097", "007")) or EPOCH.date(),
        currency=said(head, "CUR") or currency,
        prices=tuple(price for loop in items for price in _prices(reading, loop)),
    )
    return reading.done(catalogue)


def _prices(reading: Reading, loop: Loop) -> list[Price]:
    found = []
    for ctp in (s for s in loop if s.tag == "CTP" and s.get(3)):
        uom = ctp.get(5) if UOM.fullmatch(ctp.get(5)) else ""
        least = reading.number(ctp, 4, "quantity") if ctp.get(4) else Decimal(1)
        found.append(
            Price(
                items=pairs(loop[0], 2),
                amount=reading.number(ctp, 3, "unit price"),
                uom=uom,
                description=said(loop, "PID", "F", at=5),
                minimum=Quantity(least, uom or "EA") if least != 1 else None,
                valid_from=optional_day(said(loop, "DTM", EFFECTIVE)),
                valid_until=optional_day(said(loop, "DTM", EXPIRES)),
            )
        )
    if not found and first(loop, "CTP"):
        reading.note(loop[0], 1, "the item has a CTP but no price", "missing")
    return found
