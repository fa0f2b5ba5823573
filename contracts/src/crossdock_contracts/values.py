"""Value types that every noun shares: money, quantities, instants, keys, addresses, taxes."""

from __future__ import annotations

from datetime import datetime
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

PUBLIC, FINANCIAL, PERSONAL = (
    {"x-data-class": each} for each in ("public", "financial", "personal")
)

Person = Annotated[
    str, Meta(description="A person, as their system names them.", extra_json_schema=PERSONAL)
]
PersonalText = Annotated[str, Meta(extra_json_schema=PERSONAL)]
Instant = Annotated[datetime, Meta(tz=True, description="A moment, always with its zone; UTC.")]
Currency = Annotated[
    str,
    Meta(pattern="^[A-Z]{3}$", description="ISO 4217 code, such as USD.", extra_json_schema=PUBLIC),
]
Uom = Annotated[
    str,
    Meta(
        pattern="^[A-Z0-9]{1,3}$",
        description="Unit of measure, X12 element 355: EA, CA, LB.",
        extra_json_schema=PUBLIC,
    ),
]
Country = Annotated[
    str,
    Meta(
        pattern="^[A-Z]{2}$",
        description="ISO 3166-1 alpha-2, such as US.",
        extra_json_schema=PUBLIC,
    ),
]
Sku = Annotated[str, Meta(min_length=1, max_length=48, description="The item's canonical SKU.")]
OrderId = Annotated[str, Meta(pattern="^ORD-[0-9A-Z-]+$", description="Canonical order id.")]
ShipmentId = Annotated[str, Meta(pattern="^SHP-[0-9A-Z-]+$", description="Canonical shipment id.")]
InvoiceId = Annotated[str, Meta(pattern="^INV-[0-9A-Z-]+$", description="Canonical invoice id.")]
CreditMemoId = Annotated[str, Meta(pattern="^CRM-[0-9A-Z-]+$", description="Credit memo id.")]
ReturnId = Annotated[str, Meta(pattern="^RMA-[0-9A-Z-]+$", description="Return authorisation id.")]
PaymentId = Annotated[str, Meta(pattern="^PAY-[0-9A-Za-z-]+$", description="Payment id.")]
CustomerId = Annotated[str, Meta(min_length=1, max_length=40, description="Canonical customer id.")]
WarehouseId = Annotated[str, Meta(min_length=1, max_length=20, description="Warehouse code.")]
PartnerId = Annotated[str, Meta(min_length=1, max_length=40, description="Trading partner id.")]
LineNo = Annotated[int, Meta(ge=1, description="Line number within its order, from 1.")]
Key = Annotated[str, Meta(min_length=1, max_length=255, description="What stays in order.")]
Days = Annotated[int, Meta(extra_json_schema={"x-unit": "d"})]
Fraction = Annotated[Decimal, Meta(extra_json_schema={"x-unit": "1"})]
Team = Literal["it", "finance", "warehouse", "customer_service", "partner_desk"]

MINOR_UNITS = {"JPY": 0, "KRW": 0, "VND": 0, "CLP": 0, "BHD": 3, "KWD": 3, "OMR": 3, "TND": 3}

LARGEST, DECIMALS = Decimal(10**18), 9
LEAST, FINEST = -LARGEST, Decimal(1).scaleb(-DECIMALS)
# Wide enough for the product of two allowed numbers: nothing is rounded before it is said.
EXACT = Context(prec=60, rounding=ROUND_HALF_UP)


def checked(number: Decimal, what: str) -> None:
    """ValueError unless a number is finite, within 10^18 either way, with at most nine decimals."""
    # Every amount and quantity of every event comes by here: the usual case is one expression.
    if (
        number.is_finite()
        and LEAST <= number <= LARGEST
        and number == number.quantize(FINEST, context=EXACT)
    ):
        return
    if not number.is_finite():
        raise ValueError(f"{what} is {number}, which is no number to calculate with")
    if not LEAST <= number <= LARGEST:
        raise ValueError(f"{what} is {number:.3E}: at most 18 digits before the point are allowed")
    raise ValueError(f"{what} is {number:.15E}: at most {DECIMALS} decimals are allowed")


def _to(number: Decimal, decimals: int) -> Decimal:
    return number.quantize(Decimal(1).scaleb(-decimals), context=EXACT)


class Value(msgspec.Struct, frozen=True, kw_only=True):
    """A part of an event without an identity of its own; equal when its fields are equal."""


class Money(msgspec.Struct, frozen=True):
    """An exact amount in one currency. Unit prices may have more decimals than the currency."""

    amount: Annotated[Decimal, Meta(extra_json_schema={"x-unit": "currency", **FINANCIAL})]
    currency: Currency

    def __post_init__(self) -> None:
        checked(self.amount, "an amount of money")

    def __add__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.amount + other.amount, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.amount - other.amount, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.amount, self.currency)

    def times(self, factor: Decimal) -> Money:
        """Multiply by a quantity or a rate, exactly, and round to the currency's minor unit."""
        return self._round(EXACT.multiply(self.amount, factor))

    def rounded(self) -> Money:
        """Round half up to the currency's minor unit: cents for USD, none for JPY."""
        return self._round(self.amount)

    def _round(self, amount: Decimal) -> Money:
        return Money(_to(amount, MINOR_UNITS.get(self.currency, 2)), self.currency)

    def _same(self, other: Money) -> None:
        if self.currency != other.currency:
            raise ValueError(f"cannot mix {self.currency} and {other.currency} without a rate")

    @classmethod
    def zero(cls, currency: str) -> Money:
        """Nothing, in a currency."""
        return cls(Decimal(0), currency)


class Quantity(msgspec.Struct, frozen=True):
    """How much of an item, in a unit of measure."""

    value: Annotated[Decimal, Meta(extra_json_schema={"x-unit": "uom"})]
    uom: Uom

    def __post_init__(self) -> None:
        checked(self.value, "a quantity")

    def __add__(self, other: Quantity) -> Quantity:
        self._same(other)
        return Quantity(self.value + other.value, self.uom)

    def __sub__(self, other: Quantity) -> Quantity:
        self._same(other)
        return Quantity(self.value - other.value, self.uom)

    def _same(self, other: Quantity) -> None:
        if self.uom != other.uom:
            raise ValueError(f"cannot mix {self.uom} and {other.uom} without a conversion")


class ExternalId(Value, frozen=True):
    """What another system calls this object: the cross-reference of A2."""

    system: Annotated[
        str, Meta(description="The other system, such as erp, shopify, partner:ACME.")
    ]
    id: str


class Address(Value, frozen=True):
    """Where goods or papers go."""

    name: PersonalText
    street: tuple[PersonalText, ...] = ()
    city: PersonalText = ""
    region: Annotated[str, Meta(description="State or province code.")] = ""
    postal_code: PersonalText = ""
    country: Country = "US"
    location_code: Annotated[
        str,
        Meta(description="The partner's own code for this place, such as a store or DC number."),
    ] = ""


class Tax(Value, frozen=True):
    """One tax on one line. Several jurisdictions give several taxes."""

    jurisdiction: Annotated[str, Meta(description="Who levies it, such as US-NC.")]
    code: Annotated[str, Meta(description="Tax code of the item, such as STANDARD or EXEMPT.")]
    rate: Annotated[Fraction, Meta(description="Part of the net amount: 0.0725 is 7.25 %.")]
    amount: Money

    def __post_init__(self) -> None:
        checked(self.rate, "a tax rate")


class EarlyPayment(Value, frozen=True):
    """What may be deducted by whoever pays early: 0.02 within 10 days is `2/10`."""

    rate: Annotated[Fraction, Meta(description="Part of the invoice's total: 0.02 is 2 %.")]
    within: Annotated[Days, Meta(ge=0, description="Days from the invoice's date.")]

    def __post_init__(self) -> None:
        checked(self.rate, "a discount's rate")


class PaymentTerms(Value, frozen=True):
    """When a bill has to be paid, and what paying it early is worth: `2/10 net 30`."""

    net_days: Annotated[Days, Meta(ge=0, description="Days from the invoice's date.")]
    early_payment: EarlyPayment | None = None


class FreightCharge(Value, frozen=True):
    """One part of what a carrier asks for a shipment."""

    kind: Literal["linehaul", "fuel", "accessorial"]
    amount: Money
    code: Annotated[str, Meta(description="X12 element 150 of the charge, such as FUE or LFT.")] = (
        ""
    )
    text: str = ""


class LineQuantity(Value, frozen=True):
    """A quantity of one order line."""

    line_no: LineNo
    sku: Sku
    quantity: Quantity


class Allocation(Value, frozen=True):
    """A quantity of one order line in one warehouse."""

    line_no: LineNo
    sku: Sku
    warehouse_id: WarehouseId
    quantity: Quantity


class Reason(Value, frozen=True):
    """Why a person or a rule decided so: a code to count by and a sentence to act on."""

    code: Annotated[str, Meta(pattern="^[a-z_]+$")]
    text: str
    line_no: LineNo | None = None
