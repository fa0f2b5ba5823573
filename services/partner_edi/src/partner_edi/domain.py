"""What a partner's order looks like from the partner's side: its lines, units and prices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Literal

from crossdock_contracts import Money, Quantity, Value
from crossdock_contracts.orders import OrderLine
from crossdock_contracts.partners import PurchaseOrderLine
from crossdock_contracts.shipments import ShipmentShipped

LineStatus = Literal["accepted", "price_changed"]
# More decimals than this in a converted quantity or price mean that the units do not divide.
STEP = Decimal("0.000001")


class KnownLine(Value, frozen=True):
    """One line as the partner wrote it and as it was agreed."""

    line_no: int
    sku: str
    description: str
    ordered: Quantity
    stock: Quantity
    unit_price: Money
    partner_line: str = ""
    items: Mapping[str, str] = {}
    asked_price: Money | None = None

    @property
    def status(self) -> LineStatus:
        """Item accepted, or accepted at another price than asked."""
        if self.asked_price is None or self.asked_price == self.price_in_partner_units:
            return "accepted"
        return "price_changed"

    @property
    def price_in_partner_units(self) -> Money:
        """The agreed price of one unit as the partner ordered it."""
        return self.in_partner_units(self.stock)[1]

    def in_partner_units(self, stock: Quantity) -> tuple[Quantity, Money]:
        """A stock quantity and the price of one unit, in the partner's unit where it divides."""
        price = self.unit_price
        if stock.uom == self.ordered.uom or not self.stock.value:
            return stock, price
        value = (stock.value * self.ordered.value / self.stock.value).quantize(STEP)
        each = (price.amount * self.stock.value / self.ordered.value).quantize(STEP)
        exact = value * self.stock.value == stock.value * self.ordered.value
        if not exact or each * self.ordered.value != price.amount * self.stock.value:
            return stock, price
        return Quantity(value, self.ordered.uom), Money(each, price.currency)


def known_lines(
    accepted: Iterable[OrderLine], asked: Mapping[int, PurchaseOrderLine]
) -> tuple[KnownLine, ...]:
    """Join the agreed lines with the partner's own, by line number."""
    return tuple(known_line(line, asked.get(line.line_no)) for line in accepted)


def known_line(line: OrderLine, asked: PurchaseOrderLine | None) -> KnownLine:
    """An agreed line with the partner's own words for it."""
    return KnownLine(
        line_no=line.line_no,
        sku=line.sku,
        description=line.description,
        ordered=line.ordered or (asked.quantity if asked else line.quantity),
        stock=line.quantity,
        unit_price=line.unit_price,
        partner_line=(asked.partner_line if asked else "") or line.customer_line,
        items=asked.items if asked else {},
        asked_price=asked.unit_price if asked else None,
    )


def packed_exactly(event: ShipmentShipped) -> bool:
    """Whether cartons with plates hold just what shipped; if not, a notice must not claim packs."""
    packed: dict[int, Decimal] = {}
    for carton in event.cartons:
        for content in carton.contents:
            so_far = packed.get(content.line_no, Decimal(0))
            packed[content.line_no] = so_far + content.quantity.value
    shipped: dict[int, Decimal] = {}
    for line in event.lines:
        shipped[line.line_no] = shipped.get(line.line_no, Decimal(0)) + line.quantity.value
    labelled = all(carton.sscc for carton in event.cartons)
    return bool(packed) and labelled and packed == shipped
