"""What was ordered, announced and received: which differences are told, and how."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossdock_contracts import Money, Quantity
from crossdock_contracts.catalog import PurchaseLine
from crossdock_contracts.partners import PurchaseOrderLine
from inventory_sync.domain import Item
from inventory_sync.purchases import domain

ITEMS = {sku: Item(sku, "EA", {"CA": Decimal(12)}) for sku in "AB"}
ORDERED = tuple(
    PurchaseLine(
        line_no=n,
        sku=sku,
        quantity=Quantity(Decimal(value), uom),
        unit_price=Money(Decimal(1), "USD"),
        supplier_item=f"X-{sku}",
    )
    for n, (sku, value, uom) in enumerate([("A", 100, "EA"), ("B", 2, "CA")], 1)
)
IN_STOCK = {"A": Decimal(100), "B": Decimal(24)}
DUE = date(2026, 3, 10)


def advised(value: int, uom: str = "EA", number: str = "", **items: str) -> PurchaseOrderLine:
    """A line of an advice."""
    return PurchaseOrderLine(
        line_no=1, quantity=Quantity(Decimal(value), uom), items=items, partner_line=number
    )


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (advised(5, BP="A"), {"A": 5}),
        (advised(5, VN="X-A"), {"A": 5}),
        (advised(5, UP="0001", VN="X-B"), {"B": 5}),
        (advised(2, "CA", VN="X-A"), {"A": 24}),
        (advised(5, number="2"), {"B": 5}),
    ],
)
def test_a_line_is_found_by_any_name_it_has(line: PurchaseOrderLine, found: dict[str, int]) -> None:
    """Ours, the supplier's, or the number of our line; in stock units."""
    assert domain.match(ORDERED, [line], ITEMS) == (found, ())


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (advised(5, VN="X-C"), "5 EA of VN X-C"),
        (advised(5, number="9"), "5 EA of no item"),
        (advised(5, "PL", VN="X-A"), "5 PL of VN X-A"),
    ],
)
def test_what_was_not_ordered_is_told_as_it_was_named(line: PurchaseOrderLine, text: str) -> None:
    """And a unit that the item does not have is no quantity."""
    assert domain.match(ORDERED, [line], ITEMS) == ({}, (text,))


def test_an_advice_over_its_order_or_after_its_day_is_told() -> None:
    """Earlier advices of the same order count."""
    advice = domain.Matched({"A": Decimal(60)}, ())
    at = datetime(2026, 3, 11, tzinfo=UTC)
    before = {"A": Decimal(50)}
    doubts = domain.advice_doubts(IN_STOCK, before, advice, at, DUE)
    assert [doubt.code for doubt in doubts] == ["asn_over", "asn_late"]
    assert doubts[0].text == "A: 100 ordered, 110 announced"
    assert domain.advice_doubts(IN_STOCK, {}, advice, datetime(2026, 3, 10, tzinfo=UTC), DUE) == ()


def test_a_receipt_is_told_over_and_short_apart() -> None:
    """With damaged goods named beside what is missing."""
    said = {"A": Decimal(100), "B": Decimal(24)}
    got = {"A": Decimal(90), "B": Decimal(25)}
    over, short = domain.receipt_doubts(said, got, {"A": Decimal(10)})
    assert over == ("receipt_over", "B: 24 announced, 25 received")
    assert short == ("receipt_short", "A: 100 announced, 90 received, 10 damaged")


amounts = st.dictionaries(st.sampled_from("ABC"), st.integers(1, 99).map(Decimal))


@given(amounts, amounts)
def test_every_difference_is_told_once_and_nothing_else(
    said: dict[str, Decimal], got: dict[str, Decimal]
) -> None:
    """Each SKU that differs is in exactly one sentence."""
    told = "; ".join(doubt.text for doubt in domain.receipt_doubts(said, got, {}))
    for sku in "ABC":
        differs = said.get(sku, 0) != got.get(sku, 0)
        assert told.count(f"{sku}: ") == int(differs)
