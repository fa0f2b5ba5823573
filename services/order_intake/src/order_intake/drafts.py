"""An order before it has its id: what both doors, HTTP and EDI, make of what came in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from crossdock_contracts import Address, ExternalId, Money, Quantity
from crossdock_contracts.orders import Channel, OrderPlaced, RequestedLine

from .catalog.book import Book


class Wanted(NamedTuple):
    """A line as it came in, with every name the customer gave for the item, best first."""

    line_no: int
    names: tuple[str, ...]
    quantity: Decimal
    uom: str | None = None
    unit_price: Decimal | None = None
    customer_line: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An order before it has its id; both doors, HTTP and EDI, write one."""

    channel: Channel
    customer_id: str
    lines: tuple[Wanted, ...]
    currency: str | None = None
    ship_to: Address | None = None
    customer_po: str = ""
    partner_id: str | None = None
    external_ids: tuple[ExternalId, ...] = ()
    requested_ship_at: datetime | None = None

    def names(self) -> set[str]:
        """Every item name in it, once."""
        return {name for line in self.lines for name in line.names}

    def placed(self, order_id: str, book: Book, at: datetime) -> OrderPlaced:
        """The order as the customer asked for it, under its canonical id."""
        currency = self.currency or (book.customer.currency if book.customer else "USD")
        return OrderPlaced(
            order_id=order_id,
            channel=self.channel,
            customer_id=self.customer_id,
            placed_at=at,
            currency=currency,
            lines=tuple(requested(line, book, currency) for line in self.lines),
            ship_to=self.ship_to,
            customer_po=self.customer_po,
            partner_id=self.partner_id,
            external_ids=self.external_ids,
            requested_ship_at=self.requested_ship_at,
        )


def requested(line: Wanted, book: Book, currency: str) -> RequestedLine:
    """Take the first name that is known; a line without a unit means the item's stock unit."""
    name = next((name for name in line.names if book.find(name)), line.names[0])
    found = book.find(name)
    uom = line.uom or (found[0].stock_uom if found else "EA")
    return RequestedLine(
        line_no=line.line_no,
        item=name,
        quantity=Quantity(line.quantity, uom),
        unit_price=None if line.unit_price is None else Money(line.unit_price, currency),
        customer_line=line.customer_line,
    )
