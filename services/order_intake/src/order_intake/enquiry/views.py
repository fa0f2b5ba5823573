"""What people and portals get to see of an order."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import msgspec

from crossdock_contracts import Address, ExternalId, Money, Reason


class LineView(msgspec.Struct, frozen=True, kw_only=True):
    """A line in counters and in words; counters are in the stock unit."""

    line_no: int
    item: str
    sku: str = ""
    description: str = ""
    customer_line: str = ""
    uom: str
    ordered: Decimal
    unit_price: Decimal | None = None
    open: Decimal = Decimal(0)
    reserved: Decimal = Decimal(0)
    backordered: Decimal = Decimal(0)
    shipped: Decimal = Decimal(0)
    cancelled: Decimal = Decimal(0)
    invoiced: Decimal = Decimal(0)
    returned: Decimal = Decimal(0)
    standing: str


class ShipmentView(msgspec.Struct, frozen=True):
    """A dispatch from one warehouse."""

    shipment_id: str
    warehouse_id: str
    carrier: str
    tracking_number: str
    shipped_at: datetime | None
    delivered_at: datetime | None
    signed_by: str
    failure: str


class InvoiceView(msgspec.Struct, frozen=True):
    """An invoice with what is left of it."""

    invoice_id: str
    shipment_id: str
    issued_at: datetime | None
    due_at: datetime | None
    total: Decimal
    paid: Decimal
    credited: Decimal
    open: Decimal


class ReturnView(msgspec.Struct, frozen=True):
    """A return and how far it is."""

    return_id: str
    status: str
    changed_at: datetime


class HistoryView(msgspec.Struct, frozen=True):
    """Something that happened to the order."""

    at: datetime
    what: str
    text: str


class OrderView(msgspec.Struct, frozen=True, kw_only=True):
    """The one answer: where an order stands."""

    order_id: str
    status: str
    channel: str
    customer_id: str
    customer_po: str
    partner_id: str | None
    placed_at: datetime
    currency: str
    total: Money
    reasons: tuple[Reason, ...]
    ship_to: Address | None
    requested_ship_at: datetime | None
    external_ids: list[ExternalId]
    lines: list[LineView]
    shipments: list[ShipmentView]
    invoices: list[InvoiceView]
    returns: list[ReturnView]
    history: list[HistoryView]


class OrderRow(msgspec.Struct, frozen=True):
    """An order in a list."""

    order_id: str
    status: str
    customer_id: str
    customer_po: str
    channel: str
    placed_at: str
    total: Money


class OrderList(msgspec.Struct, frozen=True):
    """Orders, newest first; `next` is the `after` of the next page."""

    orders: list[OrderRow]
    next: str | None
