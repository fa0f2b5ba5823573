"""Returns, version 1. Owner: returns. Key: the order id."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from ..event import Event
from ..values import (
    CustomerId,
    Instant,
    InvoiceId,
    LineNo,
    OrderId,
    Quantity,
    Reason,
    ReturnId,
    ShipmentId,
    Sku,
    Value,
    WarehouseId,
)


class ReturnLine(Value, frozen=True):
    """A quantity of a shipped order line that comes back, and what it was billed with."""

    line_no: LineNo
    sku: Sku
    quantity: Quantity
    shipment_id: ShipmentId
    reason: Reason
    invoice_id: InvoiceId | None = None


class InspectedLine(Value, frozen=True):
    """What the inspection decided about a returned quantity."""

    line_no: LineNo
    sku: Sku
    quantity: Quantity
    shipment_id: ShipmentId
    disposition: Annotated[
        Literal["restock", "scrap"], Meta(description="Back to stock, or thrown away.")
    ]
    credit: Annotated[bool, Meta(description="Whether the customer gets a credit for it.")] = True
    invoice_id: InvoiceId | None = None


class ReturnAuthorized(Event, frozen=True, kw_only=True, tag="returns.authorized.v1"):
    """The customer may send these goods back (RMA)."""

    order_id: OrderId
    return_id: ReturnId
    customer_id: CustomerId
    authorized_at: Instant
    lines: tuple[ReturnLine, ...]
    document_id: Annotated[
        str, Meta(description="The partner's document that asked for it, where one did.")
    ] = ""


class ReturnReceived(Event, frozen=True, kw_only=True, tag="returns.received.v1"):
    """The warehouse has the goods back, not yet looked at."""

    order_id: OrderId
    return_id: ReturnId
    warehouse_id: WarehouseId
    received_at: Instant
    lines: tuple[ReturnLine, ...]


class ReturnInspected(Event, frozen=True, kw_only=True, tag="returns.inspected.v1"):
    """Each returned quantity goes to stock or to scrap, with or without credit."""

    order_id: OrderId
    return_id: ReturnId
    warehouse_id: WarehouseId
    inspected_at: Instant
    lines: tuple[InspectedLine, ...]


class ReturnClosed(Event, frozen=True, kw_only=True, tag="returns.closed.v1"):
    """Stock and finance both have it; nothing is left to do."""

    order_id: OrderId
    return_id: ReturnId
    closed_at: Instant
    credit_memo_ids: tuple[str, ...] = ()


class ReturnRejected(Event, frozen=True, kw_only=True, tag="returns.rejected.v1"):
    """The return was refused: nothing of it shipped, or too much was asked."""

    order_id: OrderId
    return_id: ReturnId
    rejected_at: Instant
    reasons: tuple[Reason, ...]
    document_id: Annotated[
        str, Meta(description="The partner's document that asked for it, where one did.")
    ] = ""
