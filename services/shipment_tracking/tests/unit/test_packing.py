"""Licence plates and what stands behind them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossdock_contracts import LineQuantity, Quantity
from crossdock_contracts.shipments import Package
from shipment_tracking.domain import packing
from shipment_tracking.domain.model import ConfirmedLine, ConfirmedPackage, Refusal

PREFIX = "0614141"


def line(value: int, line_no: int = 1) -> LineQuantity:
    """So many of item A."""
    return LineQuantity(line_no=line_no, sku="A", quantity=Quantity(Decimal(value), "EA"))


def box(*values: int, sscc: str | None = None) -> ConfirmedPackage:
    """A carton with so many of lines 1, 2, ..."""
    contents = tuple(ConfirmedLine.of(line(v, n)) for n, v in enumerate(values, 1))
    return ConfirmedPackage(contents=contents, sscc=sscc)


@pytest.mark.parametrize("sscc", ["106141411234567897", "006141411234567890", "340123450000000000"])
def test_published_codes_have_the_check_digit_we_compute(sscc: str) -> None:
    """Codes printed in GS1's documents are right by our arithmetic."""
    assert packing.is_sscc(sscc)


@given(st.text("0123456789", min_size=6, max_size=12), st.integers(0, 99_999))
def test_every_code_made_here_is_valid(prefix: str, serial: int) -> None:
    """18 digits, the prefix after the extension digit, the right last digit."""
    sscc = packing.make_sscc(prefix, serial)
    assert packing.is_sscc(sscc)
    assert sscc[1 : len(prefix) + 1] == prefix


@given(st.integers(0, 10**9), st.integers(0, 17), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(serial: int, place: int, change: int) -> None:
    """That is what the check digit is for."""
    sscc = packing.make_sscc(PREFIX, serial)
    wrong = str((int(sscc[place]) + change) % 10)
    assert not packing.is_sscc(sscc[:place] + wrong + sscc[place + 1 :])


@given(st.sets(st.integers(0, 10**10 - 1), min_size=2, max_size=50))
def test_no_two_serials_share_a_code(serials: set[int]) -> None:
    """A licence plate is unique, extension digit included."""
    assert len({packing.make_sscc(PREFIX, serial) for serial in serials}) == len(serials)


def test_serials_that_do_not_fit_are_refused() -> None:
    """Rather no label than a wrong one."""
    with pytest.raises(ValueError, match="does not fit"):
        packing.make_sscc(PREFIX, 10**10)


@given(
    st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9)), max_size=5),
    st.integers(0, 20),
    st.integers(0, 20),
)
def test_packages_never_claim_more_than_what_left(
    boxes: list[tuple[int, int]], a: int, b: int
) -> None:
    """Contents are cut to what shipped, and an emptied carton is not announced."""
    lines = tuple(line(v, n) for n, v in ((1, a), (2, b)) if v)
    packages = packing.labelled([box(*b) for b in boxes], lines, PREFIX, range(len(boxes)), "1Z9")
    for no, shipped in ((1, a), (2, b)):
        packed = sum(b[no - 1] for b in boxes)
        held = [x.quantity.value for p in packages for x in p.contents if x.line_no == no]
        assert sum(held) == min(packed, shipped)
    assert all(package.contents for package in packages)
    assert len({package.sscc for package in packages}) == len(packages)


def test_without_packages_one_holds_everything() -> None:
    """A warehouse that says nothing of cartons ships one."""
    assert packing.boxed((), (), (line(3),)) == (box(3),)


def test_packages_keep_the_labels_of_packing() -> None:
    """Named again at dispatch, with or without contents, cartons keep their plates."""
    first, second = packing.make_sscc(PREFIX, 1), packing.make_sscc(PREFIX, 2)
    before = (Package(sscc=first, contents=(line(3),)),)
    assert packing.boxed((), before, (line(3),)) == (box(3, sscc=first),)
    again = packing.boxed((box(2), box(1)), before, (line(3),))
    assert [b.sscc for b in again] == [first, None]
    swapped = packing.boxed((box(2), box(1, sscc=first)), before, (line(3),))
    assert [b.sscc for b in swapped] == [None, first]
    assert [b.sscc for b in packing.boxed((box(1, sscc=second),), before, ())] == [second]


def test_wrong_or_doubled_labels_are_refused() -> None:
    """A label nobody could scan does not reach the partner."""
    good = packing.make_sscc(PREFIX, 1)
    with pytest.raises(Refusal, match="not an SSCC-18"):
        packing.check_packages((line(9),), [box(1, sscc="123")])
    with pytest.raises(Refusal, match="two packages"):
        packing.check_packages((line(9),), [box(1, sscc=good), box(1, sscc=good)])
