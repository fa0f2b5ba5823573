"""A carrier's bill held against its quote, charge by charge."""

from decimal import Decimal
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossdock_contracts import FreightCharge, Money
from crossdock_contracts.partners import FreightTolerance
from shipment_tracking.domain.freight import differences

Kind = Literal["linehaul", "fuel", "accessorial"]
AGREED = FreightTolerance(amount=Money(Decimal(5), "USD"), rate=Decimal("0.02"))


def charge(kind: Kind, amount: str, code: str = "") -> FreightCharge:
    """One charge in dollars."""
    return FreightCharge(kind=kind, amount=Money(Decimal(amount), "USD"), code=code)


QUOTED = (
    charge("linehaul", "200.00", "400"),
    charge("fuel", "40.00", "FUE"),
    charge("accessorial", "30.00", "LFT"),
)


@pytest.mark.parametrize(
    ("billed", "found"),
    [
        ({}, []),
        ({0: "204.00"}, []),  # 2 % of 200 is 4, less than 5
        ({0: "204.01"}, ["linehaul"]),
        ({1: "40.80"}, []),
        ({1: "40.81"}, ["fuel"]),
        ({0: "100.00", 1: "0.00"}, []),  # less is always right
        ({0: "204.00", 1: "40.80", 2: "30.60"}, ["total"]),  # each within 2 %, all of it over 5
    ],
)
def test_each_charge_has_its_tolerance_and_the_total_too(
    billed: dict[int, str], found: list[str]
) -> None:
    """In value and in percent, and the smaller counts."""
    bill = [
        FreightCharge(kind=c.kind, code=c.code, amount=Money(Decimal(billed[at]), "USD"))
        if at in billed
        else c
        for at, c in enumerate(QUOTED)
    ]
    total = Money(sum((c.amount.amount for c in bill), Decimal(0)), "USD")
    assert [d.charge for d in differences(QUOTED, bill, total, AGREED)] == found


def test_what_was_not_quoted_has_no_tolerance() -> None:
    """An accessorial of its own code, however small; and the sentence has all numbers."""
    bill = (*QUOTED, charge("accessorial", "1.50", "DET"))
    [only] = differences(QUOTED, bill, Money(Decimal("271.50"), "USD"), AGREED)
    assert only.sentence() == "accessorial DET: quoted 0, billed 1.50, 1.50 more, 0 allowed"


def test_a_discount_is_part_of_the_linehaul() -> None:
    """The carrier's way to bill: a tariff rate, and most of it taken off again."""
    bill = (charge("linehaul", "900.00"), charge("linehaul", "-700.00", "DSC"), *QUOTED[1:])
    assert differences(QUOTED, bill, Money(Decimal("270.00"), "USD"), AGREED) == ()


def test_a_total_that_its_charges_do_not_explain_is_told() -> None:
    """The total is what would be paid."""
    [only] = differences(QUOTED, QUOTED, Money(Decimal("300.00"), "USD"), AGREED)
    assert only.charge == "total"


@given(st.lists(st.integers(0, 10**7), min_size=1, max_size=6))
def test_a_bill_as_quoted_is_always_right(cents: list[int]) -> None:
    """Without any tolerance."""
    charges = [charge("accessorial", str(Decimal(c) / 100), f"A{n}") for n, c in enumerate(cents)]
    none = FreightTolerance(amount=Money.zero("USD"), rate=Decimal(0))
    total = Money(Decimal(sum(cents)) / 100, "USD")
    assert differences(charges, charges, total, none) == ()


def test_a_sentence_has_no_zeros_that_a_percentage_made() -> None:
    """Two percent of 40.00 is 0.8, not 0.8000."""
    bill = (QUOTED[0], charge("fuel", "41.00", "FUE"), QUOTED[2])
    [fuel] = differences(QUOTED, bill, Money(Decimal("271.00"), "USD"), AGREED)
    assert fuel.sentence() == "fuel: quoted 40.00, billed 41.00, 1.00 more, 0.8 allowed"
