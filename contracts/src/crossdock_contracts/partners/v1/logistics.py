"""What warehouses, suppliers, carriers and shops say in documents, version 1. Owner: partner_edi.

Key: the partner and what the document is about, so that one shipment's documents keep their order.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from ...event import Event
from ...values import (
    Currency,
    CustomerId,
    Fraction,
    FreightCharge,
    Instant,
    Key,
    LineNo,
    LineQuantity,
    Money,
    PartnerId,
    Person,
    Quantity,
    ShipmentId,
    Value,
    WarehouseId,
    checked,
)
from . import DocumentId, PartnerEvent, PoNumber

Scac = Annotated[str, Meta(description="Standard carrier alpha code (SCAC).")]
Items = Annotated[
    dict[str, str], Meta(description="Item ids by X12 qualifier (element 235): VN, BP, UP, SK.")
]


class LogisticsDocument(Event, frozen=True, kw_only=True):
    """What these documents share."""

    key_fields: ClassVar[tuple[str, ...]] = ("partner_id", "reference")
    partner_id: PartnerId
    reference: Annotated[Key, Meta(description="The shipment, receipt or bill it is about.")]
    document_id: DocumentId
    received_at: Instant


class ConfirmedCarton(Value, frozen=True):
    """One carton or pallet as the warehouse packed it."""

    contents: tuple[LineQuantity, ...]
    sscc: str | None = None
    tracking_number: str = ""


class ShipmentConfirmed(
    LogisticsDocument, frozen=True, kw_only=True, tag="partners.shipment_confirmed.v1"
):
    """A 3PL warehouse says what left for one shipment of ours; without lines, nothing did."""

    shipment_id: ShipmentId
    warehouse_id: WarehouseId
    shipped_at: Instant
    lines: tuple[LineQuantity, ...]
    cartons: tuple[ConfirmedCarton, ...] = ()
    remainder: Annotated[
        Literal["follows", "short"], Meta(description="What becomes of what did not leave.")
    ] = "short"
    carrier: Scac = ""
    tracking_number: str = ""
    bill_of_lading: str = ""


class ReceiptLine(Value, frozen=True):
    """Goods as a warehouse counted them in; `damaged` is not part of `quantity`."""

    line_no: LineNo
    sku: str
    quantity: Quantity
    damaged: Quantity | None = None


class ReceiptConfirmed(
    LogisticsDocument, frozen=True, kw_only=True, tag="partners.receipt_confirmed.v1"
):
    """A 3PL warehouse counted goods in."""

    warehouse_id: WarehouseId
    counted_at: Instant
    lines: tuple[ReceiptLine, ...]
    order_number: Annotated[
        str, Meta(description="Our purchase order or transfer that the goods belong to.")
    ] = ""
    shipment_reference: Annotated[str, Meta(description="The advice they came with.")] = ""


class AnsweredLine(Value, frozen=True):
    """What a supplier makes of one line we ordered."""

    line_no: LineNo
    status: Literal["accepted", "changed", "backordered", "rejected"]
    quantity: Quantity
    partner_line: str = ""
    items: Items = {}
    unit_price: Money | None = None
    ships_on: date | None = None


class ResponseReceived(
    PartnerEvent, frozen=True, kw_only=True, tag="partners.response_received.v1"
):
    """A supplier answered a purchase order of ours."""

    po_number: PoNumber
    document_id: DocumentId
    received_at: Instant
    status: Literal["accepted", "changed", "rejected"]
    lines: tuple[AnsweredLine, ...] = ()


class TenderAnswered(
    LogisticsDocument, frozen=True, kw_only=True, tag="partners.tender_answered.v1"
):
    """A carrier takes a load we offered, or does not."""

    carrier: Scac
    shipment_id: ShipmentId
    answer: Literal["accepted", "declined"]
    reason: str = ""


class CarrierStatus(Value, frozen=True):
    """One thing that a carrier reports of a shipment."""

    status_id: Annotated[str, Meta(description="The same for the same news, however often told.")]
    code: Annotated[str, Meta(description="X12 element 1650, such as AF, X1, D1.")]
    at: Instant
    place: str = ""
    text: str = ""
    signed_by: Person = ""


class StatusReported(
    LogisticsDocument, frozen=True, kw_only=True, tag="partners.status_reported.v1"
):
    """A carrier reported where a shipment is, under our number or under its own."""

    carrier: Scac
    statuses: tuple[CarrierStatus, ...]
    shipment_id: ShipmentId | None = None
    tracking_number: str = ""


class FreightTolerance(Value, frozen=True):
    """How far a charge may go beyond its quote: the smaller of both counts."""

    amount: Money
    rate: Annotated[Fraction, Meta(description="Part of what was quoted: 0.02 is 2 %.")]

    def __post_init__(self) -> None:
        checked(self.rate, "a tolerance's rate")


class FreightBilled(LogisticsDocument, frozen=True, kw_only=True, tag="partners.freight_billed.v1"):
    """A carrier billed one shipment; nothing of it is agreed to yet."""

    carrier: Scac
    invoice_number: str
    billed_on: date
    total: Money
    charges: tuple[FreightCharge, ...]
    tolerance: FreightTolerance
    shipment_id: ShipmentId | None = None
    tracking_number: str = ""


class SoldItem(Value, frozen=True):
    """What one place sold of one item, and what it has left."""

    items: Items
    location: Annotated[str, Meta(description="The partner's code of the store.")] = ""
    sold: Quantity | None = None
    returned: Quantity | None = None
    on_hand: Quantity | None = None
    sku: Annotated[str, Meta(description="Our SKU, where the ids lead to one.")] = ""


class SalesReported(LogisticsDocument, frozen=True, kw_only=True, tag="partners.sales_reported.v1"):
    """A customer says what it sold of our goods (sell-through)."""

    customer_id: CustomerId
    begins_on: date
    ends_on: date
    lines: tuple[SoldItem, ...]


class QuotedPrice(Value, frozen=True):
    """A supplier's price of one item."""

    items: Items
    price: Money
    uom: str = ""
    description: str = ""
    minimum: Quantity | None = None
    valid_from: date | None = None
    valid_until: date | None = None


class PricesReceived(
    LogisticsDocument, frozen=True, kw_only=True, tag="partners.prices_received.v1"
):
    """A supplier says its prices. They change nothing here: the ERP decides what they mean."""

    currency: Currency
    prices: tuple[QuotedPrice, ...]


class CountedLine(Value, frozen=True):
    """What a customer counted of one line of a shipment of ours, in the item's stock unit."""

    line_no: LineNo
    sku: str
    received: Quantity
    damaged: Quantity | None = None


class ReceivingAdvised(
    LogisticsDocument, frozen=True, kw_only=True, tag="partners.receiving_advised.v1"
):
    """A customer says what it received of a shipment of ours."""

    customer_id: CustomerId
    shipment_id: ShipmentId
    counted_on: date
    lines: tuple[CountedLine, ...]


class BillingNoticeReceived(
    PartnerEvent, frozen=True, kw_only=True, tag="partners.billing_notice_received.v1"
):
    """A supplier's notice of shipment bills too; what it ships is said as an advice."""

    po_number: PoNumber
    document_id: DocumentId
    received_at: Instant
    shipment_reference: str
    invoice_number: str
    total: Money
