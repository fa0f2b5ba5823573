"""A shipment, what outsiders say of it, and how it is refused: plain values."""

from datetime import datetime
from decimal import Decimal
from typing import Literal

from crossdock_contracts import (
    Address,
    Instant,
    LineQuantity,
    Quantity,
    Reason,
    Uom,
    Value,
)
from crossdock_contracts.shipments import Package
from crossdock_contracts.values import LineNo, Sku

Kind = Literal["picked", "packed", "shipped", "failed"]
Source = Literal["warehouse", "carrier"]
State = Literal["requested", "picked", "packed", "shipped", "delivered", "failed"]


class Refusal(Exception):
    """The warehouse's word must not take effect: the code, a sentence, and the numbers."""

    def __init__(self, status: int, code: str, text: str, **context: str) -> None:
        super().__init__(text)
        self.status, self.code, self.text, self.context = status, code, text, context


class ConfirmedLine(Value, frozen=True):
    """A line as a warehouse confirms it, quantity and unit side by side."""

    line_no: LineNo
    sku: Sku
    quantity: Decimal
    uom: Uom

    @classmethod
    def of(cls, line: LineQuantity) -> "ConfirmedLine":
        """The same line in the warehouse's flat shape."""
        quantity = line.quantity
        return cls(line_no=line.line_no, sku=line.sku, quantity=quantity.value, uom=quantity.uom)


class ConfirmedPackage(Value, frozen=True):
    """A carton as a warehouse packed it; its label is made here when it has none."""

    contents: tuple[ConfirmedLine, ...]
    sscc: str | None = None
    tracking_number: str = ""


class Confirmation(Value, frozen=True):
    """What a warehouse says about one shipment."""

    event_id: str
    kind: Kind
    shipment_id: str
    at: Instant
    lines: tuple[ConfirmedLine, ...] = ()
    packages: tuple[ConfirmedPackage, ...] = ()
    carrier: str = ""
    tracking_number: str = ""
    bill_of_lading: str = ""
    remainder: Literal["follows", "short"] | None = None
    reason: Reason | str | None = None
    traceparent: str = ""

    def __post_init__(self) -> None:
        _check_event_id(self.event_id)

    @property
    def source(self) -> Source:
        """Who says so."""
        return "warehouse"

    @property
    def what(self) -> str:
        """In a word."""
        return self.kind

    @property
    def tracking_numbers(self) -> tuple[str, ...]:
        """Every number it names."""
        named = (self.tracking_number, *(package.tracking_number for package in self.packages))
        return tuple(number for number in named if number)


class CarrierEvent(Value, frozen=True):
    """What a carrier says about the goods, named by shipment or by tracking number."""

    event_id: str
    code: str
    at: Instant
    shipment_id: str | None = None
    tracking_number: str | None = None
    place: str = ""
    text: str = ""
    signed_by: str = ""
    traceparent: str = ""

    def __post_init__(self) -> None:
        _check_event_id(self.event_id)

    @property
    def source(self) -> Source:
        """Who says so."""
        return "carrier"

    @property
    def what(self) -> str:
        """In a word."""
        return self.code

    @property
    def tracking_numbers(self) -> tuple[str, ...]:
        """Every number it names."""
        return (self.tracking_number,) if self.tracking_number else ()


class ShipmentLine(Value, frozen=True):
    """How far one line of a shipment is; `follows` went over to a later shipment."""

    line_no: LineNo
    sku: Sku
    uom: Uom
    requested: Decimal
    shipped: Decimal = Decimal(0)
    short: Decimal = Decimal(0)
    follows: Decimal = Decimal(0)


class Milestone(Value, frozen=True):
    """One thing the carrier said."""

    milestone_id: str
    code: str
    recorded_at: datetime
    place: str = ""
    text: str = ""


class Shipment(Value, frozen=True):
    """One request to one warehouse, and all that is known of it."""

    shipment_id: str
    order_id: str
    warehouse_id: str
    state: State
    ship_to: Address
    requested_at: datetime
    lines: tuple[ShipmentLine, ...]
    packages: tuple[Package, ...] = ()
    split_from: str | None = None
    carrier: str = ""
    tracking_numbers: tuple[str, ...] = ()
    bill_of_lading: str = ""
    asked_at: datetime | None = None
    picked_at: datetime | None = None
    packed_at: datetime | None = None
    shipped_at: datetime | None = None
    delivered_at: datetime | None = None
    failed_at: datetime | None = None
    signed_by: str = ""
    milestones: tuple[Milestone, ...] = ()

    @property
    def asked(self) -> tuple[LineQuantity, ...]:
        """The lines the warehouse was asked for."""
        return tuple(_line(line, line.requested) for line in self.lines)

    @property
    def left(self) -> tuple[LineQuantity, ...]:
        """The lines that left with the carrier."""
        return tuple(_line(line, line.shipped) for line in self.lines if line.shipped)

    def heard(self, kind: Kind) -> bool:
        """Whether this confirmation took effect before."""
        return getattr(self, f"{kind}_at") is not None


def _check_event_id(event_id: str) -> None:
    """An empty id would make every message a repetition of the first."""
    if not 0 < len(event_id) <= 200:
        raise ValueError("event_id must have 1 to 200 characters")


def _line(line: ShipmentLine, value: Decimal) -> LineQuantity:
    return LineQuantity(line_no=line.line_no, sku=line.sku, quantity=Quantity(value, line.uom))
