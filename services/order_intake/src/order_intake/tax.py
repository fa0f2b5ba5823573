"""A thin stand-in for a tax engine: general sales tax by where the goods go.

A few states and provinces with their general rates; no counties, cities or thresholds.
"""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple


class Rate(NamedTuple):
    """What one jurisdiction takes: 0.0475 is 4.75 %."""

    jurisdiction: str
    rate: Decimal


TAXED_CODES = frozenset({"STANDARD"})

GST = Rate("CA", Decimal("0.05"))

RATES: dict[str, tuple[Rate, ...]] = {
    "US-CA": (Rate("US-CA", Decimal("0.0725")),),
    "US-FL": (Rate("US-FL", Decimal("0.06")),),
    "US-GA": (Rate("US-GA", Decimal("0.04")),),
    "US-IL": (Rate("US-IL", Decimal("0.0625")),),
    "US-MI": (Rate("US-MI", Decimal("0.06")),),
    "US-MO": (Rate("US-MO", Decimal("0.04225")),),
    "US-NC": (Rate("US-NC", Decimal("0.0475")),),
    "US-NJ": (Rate("US-NJ", Decimal("0.06625")),),
    "US-NY": (Rate("US-NY", Decimal("0.04")),),
    "US-OH": (Rate("US-OH", Decimal("0.0575")),),
    "US-PA": (Rate("US-PA", Decimal("0.06")),),
    "US-TX": (Rate("US-TX", Decimal("0.0625")),),
    "US-WA": (Rate("US-WA", Decimal("0.065")),),
    "CA-AB": (GST,),
    "CA-BC": (GST, Rate("CA-BC", Decimal("0.07"))),
    "CA-ON": (Rate("CA-ON", Decimal("0.13")),),
    "CA-QC": (GST, Rate("CA-QC", Decimal("0.09975"))),
}


def rates(country: str, region: str, tax_code: str, exempt: bool) -> tuple[Rate, ...]:
    """The taxes on an item that goes to a state or province; none where nothing is known."""
    if exempt or tax_code not in TAXED_CODES:
        return ()
    return RATES.get(f"{country}-{region}", ())
