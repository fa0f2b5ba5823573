"""Master data, version 1. Owner: erp_bridge, from the system of record. Key: the entity's id."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from ..event import Event
from ..values import (
    Address,
    Currency,
    CustomerId,
    Days,
    EarlyPayment,
    ExternalId,
    Instant,
    Key,
    LineNo,
    Money,
    PartnerId,
    PersonalText,
    Quantity,
    Sku,
    Uom,
    Value,
    WarehouseId,
    checked,
)


class CustomerChanged(Event, frozen=True, kw_only=True, tag="catalog.customer_changed.v1"):
    """A customer as the ERP knows it now."""

    key_fields: ClassVar[tuple[str, ...]] = ("customer_id",)
    customer_id: CustomerId
    name: PersonalText
    status: Literal["active", "on_hold", "closed"]
    currency: Currency
    changed_at: Instant
    bill_to: Address
    ship_to: Address
    payment_terms_days: Days = 30
    tax_exempt: bool = False
    partner_id: PartnerId | None = None
    external_ids: tuple[ExternalId, ...] = ()
    early_payment: EarlyPayment | None = None


class ItemChanged(Event, frozen=True, kw_only=True, tag="catalog.item_changed.v1"):
    """An item as the ERP knows it now."""

    key_fields: ClassVar[tuple[str, ...]] = ("sku",)
    sku: Sku
    description: str
    status: Literal["active", "discontinued"]
    stock_uom: Uom
    changed_at: Instant
    conversions: Annotated[
        dict[str, Decimal],
        Meta(description="How many stock units one of another unit holds: {'CA': '12'}."),
    ] = {}
    aliases: Annotated[
        tuple[str, ...], Meta(description="Other names customers use: GTIN, UPC, vendor number.")
    ] = ()
    tax_code: str = "STANDARD"
    gl_code: str = ""
    list_price: Money | None = None

    def __post_init__(self) -> None:
        for uom, factor in self.conversions.items():
            checked(factor, f"the conversion of {uom}")


class PriceChanged(Event, frozen=True, kw_only=True, tag="catalog.price_changed.v1"):
    """The contract price of an item for one customer, per stock unit."""

    key_fields: ClassVar[tuple[str, ...]] = ("price_id",)
    price_id: Annotated[Key, Meta(description="Customer and SKU: `CUST-1:SKU-9`.")]
    customer_id: CustomerId
    sku: Sku
    unit_price: Money
    changed_at: Instant
    valid_from: Instant | None = None
    valid_until: Instant | None = None


class CreditChanged(Event, frozen=True, kw_only=True, tag="catalog.credit_changed.v1"):
    """How far a customer may owe us."""

    key_fields: ClassVar[tuple[str, ...]] = ("customer_id",)
    customer_id: CustomerId
    limit: Money
    changed_at: Instant
    on_hold: bool = False


class WarehouseChanged(Event, frozen=True, kw_only=True, tag="catalog.warehouse_changed.v1"):
    """A warehouse as the ERP knows it now."""

    key_fields: ClassVar[tuple[str, ...]] = ("warehouse_id",)
    warehouse_id: WarehouseId
    name: str
    address: Address
    changed_at: Instant
    priority: Annotated[int, Meta(description="Lower ships first when stock allows a choice.")] = (
        100
    )
    active: bool = True
    partner_id: Annotated[
        PartnerId | None, Meta(description="The 3PL that runs it, where it is asked by EDI.")
    ] = None


class PurchaseLine(Value, frozen=True):
    """What is ordered of one item, and what the supplier calls it."""

    line_no: LineNo
    sku: Sku
    quantity: Quantity
    unit_price: Money
    supplier_item: str = ""
    description: str = ""


class PurchaseOrderChanged(
    Event, frozen=True, kw_only=True, tag="catalog.purchase_order_changed.v1"
):
    """A purchase order as the ERP has it now: what a supplier shall bring, where to, by when."""

    key_fields: ClassVar[tuple[str, ...]] = ("po_number",)
    po_number: Annotated[
        str, Meta(min_length=1, max_length=22, description="Our purchase order number.")
    ]
    supplier_id: Annotated[
        str, Meta(min_length=1, max_length=40, description="The vendor's id in the ERP.")
    ]
    warehouse_id: WarehouseId
    currency: Currency
    ordered_on: date
    lines: tuple[PurchaseLine, ...]
    changed_at: Instant
    due_on: Annotated[date | None, Meta(description="The last day to arrive.")] = None
    status: Literal["open", "closed", "cancelled"] = "open"
