"""The books of stock: what is reserved where, who waits, and never more than there is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal, Protocol

from crossdock_contracts import Quantity

Kind = Literal["opening", "receipt", "restock", "adjustment", "shipment"]
Held = tuple[int, str, str]
NOTHING = Decimal(0)
MOST = Decimal(1_000_000_000)
FINEST = -6


class Refused(Exception):
    """The books cannot do that; `code`, the sentence and the values say why."""

    def __init__(self, code: str, text: str, **context: object) -> None:
        super().__init__(text)
        self.code, self.text = code, text
        self.context = {name: str(value) for name, value in context.items()}


class NotReserved(Exception):
    """Nothing is known of a reservation that somebody else speaks of; it may still come."""


@dataclass(frozen=True, slots=True)
class Warehouse:
    """Where stock lies; a lower priority ships first."""

    warehouse_id: str
    priority: int = 100
    active: bool = True


@dataclass(frozen=True, slots=True)
class Item:
    """An item's stock unit, and how many of it the other units hold."""

    sku: str
    stock_uom: str
    conversions: dict[str, Decimal] = field(default_factory=dict)

    def in_stock_unit(self, quantity: Decimal, uom: str | None) -> Decimal:
        """Convert a quantity; Refused names the units the item has."""
        if uom in (None, self.stock_uom):
            return measured(quantity)
        if uom not in self.conversions:
            known = ", ".join([self.stock_uom, *sorted(self.conversions)])
            text = f"{self.sku} is not counted in {uom}; it is in: {known}"
            raise Refused("unknown_unit", text, sku=self.sku, uom=uom, known=known)
        return measured(quantity * self.conversions[uom])


@dataclass(slots=True)
class Bin:
    """What one warehouse holds of one SKU."""

    sku: str
    warehouse: Warehouse
    uom: str
    on_hand: Decimal = NOTHING
    reserved: Decimal = NOTHING

    @property
    def available(self) -> Decimal:
        """On hand and promised to nobody."""
        return self.on_hand - self.reserved


@dataclass(frozen=True, slots=True)
class Portion:
    """A quantity of one order line in one warehouse."""

    order_id: str
    line_no: int
    sku: str
    warehouse_id: str
    uom: str
    quantity: Decimal


class Line(Protocol):
    """A line of any event: of an order, a shipment, a cancellation."""

    @property
    def line_no(self) -> int:
        """Its number within the order."""

    @property
    def sku(self) -> str:
        """Its item."""

    @property
    def quantity(self) -> Quantity:
        """How much, in the item's stock unit."""


@dataclass(slots=True)
class Demand:
    """What of an order line is wanted and not yet reserved; `since` is when it began to wait."""

    order_id: str
    line_no: int
    sku: str
    uom: str
    quantity: Decimal
    since: datetime | None = None


@dataclass(slots=True)
class Reservation:
    """A line's reservation in one warehouse: `open` as loaded, and what has changed since."""

    open: Decimal
    reserved: Decimal = NOTHING
    shipped: Decimal = NOTHING
    released: Decimal = NOTHING


@dataclass(frozen=True, slots=True)
class Movement:
    """A line of the ledger: why on hand changed, signed."""

    movement_id: str
    sku: str
    warehouse_id: str
    uom: str
    kind: Kind
    quantity: Decimal
    source: str = ""
    reference: str = ""
    booked_by: str = ""


class Shelf(dict[str, Bin]):
    """The bins of one SKU, by warehouse."""

    def offers(self) -> list[Bin]:
        """Where it can be promised from, the preferred warehouse first."""
        free = [b for b in self.values() if b.warehouse.active and b.available > 0]
        return sorted(free, key=lambda b: (b.warehouse.priority, b.warehouse.warehouse_id))


class Books:
    """The stock of some SKUs while it is changed, with the changes; nothing else changes stock.

    `order` holds the reservations of the one order at hand, by line, SKU and warehouse.
    """

    def __init__(
        self,
        shelves: Mapping[str, Shelf],
        order: Mapping[Held, Reservation] | None = None,
    ) -> None:
        self.shelves = shelves
        self.order = order or {}
        self.touched: dict[tuple[str, str], Bin] = {}
        self.taken: list[Portion] = []
        self.movements: list[Movement] = []

    def take(self, wanted: Demand, warehouse_id: str, quantity: Decimal) -> Portion:
        """Set a quantity aside for an order line."""
        found = self.shelves[wanted.sku][warehouse_id]
        if not 0 < quantity <= found.available:
            raise Refused("oversold", f"{quantity} of {found.available} {wanted.sku} available")
        found.reserved += quantity
        self._touch(found)
        portion = Portion(
            wanted.order_id, wanted.line_no, wanted.sku, warehouse_id, wanted.uom, quantity
        )
        self.taken.append(portion)
        return portion

    def give_back(self, line: Demand, warehouse_id: str) -> Portion | None:
        """Free what is still reserved of a line's quantity in a warehouse; None when nothing is."""
        held = self._held(line, warehouse_id)
        quantity = min(line.quantity, held.open)
        if quantity <= 0:
            return None
        found = self.shelves[line.sku][warehouse_id]
        found.reserved -= quantity
        held.open -= quantity
        held.released += quantity
        self._touch(found)
        return Portion(line.order_id, line.line_no, line.sku, warehouse_id, line.uom, quantity)

    def ship(self, line: Demand, warehouse_id: str, document: str) -> Decimal:
        """Take shipped goods off the books; returns how many left without being reserved."""
        held = self._held(line, warehouse_id)
        found = self.shelves[line.sku][warehouse_id]
        extra = max(NOTHING, line.quantity - held.open)
        if extra > found.available:
            text = f"{line.quantity} of {line.sku} shipped, {held.open} were reserved for the order"
            raise Refused(
                "shipped_more_than_reserved", text, sku=line.sku, warehouse_id=warehouse_id,
                shipped=line.quantity, reserved=held.open, available=found.available,
            )  # fmt: skip
        found.reserved -= line.quantity - extra
        held.open -= line.quantity - extra
        held.reserved += extra
        held.shipped += line.quantity
        self._move(found, Movement(
            f"shipment:{document}:{line.line_no}", line.sku, warehouse_id, found.uom,
            "shipment", -line.quantity, reference=document,
        ))  # fmt: skip
        return extra

    def book(self, movement: Movement, warehouse: Warehouse) -> None:
        """Add to what lies in a place, or take from it; Refused when that is promised already."""
        empty = Bin(movement.sku, warehouse, movement.uom)
        found = self.shelves[movement.sku].setdefault(warehouse.warehouse_id, empty)
        if found.uom != movement.uom:
            text = f"{found.sku} is kept in {found.uom}, not {movement.uom}"
            raise Refused("unit_mismatch", text, sku=found.sku, uom=found.uom)
        if found.available + movement.quantity < 0:
            text = (
                f"only {plain(found.available)} of {found.sku} are free in {movement.warehouse_id}"
            )
            raise Refused(
                "stock_is_reserved", text, sku=found.sku, quantity=movement.quantity,
                on_hand=plain(found.on_hand), reserved=plain(found.reserved),
            )  # fmt: skip
        self._move(found, movement)

    def _held(self, line: Demand, warehouse_id: str) -> Reservation:
        key = (line.line_no, line.sku, warehouse_id)
        if key not in self.order:
            what = f"line {line.line_no} of {line.order_id} ({line.sku})"
            raise NotReserved(f"{what} has no reservation in {warehouse_id} yet")
        return self.order[key]

    def _touch(self, found: Bin) -> None:
        self.touched[found.sku, found.warehouse.warehouse_id] = found

    def _move(self, found: Bin, movement: Movement) -> None:
        found.on_hand += movement.quantity
        self._touch(found)
        self.movements.append(movement)


def demands(order_id: str, lines: Iterable[Line]) -> list[Demand]:
    """An event's lines as demands, one per line number; Refused when a quantity is absurd."""
    merged: dict[int, Demand] = {}
    for line in lines:
        quantity = positive(line.quantity.value)
        if line.line_no in merged:
            merged[line.line_no].quantity += quantity
        else:
            merged[line.line_no] = Demand(
                order_id, line.line_no, line.sku, line.quantity.uom, quantity
            )
    return list(merged.values())


def measured(quantity: Decimal) -> Decimal:
    """A quantity as the books keep it; Refused when it is absurd or finer than they can hold."""
    if not quantity.is_finite() or abs(quantity) > MOST:
        raise Refused("bad_quantity", f"{quantity} is not between 0 and {MOST}", quantity=quantity)
    tidy = plain(quantity)
    exponent = tidy.as_tuple().exponent
    if isinstance(exponent, int) and exponent < FINEST:
        text = f"{quantity} has more than {-FINEST} decimals"
        raise Refused("bad_quantity", text, quantity=quantity)
    return tidy


def positive(quantity: Decimal) -> Decimal:
    """A measured quantity that is more than nothing."""
    if quantity.is_finite() and quantity <= 0:
        raise Refused("bad_quantity", f"{quantity} is not more than 0", quantity=quantity)
    return measured(quantity)


def plain(quantity: Decimal) -> Decimal:
    """The same number without trailing zeros or exponent: 12.500000 is 12.5, 1E+2 is 100."""
    tidy = quantity.normalize()
    return tidy.quantize(Decimal(1)) if tidy == tidy.to_integral_value() else tidy
