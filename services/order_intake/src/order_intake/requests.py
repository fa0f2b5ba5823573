"""What callers send, and the checks that need no knowledge of the business."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated

import msgspec
from msgspec import Meta

from crossdock.http import Problem
from crossdock_contracts import Address, ExternalId, Uom
from crossdock_contracts.orders import Channel

from .currencies import CURRENCIES
from .domain import LARGEST
from .drafts import Draft, Wanted

MOST_LINES = 1000
DECIMALS = 6

Name = Annotated[str, Meta(min_length=1, max_length=100)]
Note = Annotated[str, Meta(max_length=500)]
Reference = Annotated[str, Meta(max_length=100)]


class LineRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A line as the caller wants it; without a unit, it is in the item's stock unit."""

    item: Name
    quantity: Decimal
    uom: Uom | None = None
    unit_price: Decimal | None = None
    customer_line: Reference = ""

    def wanted(self, line_no: int) -> Wanted:
        """The line under its number."""
        price, reference = self.unit_price, self.customer_line
        return Wanted(line_no, (self.item,), self.quantity, self.uom, price, reference)


class OrderRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An order as the caller wants it; without a currency, it is in the customer's."""

    customer_id: Annotated[str, Meta(min_length=1, max_length=40)]
    lines: list[LineRequest]
    currency: str | None = None
    customer_po: Reference = ""
    ship_to: Address | None = None
    requested_ship_at: Annotated[datetime, Meta(tz=True)] | None = None
    channel: Channel = "api"
    external_ids: tuple[ExternalId, ...] = ()

    def check(self) -> None:
        """Raise a Problem for what no customer can mean."""
        if not 1 <= len(self.lines) <= MOST_LINES:
            text = f"an order has 1 to {MOST_LINES} lines, this one has {len(self.lines)}"
            raise Problem(400, "line_count", text, lines=len(self.lines))
        if self.currency is not None and self.currency not in CURRENCIES:
            text = f"{self.currency!r} is not a currency of ISO 4217, such as USD"
            raise Problem(400, "unknown_currency", text, currency=self.currency)
        for number, line in enumerate(self.lines, 1):
            _check_number("quantity", line.quantity, number)
            if line.quantity == 0:
                raise _bad_number("quantity", line.quantity, number)
            if line.unit_price is not None:
                _check_number("unit_price", line.unit_price, number)

    def draft(self) -> Draft:
        """The order that is asked for."""
        return Draft(
            channel=self.channel,
            customer_id=self.customer_id,
            lines=tuple(line.wanted(line_no) for line_no, line in enumerate(self.lines, 1)),
            currency=self.currency,
            ship_to=self.ship_to,
            customer_po=self.customer_po,
            external_ids=self.external_ids,
            requested_ship_at=self.requested_ship_at,
        )


def _check_number(what: str, value: Decimal, line_no: int) -> None:
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int) or exponent < -DECIMALS or not 0 <= value <= LARGEST:
        raise _bad_number(what, value, line_no)


def _bad_number(what: str, value: Decimal, line_no: int) -> Problem:
    least = "above 0" if what == "quantity" else "from 0"
    text = f"line {line_no}: {what} {value} must be {least}, at most {LARGEST}"
    text += f" and have at most {DECIMALS} decimals"
    return Problem(400, f"invalid_{what}", text, line_no=line_no, given=str(value))


class ReleaseRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who lets a held order go on, and why."""

    by: Name
    note: Note = ""


class CancelRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who cancels, and why."""

    by: Name
    reason: Note
