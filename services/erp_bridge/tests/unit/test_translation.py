"""What is said in one system means the same in the other."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossdock_contracts import Address, EarlyPayment, Money, PaymentTerms, Quantity, Tax
from crossdock_contracts.catalog import (
    CreditChanged,
    CustomerChanged,
    ItemChanged,
    PriceChanged,
    WarehouseChanged,
)
from crossdock_contracts.orders import OrderAccepted, OrderLine
from erp_bridge import domain

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
UPDATED = {"version": 7, "updated_at": NOW.isoformat()}
CUSTOMER = {
    "id": "CUST-1",
    "name": "One",
    "status": "active",
    "currency": "USD",
    "payment_terms_days": 45,
    "early_payment": {"rate": "0.02", "within": 10},
    "edi_partner": "ONE",
    "bill_to": {"name": "One", "city": "Ames"},
    "ship_to": {"name": "One", "region": "IA"},
    "references": {"crm": "A-1"},
    **UPDATED,
}
ITEM = {
    "sku": "BRG-1",
    "description": "Bearing",
    "status": "active",
    "stock_uom": "EA",
    "conversions": {"CA": "12"},
    "aliases": ["00614141000012"],
    "list_price": {"amount": "7.85", "currency": "USD"},
    **UPDATED,
}
PRICE = {
    "id": "CUST-1:BRG-1",
    "customer_id": "CUST-1",
    "sku": "BRG-1",
    "unit_price": "7.10",
    "currency": "USD",
    **UPDATED,
}
CREDIT = {"customer_id": "CUST-1", "limit": "1500.00", "currency": "USD", **UPDATED}
WAREHOUSE = {"id": "EAST", "name": "East", "address": {"name": "East"}, "priority": 10, **UPDATED}


def item_event(**changes: Any) -> ItemChanged:
    """An item as an event."""
    return msgspec.convert(domain.item({**ITEM, **changes}), ItemChanged)


def test_a_customer_keeps_its_partner_and_cross_references() -> None:
    """The names other systems use for it come along."""
    event = msgspec.convert(domain.customer(CUSTOMER), CustomerChanged)
    assert (event.customer_id, event.partner_id, event.payment_terms_days) == ("CUST-1", "ONE", 45)
    assert event.early_payment == EarlyPayment(rate=Decimal("0.02"), within=10)
    assert [(x.system, x.id) for x in event.external_ids] == [("crm", "A-1")]
    assert event.tax_exempt is False
    assert event.changed_at == NOW


def test_an_item_keeps_its_units_and_aliases() -> None:
    """Conversions and money are exact."""
    event = item_event()
    assert event.conversions == {"CA": Decimal(12)}
    assert event.list_price == Money(Decimal("7.85"), "USD")


def test_prices_credit_and_warehouses_are_understood() -> None:
    """Amounts get the record's currency."""
    price = msgspec.convert(domain.price(PRICE), PriceChanged)
    credit = msgspec.convert(domain.credit(CREDIT), CreditChanged)
    warehouse = msgspec.convert(domain.warehouse(WAREHOUSE), WarehouseChanged)
    assert price.unit_price == Money(Decimal("7.10"), "USD")
    assert credit.limit == Money(Decimal("1500.00"), "USD")
    assert (warehouse.warehouse_id, warehouse.priority, warehouse.active) == ("EAST", 10, True)


@pytest.mark.parametrize(
    "changes",
    [
        {"conversions": {"CA": "0"}},
        {"conversions": {"CA": "1000000001"}},
        {"list_price": {"amount": "-1", "currency": "USD"}},
        {"list_price": {"amount": "1E+10", "currency": "USD"}},
    ],
)
def test_an_impossible_number_is_implausible(changes: dict[str, Any]) -> None:
    """A record of the right form can still be nonsense, and nonsense must not be sold at."""
    assert domain.implausible(item_event()) is None
    assert domain.implausible(item_event(**changes))


def test_a_negative_price_or_limit_is_implausible() -> None:
    """Nobody is paid for buying."""
    price = msgspec.convert(domain.price({**PRICE, "unit_price": "-1"}), PriceChanged)
    credit = msgspec.convert(domain.credit({**CREDIT, "limit": "-1"}), CreditChanged)
    assert domain.implausible(price)
    assert domain.implausible(credit)


def test_the_time_of_a_change_alone_says_nothing() -> None:
    """A record touched without a difference is not told again."""
    known = item_event()
    later = item_event(updated_at="2027-01-01T00:00:00Z", version=9)
    assert not domain.says_more(later, known)
    assert domain.says_more(item_event(description="Ball bearing"), known)
    assert domain.says_more(known, None)


@dataclass(frozen=True)
class Amounts:
    """A line in hundredths."""

    quantity: int
    cents: int
    tax: int


AMOUNTS = st.builds(Amounts, st.integers(1, 999), st.integers(0, 99_999), st.integers(0, 9_999))


def order_of(lines: list[Amounts]) -> OrderAccepted:
    """An accepted order whose totals are the sums of its lines."""
    usd = lambda cents: Money(Decimal(cents).scaleb(-2), "USD")  # noqa: E731 - one word for the lines below
    order_lines = tuple(
        OrderLine(
            line_no=number,
            sku=f"S{number}",
            description="",
            quantity=Quantity(Decimal(line.quantity), "EA"),
            unit_price=usd(line.cents),
            net=usd(line.cents * line.quantity),
            taxes=(Tax(jurisdiction="US-NC", code="T", rate=Decimal(0), amount=usd(line.tax)),),
        )
        for number, line in enumerate(lines, 1)
    )
    net = sum(line.cents * line.quantity for line in lines)
    tax = sum(line.tax for line in lines)
    return OrderAccepted(
        order_id="ORD-1",
        channel="api",
        customer_id="CUST-1",
        accepted_at=NOW,
        currency="USD",
        lines=order_lines,
        net_total=usd(net),
        tax_total=usd(tax),
        total=usd(net + tax),
        ship_to=Address(name="One"),
        terms=PaymentTerms(net_days=30),
    )


@given(st.lists(AMOUNTS, min_size=1, max_size=8))
def test_a_sales_order_adds_up_to_the_cent(lines: list[Amounts]) -> None:
    """Net and tax of the lines are the total, whatever the order."""
    body = domain.sales_order(order_of(lines))
    assert sum(line["net"] + line["tax"] for line in body["lines"]) == body["total"]


def test_only_a_considered_no_is_a_refusal() -> None:
    """Outages, limits and lost credentials are not the document's fault."""
    assert {s for s in (200, 401, 403, 408, 409, 422, 429, 500, 503) if domain.refuses(s)} == {
        409,
        422,
    }
