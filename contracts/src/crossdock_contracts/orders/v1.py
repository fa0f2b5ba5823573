"""Orders, version 1. Owner: order_intake. Key: the canonical order id."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from msgspec import Meta

from ..event import Event
from ..values import (
    Address,
    Currency,
    CustomerId,
    Days,
    ExternalId,
    Fraction,
    Instant,
    LineNo,
    LineQuantity,
    Money,
    OrderId,
    PartnerId,
    Person,
    Quantity,
    Reason,
    Sku,
    Tax,
    Value,
    checked,
)

Channel = Literal["edi", "api", "portal", "marketplace", "crm", "sales"]


class RequestedLine(Value, frozen=True):
    """A line as the customer asked for it, before any check."""

    line_no: LineNo
    item: Annotated[str, Meta(description="The item as the customer named it.")]
    quantity: Quantity
    unit_price: Money | None = None
    customer_line: Annotated[str, Meta(description="The customer's own line reference.")] = ""


class OrderLine(Value, frozen=True):
    """A line as agreed: canonical SKU, stock unit, contract price, taxes."""

    line_no: LineNo
    sku: Sku
    description: str
    quantity: Annotated[Quantity, Meta(description="In the item's stock unit.")]
    unit_price: Annotated[Money, Meta(description="Agreed net price of one stock unit.")]
    net: Annotated[Money, Meta(description="Quantity times unit price, rounded to the cent.")]
    taxes: tuple[Tax, ...] = ()
    customer_line: str = ""
    customer_item: Annotated[str, Meta(description="The item as the customer named it.")] = ""
    ordered: Annotated[
        Quantity | None,
        Meta(description="What was asked for, where its unit is not the stock unit."),
    ] = None


class OrderPlaced(Event, frozen=True, kw_only=True, tag="orders.placed.v1"):
    """A customer asked for goods; the order has its canonical id from here on."""

    order_id: OrderId
    channel: Channel
    customer_id: Annotated[str, Meta(description="As given; it may be unknown.")]
    placed_at: Instant
    currency: Currency
    lines: tuple[RequestedLine, ...]
    ship_to: Address | None = None
    customer_po: str = ""
    partner_id: PartnerId | None = None
    external_ids: tuple[ExternalId, ...] = ()
    requested_ship_at: Instant | None = None


class OrderAccepted(Event, frozen=True, kw_only=True, tag="orders.accepted.v1"):
    """Every check passed: reserve it, ship it, bill it at these prices."""

    order_id: OrderId
    channel: Channel
    customer_id: CustomerId
    accepted_at: Instant
    currency: Currency
    lines: tuple[OrderLine, ...]
    net_total: Money
    tax_total: Money
    total: Money
    ship_to: Address
    payment_terms_days: Annotated[Days, Meta(ge=0, description="Net days to pay.")] = 30
    customer_po: str = ""
    partner_id: PartnerId | None = None
    external_ids: tuple[ExternalId, ...] = ()
    requested_ship_at: Instant | None = None


class OrderHeld(Event, frozen=True, kw_only=True, tag="orders.held.v1"):
    """A check needs a person: credit, price, or a customer on hold."""

    order_id: OrderId
    customer_id: CustomerId
    held_at: Instant
    reasons: tuple[Reason, ...]
    total: Money
    customer_po: str = ""
    partner_id: PartnerId | None = None


class OrderReleased(Event, frozen=True, kw_only=True, tag="orders.released.v1"):
    """A person let a held order go on; `orders.accepted` follows."""

    order_id: OrderId
    released_at: Instant
    released_by: Person
    note: str = ""


class OrderRejected(Event, frozen=True, kw_only=True, tag="orders.rejected.v1"):
    """The order cannot be filled as asked; nothing else will happen to it."""

    order_id: OrderId
    channel: Channel
    customer_id: str
    rejected_at: Instant
    reasons: tuple[Reason, ...]
    lines: tuple[RequestedLine, ...] = ()
    customer_po: str = ""
    partner_id: PartnerId | None = None


class OrderChanged(Event, frozen=True, kw_only=True, tag="orders.changed.v1"):
    """Lines of an accepted order were changed; the lines are given as they now stand."""

    order_id: OrderId
    changed_at: Instant
    changed_by: Person
    lines: Annotated[
        tuple[OrderLine, ...],
        Meta(
            description="Every line, with all that was ever ordered of it; what was cancelled too."
        ),
    ]
    total: Money
    added: Annotated[
        tuple[LineQuantity, ...], Meta(description="Wanted in addition: reserve it as well.")
    ] = ()
    requested_ship_at: Instant | None = None


class AnsweredChange(Value, frozen=True):
    """What became of one line of a change: what the order has of it now, and why no other."""

    status: Literal["accepted", "changed", "refused"]
    quantity: Annotated[Quantity, Meta(description="Ordered and not cancelled, in the stock unit.")]
    line_no: LineNo | None = None
    customer_line: str = ""
    reason: Reason | None = None


class OrderChangeAnswered(Event, frozen=True, kw_only=True, tag="orders.change_answered.v1"):
    """A change that a partner asked for is settled, line by line, and nothing of it is open."""

    order_id: OrderId
    customer_id: CustomerId
    partner_id: PartnerId
    customer_po: str
    document_id: Annotated[str, Meta(description="The document that asked for it.")]
    answered_at: Instant
    status: Literal["accepted", "changed", "refused"]
    lines: tuple[AnsweredChange, ...] = ()
    reasons: tuple[Reason, ...] = ()
    requested_ship_at: Instant | None = None


class OrderCancelled(Event, frozen=True, kw_only=True, tag="orders.cancelled.v1"):
    """Nobody wants these any more; `inventory.cancellation_applied` says what came too late."""

    order_id: OrderId
    customer_id: Annotated[str, Meta(description="Whose order it is.")] = ""
    cancelled_at: Instant
    cancelled_by: Person
    reason: Reason
    lines: tuple[LineQuantity, ...]


class OrderCompleted(Event, frozen=True, kw_only=True, tag="orders.completed.v1"):
    """Everything that was to ship has shipped and was invoiced."""

    order_id: OrderId
    completed_at: Instant
    invoiced: Money
    fill_rate: Annotated[
        Fraction, Meta(description="Shipped over ordered, in stock units, from 0 to 1.")
    ] = Decimal(1)

    def __post_init__(self) -> None:
        checked(self.fill_rate, "a fill rate")
