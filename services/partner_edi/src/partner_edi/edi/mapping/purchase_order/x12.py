"""The purchase order as X12 850, read; what is not of the standard the tables have said."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, time
from decimal import Decimal

import msgspec

from crossdock_contracts import Address, Money, Quantity
from crossdock_contracts.partners import PurchaseOrderLine

from ...faults import Faults
from ...finding import Finding, Level, shown, worst
from ...lexer import Segment
from ...segments import Row, count, day, number
from ..lines import COUNTRY, CURRENCY, PRICE_BASIS, Line, place, written
from .model import PurchaseOrder, Purpose

PURPOSE: dict[str, Purpose] = {
    "00": "original",
    "01": "cancellation",
    "05": "replace",
    "06": "confirmation",
}
# A quantity or a price beyond this is a mistake, whatever the partner says.
ABSURD = Decimal(10) ** 9
FINEST = Decimal("0.000001")
UOM = re.compile(r"[A-Z0-9]{2,3}", re.ASCII)
REQUESTED_SHIP = ("010", "037", "038")


def read(
    segments: Sequence[Segment], currency: str = "USD"
) -> tuple[PurchaseOrder | None, list[Finding]]:
    """Read the segments from ST to SE; None when a finding is fatal. `currency` is the default."""
    reader = _Reader(segments, currency)
    order = reader.read()
    fatal = worst(reader.faults.findings) is Level.FATAL
    return (None if fatal else order), reader.faults.findings


def write(order: PurchaseOrder) -> list[Row]:
    """The segments from BEG to CTT."""
    purpose = next(code for code, name in PURPOSE.items() if name == order.purpose)
    rows: list[Row] = [("BEG", purpose, "SA", order.po_number, "", written(order.po_date))]
    rows.append(("CUR", "BY", order.currency))
    if order.requested_ship_at:
        rows.append(("DTM", "010", written(order.requested_ship_at)))
    for role, address in (("BY", order.buyer), ("ST", order.ship_to)):
        rows += place(role, address) if address else []
    for line in order.lines:
        goods = Line(
            number=line.partner_line,
            quantity=line.quantity,
            items=line.items,
            price=line.unit_price,
            description=line.description,
        )
        rows += [goods.priced("PO1"), *goods.described()]
    return [*rows, ("CTT", str(len(order.lines)))]


class _Reader:
    """The header as read so far, and the line that is open."""

    def __init__(self, segments: Sequence[Segment], currency: str) -> None:
        self.segments = segments
        self.currency = currency
        self.faults = Faults(segments)
        self.lines: list[PurchaseOrderLine] = []
        self.places: dict[str, Address] = {}
        self.place = ""
        self.requested: dict[str, datetime] = {}

    def read(self) -> PurchaseOrder | None:
        beg: Segment | None = None
        for segment in self.segments:
            if segment.tag == "BEG" and beg is None:
                beg = segment
            elif (step := _STEPS.get(segment.tag)) is not None:
                step(self, segment)
        return self._order(beg) if beg and self.lines else None

    def _order(self, beg: Segment) -> PurchaseOrder:
        purpose = PURPOSE.get(beg.get(1))
        if purpose is None:
            self.faults.element(beg, 1, "353", "7", f"BEG01 {shown(beg.get(1))} is not supported")
        if not beg.get(3):
            self.faults.element(beg, 3, "324", "1", "BEG03, the purchase order number, is empty")
        elif not beg.get(3).isprintable() or len(beg.get(3)) > 60:
            self.faults.element(
                beg, 3, "324", "6", "BEG03 is not a printable purchase order number"
            )
        ordered = day(beg.get(5))
        if ordered is None:
            self.faults.element(beg, 5, "373", "8", f"BEG05 {shown(beg.get(5))} is not a date")
        return PurchaseOrder(
            po_number=beg.get(3),
            purpose=purpose or "original",
            po_date=ordered,
            currency=self.currency,
            lines=tuple(self._priced(line) for line in self.lines),
            ship_to=self.places.get("ST"),
            buyer=self.places.get("BY"),
            requested_ship_at=next(
                (self.requested[q] for q in REQUESTED_SHIP if q in self.requested), None
            ),
        )

    def _priced(self, line: PurchaseOrderLine) -> PurchaseOrderLine:
        """CUR may stand after the first PO1, so prices get the order's currency at the end."""
        if line.unit_price is None:
            return line
        price = Money(line.unit_price.amount, self.currency)
        return msgspec.structs.replace(line, unit_price=price)

    def _take_currency(self, cur: Segment) -> None:
        if CURRENCY.fullmatch(cur.get(2)):
            self.currency = cur.get(2)
        else:
            self.faults.element(cur, 2, "100", "7", f"CUR02 {shown(cur.get(2))} is not a currency")

    def _take_date(self, dtm: Segment) -> None:
        if not dtm.get(2):
            return
        date_ = day(dtm.get(2))
        if date_ is None:
            self.faults.element(dtm, 2, "373", "8", f"DTM02 {shown(dtm.get(2))} is not a date")
        elif not self.lines:
            self.requested[dtm.get(1)] = datetime.combine(date_, time(), UTC)

    def _take_place(self, n1: Segment) -> None:
        self.place = "" if self.lines else n1.get(1)
        if self.place:
            self.places[self.place] = Address(name=n1.get(2), location_code=n1.get(4))

    def _take_street(self, n3: Segment) -> None:
        street = tuple(part for part in (n3.get(1), n3.get(2)) if part)
        self._change_place(street=street)

    def _take_city(self, n4: Segment) -> None:
        country = COUNTRY.get(n4.get(4), n4.get(4)) or "US"
        if not re.fullmatch(r"[A-Z]{2}", country):
            self.faults.element(
                n4, 4, "26", "7", f"N404 {shown(country)} is not a country", Level.ERROR
            )
            country = "US"
        self._change_place(city=n4.get(1), region=n4.get(2), postal_code=n4.get(3), country=country)

    def _change_place(self, **parts: object) -> None:
        if self.place in self.places:
            self.places[self.place] = msgspec.structs.replace(self.places[self.place], **parts)

    def _take_line(self, po1: Segment) -> None:
        self.place = ""
        quantity = self._amount(po1, 2, "330", "quantity", least=FINEST)
        uom = po1.get(3)
        if not UOM.fullmatch(uom):
            code = "7" if uom else "2"
            self.faults.element(po1, 3, "355", code, f"PO103 {shown(uom)} is not a unit of measure")
            uom = "EA"
        items = self._items(po1)
        self.lines.append(
            PurchaseOrderLine(
                line_no=len(self.lines) + 1,
                quantity=Quantity(quantity or Decimal(0), uom),
                partner_line=po1.get(1),
                items=items,
                unit_price=self._price(po1),
            )
        )

    def _price(self, po1: Segment) -> Money | None:
        if not po1.get(4):
            return None
        amount = self._amount(po1, 4, "212", "unit price", least=Decimal(0))
        divisor = PRICE_BASIS.get(po1.get(5), 1)
        return None if amount is None else Money(amount / divisor, "USD")

    def _amount(
        self, segment: Segment, at: int, reference: str, what: str, *, least: Decimal
    ) -> Decimal | None:
        text = segment.get(at)
        amount = number(text)
        if amount is None:
            code, fault = ("6", "is not a number") if text else ("1", "is missing")
        elif amount < least or amount > ABSURD:
            code, fault = "7", f"is not between {least:f} and {ABSURD:f}"
        elif amount != amount.quantize(FINEST):
            code, fault = "7", "has more than six decimals"
        else:
            return amount
        where = f"{segment.tag}{at:02d}"
        self.faults.element(
            segment, at, reference, code, f"{where}: the {what} {shown(text)} {fault}"
        )
        return None

    def _items(self, po1: Segment) -> dict[str, str]:
        """Qualifier and value pairs from PO106 on; the first value of a qualifier counts."""
        items: dict[str, str] = {}
        for at in range(6, min(len(po1.elements), 26), 2):
            qualifier, value = po1.get(at), po1.get(at + 1)
            if qualifier and value:
                items.setdefault(qualifier, value)
        if not items:
            self.faults.element(po1, 7, "234", "1", "the line names no item (PO106 and PO107)")
        return items

    def _take_description(self, pid: Segment) -> None:
        if self.lines and not self.lines[-1].description:
            last = self.lines[-1]
            self.lines[-1] = msgspec.structs.replace(last, description=pid.get(5))

    def _check_totals(self, ctt: Segment) -> None:
        if count(ctt.get(1)) != len(self.lines):
            text = f"CTT01 says {shown(ctt.get(1))} lines, there are {len(self.lines)}"
            self.faults.element(ctt, 1, "354", "7", text)
        total = number(ctt.get(2))
        ordered = sum((line.quantity.value for line in self.lines), Decimal(0))
        if total is not None and total != ordered:
            text = f"CTT02 says {total:f}, the quantities add up to {ordered:f}"
            self.faults.element(ctt, 2, "347", "7", text, Level.ERROR)


_STEPS = {
    "CUR": _Reader._take_currency,
    "DTM": _Reader._take_date,
    "N1": _Reader._take_place,
    "N3": _Reader._take_street,
    "N4": _Reader._take_city,
    "PO1": _Reader._take_line,
    "PID": _Reader._take_description,
    "CTT": _Reader._check_totals,
}
