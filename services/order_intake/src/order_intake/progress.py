"""How far each line of an order is: counters that are only ever added to.

Events of different streams come in any order. Additions commute, so whatever the order the
counters end up the same; on the way one may be below zero for a moment.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from crossdock_contracts import Allocation, LineQuantity, Money, Quantity
from crossdock_contracts.inventory import (
    CancellationApplied,
    ReservationReleased,
    StockBackordered,
    StockReserved,
)
from crossdock_contracts.invoices import InvoiceIssued, InvoiceLine
from crossdock_contracts.orders import OrderLine
from crossdock_contracts.returns import ReturnLine, ReturnReceived
from crossdock_contracts.shipments import ShipmentShipped

ZERO = Decimal(0)


class Move(NamedTuple):
    """What one event adds to one line's counters."""

    line_no: int
    open: Decimal = ZERO
    reserved: Decimal = ZERO
    backordered: Decimal = ZERO
    shipped: Decimal = ZERO
    cancelled: Decimal = ZERO
    invoiced: Decimal = ZERO
    returned: Decimal = ZERO
    ordered: Decimal = ZERO


class Line(NamedTuple):
    """An agreed line with its counters, all in the stock unit.

    ordered = open + reserved + backordered + shipped + cancelled, always.
    """

    line_no: int
    sku: str
    uom: str
    ordered: Decimal
    unit_price: Decimal
    tax_rates: tuple[Decimal, ...]
    open: Decimal
    reserved: Decimal = ZERO
    backordered: Decimal = ZERO
    shipped: Decimal = ZERO
    cancelled: Decimal = ZERO
    invoiced: Decimal = ZERO
    returned: Decimal = ZERO

    def after(self, move: Move) -> Line:
        """The line with a move added."""
        added = move._asdict()
        del added["line_no"]
        return self._replace(**{name: getattr(self, name) + n for name, n in added.items()})

    def cancellable(self) -> Decimal:
        """What no warehouse holds; a shipment may have been heard before its reservation."""
        unshipped = self.ordered - self.shipped - self.cancelled
        return max(ZERO, min(self.open + self.backordered, unshipped))

    def shown(self) -> Line:
        """As people see it: what was cancelled waits no more, though inventory has not said so."""
        owed = min(max(-self.open, ZERO), max(self.backordered, ZERO))
        return self._replace(open=self.open + owed, backordered=self.backordered - owed)

    def worth(self, quantity: Decimal, currency: str) -> Decimal:
        """What a quantity of this line costs with taxes, rounded as an invoice rounds it."""
        net = Money(self.unit_price, currency).times(quantity)
        return sum((net.times(rate).amount for rate in self.tax_rates), net.amount)


def moved(
    event: StockReserved
    | StockBackordered
    | ReservationReleased
    | CancellationApplied
    | ShipmentShipped
    | InvoiceIssued
    | ReturnReceived,
) -> list[Move]:
    """What an event adds to the counters of its order's lines."""
    match event:
        case StockReserved(allocations=parts, from_backorder=True):
            return [Move(no, backordered=-n, reserved=n) for no, n in _each(parts)]
        case StockReserved(allocations=parts):
            return [Move(no, open=-n, reserved=n) for no, n in _each(parts)]
        case ReservationReleased(allocations=parts):
            return [Move(no, reserved=-n, open=n) for no, n in _each(parts)]
        case StockBackordered(lines=lines):
            return [Move(no, open=-n, backordered=n) for no, n in _each(lines)]
        case CancellationApplied(dropped=dropped, kept=kept):
            gone = [Move(no, backordered=-n, open=n) for no, n in _each(dropped)]
            return gone + [Move(no, cancelled=-n, open=n) for no, n in _each(kept)]
        case ShipmentShipped(lines=lines):
            return [Move(no, reserved=-n, shipped=n) for no, n in _each(lines)]
        case InvoiceIssued(lines=billed):
            return [Move(no, invoiced=n) for no, n in _each(billed)]
        case ReturnReceived(lines=back):
            return [Move(no, returned=n) for no, n in _each(back)]


def _each(
    parts: Iterable[Allocation | LineQuantity | InvoiceLine | ReturnLine],
) -> list[tuple[int, Decimal]]:
    return [(part.line_no, part.quantity.value) for part in parts]


def apply(lines: Iterable[Line], moves: Iterable[Move]) -> list[Line]:
    """The lines with moves added."""
    of = {line.line_no: line for line in lines}
    for move in moves:
        of[move.line_no] = of[move.line_no].after(move)
    return list(of.values())


def fresh(line: OrderLine) -> Line:
    """A line as it was just agreed: all of it open."""
    quantity, rates = line.quantity, tuple(tax.rate for tax in line.taxes)
    ordered = quantity.value
    return Line(
        line.line_no, line.sku, quantity.uom, ordered, line.unit_price.amount, rates, ordered
    )


def cancellation(lines: Iterable[Line]) -> list[Move]:
    """Cancel what can still be cancelled.

    Inventory may be reserving it right now, so it answers with what it dropped and what it kept.
    Until then `open` owes both, and may be below zero: so every order of arrival ends the same.
    """
    amounts = ((line.line_no, line.cancellable()) for line in lines)
    return [Move(no, open=-n, cancelled=n) for no, n in amounts if n > 0]


def billed_worth(lines: Iterable[Line], moves: Iterable[Move], currency: str) -> Decimal:
    """How much of the order's worth an invoice takes over; `lines` have its moves in them.

    The worth of all that is billed now less the worth of all that was billed before: parts add up
    to the whole to the cent, however an order is split over invoices.
    """
    before = {line.line_no: line.invoiced for line in lines}
    for move in moves:
        before[move.line_no] -= move.invoiced
    return sum(
        (
            line.worth(line.invoiced, currency) - line.worth(before[line.line_no], currency)
            for line in lines
        ),
        ZERO,
    )


def wanted_worth(lines: Iterable[Line], currency: str) -> Decimal:
    """What the order is worth: all that was ordered and not cancelled."""
    return sum((line.worth(line.ordered - line.cancelled, currency) for line in lines), ZERO)


def is_cancelled(lines: Iterable[Line]) -> bool:
    """Whether nothing of it is wanted any more."""
    return all(line.cancelled == line.ordered for line in lines)


def is_finished(lines: Iterable[Line]) -> bool:
    """Whether all that was to ship has shipped and was billed."""
    return all(
        line.shipped + line.cancelled == line.ordered and line.invoiced == line.shipped
        for line in lines
    )


def fill_rate(lines: Iterable[Line]) -> Decimal:
    """Shipped over ordered, from 0 to 1."""
    known = list(lines)
    ordered = sum((line.ordered for line in known), ZERO)
    shipped = sum((line.shipped for line in known), ZERO)
    return (shipped / ordered).quantize(Decimal("0.0001")) if ordered else ZERO


def said(
    event: StockReserved
    | StockBackordered
    | ReservationReleased
    | CancellationApplied
    | ShipmentShipped,
) -> str:
    """An event as a sentence for the order's history."""
    match event:
        case CancellationApplied(kept=kept):
            return f"Too late to cancel, a warehouse has it and ships it: {_listed(kept)}."
        case StockReserved(allocations=parts):
            return f"Reserved: {_allocated(parts)}."
        case ReservationReleased(allocations=parts):
            return f"Reservation released: {_allocated(parts)}. {event.reason.text}"
        case StockBackordered(lines=lines):
            return f"Backordered: {_listed(lines)}."
        case ShipmentShipped(lines=lines):
            numbers = ", ".join(event.tracking_numbers)
            tracking = f" Tracking {numbers}." if numbers else ""
            return f"{event.shipment_id} left {event.warehouse_id}: {_listed(lines)}.{tracking}"


def _allocated(parts: Iterable[Allocation]) -> str:
    return ", ".join(f"{_counted(p.quantity)} {p.sku} in {p.warehouse_id}" for p in parts)


def _listed(lines: Iterable[LineQuantity]) -> str:
    return ", ".join(f"{_counted(line.quantity)} {line.sku}" for line in lines)


def _counted(quantity: Quantity) -> str:
    return f"{plain(quantity.value)} {quantity.uom}"


PHRASES = (
    ("open", "waiting for stock to be checked"),
    ("reserved", "reserved in the warehouse"),
    ("backordered", "backordered"),
    ("shipped", "shipped"),
    ("cancelled", "cancelled"),
    ("invoiced", "invoiced"),
    ("returned", "returned"),
)


def phrase(line: Line) -> str:
    """Where a line stands, in words: `10 EA: 6 shipped, 4 backordered, 6 invoiced.`"""
    parts = [f"{plain(n)} {words}" for name, words in PHRASES if (n := getattr(line, name)) > 0]
    return f"{plain(line.ordered)} {line.uom}: {', '.join(parts)}."


def plain(number: Decimal) -> str:
    """A number as people write it: no exponent, no zeros at the end."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
