"""What the X12 sets share: item ids in pairs, places, dates, and a line of goods."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal

import msgspec

from crossdock_contracts import Address, Money, Quantity

from ..lexer import Segment
from ..segments import Row, day, number, plain

# PO1, IT1 and LIN have room for ten pairs of qualifier and id.
MOST_PAIRS = 10
# Unit prices may be agreed per hundred or per thousand (element 639).
PRICE_BASIS = {"HP": 100, "HU": 100, "TP": 1000, "TH": 1000}
COUNTRY = {"USA": "US", "CAN": "CA", "MEX": "MX", "GBR": "GB", "DEU": "DE"}
CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
NOTHING = Decimal(0)


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """Goods of one order line, in the partner's words and units."""

    number: str
    quantity: Quantity
    items: Mapping[str, str]
    price: Money | None = None
    description: str = ""

    def priced(self, tag: str) -> Row:
        """PO1 or IT1: number, quantity, unit, price and item ids."""
        price = plain(self.price.amount) if self.price else ""
        quantity = (plain(self.quantity.value), self.quantity.uom)
        return (tag, self.number, *quantity, price, "", *pairs(self.items))

    def described(self) -> list[Row]:
        """PID when there is a description."""
        return [("PID", "F", "", "", "", self.description)] if self.description else []


def pairs(items: Mapping[str, str]) -> list[str]:
    """Qualifiers and ids in the order the partner gave them."""
    return [part for pair in list(items.items())[:MOST_PAIRS] for part in pair]


def items_of(segment: Segment, start: int) -> dict[str, str]:
    """Qualifiers and ids from element `start` on; the first of each qualifier counts."""
    found: dict[str, str] = {}
    for at in range(start, len(segment.elements) - 1, 2):
        if segment.get(at) and segment.get(at + 1):
            found.setdefault(segment.get(at), segment.get(at + 1))
    return found


def quantity_of(segment: Segment, at: int) -> Quantity:
    """A quantity and, in the element behind it, its unit."""
    return Quantity(number(segment.get(at)) or NOTHING, unit(segment.part(at + 1)))


def unit(text: str) -> str:
    """A unit of measure; pieces where none is given."""
    return text if 1 < len(text) < 4 and text.isalnum() and text.isupper() else "EA"


def price_of(segment: Segment, at: int, currency: str) -> Money | None:
    """A unit price, and behind it what it is the price of."""
    amount = number(segment.get(at))
    return money(amount and amount / PRICE_BASIS.get(segment.get(at + 1), 1), currency)


def money(amount: Decimal | None, currency: str) -> Money | None:
    """An amount, if it is one that anybody can mean."""
    try:
        return None if amount is None else Money(amount, currency)
    except ValueError:
        return None


def amount(text: str, currency: str) -> Money | None:
    """An amount with its decimals written out."""
    return money(number(text), currency)


def cents(text: str, currency: str) -> Money | None:
    """An amount with two implied decimals (type N2)."""
    found = number(text)
    return money(found and found.scaleb(-2), currency)


def currency_of(segments: Sequence[Segment], usual: str) -> str:
    """What CUR says the amounts are in, if it is a currency."""
    cur = first(segments, "CUR")
    named = cur.get(2) if cur else ""
    return named if CURRENCY.fullmatch(named) else usual


def line_of(segment: Segment, currency: str) -> Line:
    """A PO1 or IT1 as goods."""
    return Line(
        number=segment.get(1),
        quantity=quantity_of(segment, 2),
        items=items_of(segment, 6),
        price=price_of(segment, 4, currency),
    )


def described(line: Line, pid: Segment) -> Line:
    """The line with the description of its PID; the first stands."""
    return msgspec.structs.replace(line, description=line.description or pid.get(5))


def place(role: str, address: Address) -> list[Row]:
    """The N1 loop of one place."""
    code = ("92", address.location_code) if address.location_code else ()
    street = [("N3", *address.street[:2])] if address.street else []
    city = (address.city, address.region, address.postal_code, address.country)
    name = address.name or ("" if code else "UNNAMED")
    return [("N1", role, name[:60], *code), *street, ("N4", *city)]


class Places:
    """The places of a document by their role (N101), as their N1 loops come by."""

    def __init__(self) -> None:
        self.found: dict[str, Address] = {}
        self._open = ""

    def get(self, role: str) -> Address | None:
        """The place of a role."""
        return self.found.get(role)

    def take(self, segment: Segment) -> None:
        """One N1, N3 or N4; any other segment closes the loop."""
        if segment.tag == "N1":
            self._open = segment.get(1)
            at = Address(name=segment.get(2), location_code=segment.get(4))
            self.found.setdefault(self._open, at)
        elif segment.tag == "N3":
            self._change(street=tuple(filter(None, (segment.get(1), segment.get(2)))))
        elif segment.tag == "N4":
            country = COUNTRY.get(segment.get(4), segment.get(4)) or "US"
            self._change(
                city=segment.get(1),
                region=segment.get(2),
                postal_code=segment.get(3),
                country=country if len(country) == 2 and country.isupper() else "US",
            )
        elif segment.tag not in ("N2", "REF", "PER"):
            self._open = ""

    def _change(self, **parts: object) -> None:
        known = self.found.get(self._open)
        if known is not None:
            self.found[self._open] = msgspec.structs.replace(known, **parts)


def first(segments: Sequence[Segment], tag: str) -> Segment | None:
    """The first segment of a tag."""
    return next((segment for segment in segments if segment.tag == tag), None)


def moment(on: str, at: str = "") -> datetime | None:
    """A date and a time of day as UTC; None where there is no such day."""
    found = day(on)
    if found is None:
        return None
    hours = at[:4] if at[:4].isdigit() and len(at) >= 4 else "0000"
    try:
        return datetime.combine(found, time(int(hours[:2]), int(hours[2:])), UTC)
    except ValueError:
        return datetime.combine(found, time(), UTC)


def written(on: date | None) -> str:
    """A date as X12 writes it since 004010; empty where there is none."""
    return f"{on:%Y%m%d}" if on else ""
