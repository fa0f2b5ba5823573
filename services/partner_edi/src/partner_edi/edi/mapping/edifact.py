"""What the EDIFACT messages share: dates, numbers, units, item ids, places, references."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal

import msgspec

from crossdock_contracts import Address, Money, Quantity

from ..document import Row
from ..lexer import Segment
from ..segments import plain
from .lines import CURRENCY, NOTHING, Line, first, money

# Item ids are kept by their X12 qualifier (element 235); 7143 has names of its own for some.
X12_ITEM = {"SA": "VN", "SRV": "UK", "MF": "MG", "GN": "GN"}
EDIFACT_ITEM = {"VN": "SA", "UK": "SRV", "MG": "MF"}
# Units are kept as X12 has them (element 355); recommendation 20 writes some otherwise.
X12_UNIT = {"PCE": "EA", "C62": "EA", "H87": "EA", "KGM": "KG", "LBR": "LB", "CS": "CA"}
EDIFACT_UNIT = {"EA": "PCE", "KG": "KGM", "LB": "LBR", "CA": "CS"}
FORMATS = {"102": ("%Y%m%d", 8), "203": ("%Y%m%d%H%M", 12), "101": ("%y%m%d", 6)}
MOST_IDS = 5


def number(text: str) -> Decimal | None:
    """A number with either decimal mark; None when it is none."""
    try:
        found = Decimal(text.replace(",", "."))
    except ArithmeticError:
        return None
    fits = found.is_finite() and abs(found) < 10**18 and found == round(found, 9)
    return found if fits else None


def moment(segment: Segment) -> datetime | None:
    """The moment of a DTM, in UTC; None where it cannot be read."""
    text, kind = segment.part(1, 2), segment.part(1, 3) or "102"
    form, length = FORMATS.get(kind, FORMATS["102"])
    try:
        return datetime.strptime(text[:length], form).replace(tzinfo=UTC)
    except ValueError:
        return None


def dtm(qualifier: str, at: date | datetime | None) -> list[Row]:
    """A DTM, to the minute where there is a time of day; none without a date."""
    if at is None:
        return []
    if isinstance(at, datetime):
        return [("DTM", [qualifier, f"{at:%Y%m%d%H%M}", "203"])]
    return [("DTM", [qualifier, f"{at:%Y%m%d}", "102"])]


def rff(qualifier: str, text: str) -> list[Row]:
    """An RFF, where there is something to refer to."""
    return [("RFF", [qualifier, text])] if text else []


def quantity_of(segment: Segment) -> Quantity:
    """The quantity of a QTY."""
    unit = segment.part(1, 3)
    unit = X12_UNIT.get(unit, unit)
    usual = 1 < len(unit) < 4 and unit.isalnum() and unit.isupper()
    return Quantity(number(segment.part(1, 2)) or NOTHING, unit if usual else "EA")


def qty(qualifier: str, quantity: Quantity) -> Row:
    """A QTY."""
    unit = EDIFACT_UNIT.get(quantity.uom, quantity.uom)
    return ("QTY", [qualifier, plain(quantity.value), unit])


def money_of(segment: Segment, currency: str) -> Money | None:
    """The amount of a MOA, in the currency it names or the document's."""
    named = segment.part(1, 3)
    return money(number(segment.part(1, 2)), named if CURRENCY.fullmatch(named) else currency)


def moa(qualifier: str, money: Money) -> Row:
    """A MOA."""
    return ("MOA", [qualifier, plain(money.amount), money.currency])


def price_of(segment: Segment, currency: str) -> Money | None:
    """The price of one unit of a PRI, which may be the price of several."""
    amount = number(segment.part(1, 2))
    return money(amount and amount / (number(segment.part(1, 5)) or 1), currency)


def pri(price: Money | None) -> list[Row]:
    """A net price."""
    return [("PRI", ["AAA", plain(price.amount)])] if price else []


def items_of(segment: Segment) -> dict[str, str]:
    """The ids of a LIN (one) or a PIA (up to five) by X12 qualifier."""
    places = (3,) if segment.tag == "LIN" else range(2, 2 + MOST_IDS)
    found = {}
    for at in places:
        name, kind = segment.part(at, 1), segment.part(at, 2)
        if name:
            found[X12_ITEM.get(kind, kind) or "SK"] = name
    return found


def ids(items: Mapping[str, str]) -> tuple[list[str], list[Row]]:
    """The id for the LIN, and PIA segments for the others."""
    coded = [[name, EDIFACT_ITEM.get(kind, kind)] for kind, name in items.items()]
    starts = range(1, len(coded), MOST_IDS)
    rest: list[Row] = [("PIA", "1", *coded[start : start + MOST_IDS]) for start in starts]
    return (coded[0] if coded else []), rest


def lin(line: Line, at: int, action: str = "") -> list[Row]:
    """LIN, PIA and IMD of a line; its number counts if the partner's can stand there."""
    head, rest = ids(line.items)
    own = line.number if 0 < len(line.number) <= 6 else str(at)
    rows: list[Row] = [("LIN", own, action, head), *rest]
    if line.description:
        rows.append(("IMD", "F", "", ["", "", "", *halves(line.description)]))
    return rows


def halves(text: str, each: int = 35, most: int = 2) -> list[str]:
    """A text in the pieces an element takes."""
    return [text[at : at + each] for at in range(0, min(len(text), each * most), each)]


def described(line: Line, imd: Segment) -> Line:
    """The line with the description of its IMD; the first stands."""
    text = imd.part(3, 4) + imd.part(3, 5)
    return msgspec.structs.replace(line, description=line.description or text)


def opened(lin: Segment) -> Line:
    """The line that a LIN opens."""
    return Line(number=lin.get(1), quantity=Quantity(NOTHING, "EA"), items=items_of(lin))


def more(line: Line, segment: Segment, currency: str) -> Line:
    """The line with what PIA, IMD or PRI says of it."""
    match segment.tag:
        case "PIA":
            return msgspec.structs.replace(line, items={**items_of(segment), **line.items})
        case "IMD":
            return described(line, segment)
        case "PRI":
            return msgspec.structs.replace(line, price=price_of(segment, currency) or line.price)
    return line


def place_of(nad: Segment) -> Address:
    """A NAD as a place."""
    name = nad.part(4) or nad.part(3)
    street = [nad.part(5, n) for n in range(1, 5)]
    country = nad.part(9)
    return Address(
        name=name,
        street=tuple(filter(None, street)),
        city=nad.part(6),
        region=nad.part(7),
        postal_code=nad.part(8),
        country=country if len(country) == 2 and country.isupper() else "US",
        location_code=nad.part(2),
    )


def nad(role: str, address: Address | None) -> list[Row]:
    """A place; none where there is none."""
    if address is None:
        return []
    code = [address.location_code, "", "92"] if address.location_code else []
    street = [part[:35] for part in address.street[:4]]
    where = (address.city[:35], address.region[:9], address.postal_code[:17], address.country)
    return [("NAD", role, code, "", halves(address.name) or [""], street, *where)]


def party(role: str, code: str) -> list[Row]:
    """A party by a code that we gave it."""
    return [("NAD", role, [code, "", "91"])] if code else []


def currency_of(segments: Sequence[Segment], usual: str) -> str:
    """What CUX says the amounts are in."""
    cux = first(segments, "CUX")
    named = cux.part(1, 2) if cux else ""
    return named if CURRENCY.fullmatch(named) else usual


def cux(currency: str) -> list[Row]:
    """The currency of the document."""
    return [("CUX", ["2", currency, "4"])] if currency else []
