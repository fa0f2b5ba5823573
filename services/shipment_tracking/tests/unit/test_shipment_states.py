"""What may happen to a shipment, and in which order."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st
from msgspec.structs import replace

from crossdock_contracts import Address, Allocation, LineQuantity, Quantity
from shipment_tracking.domain import states
from shipment_tracking.domain.model import (
    ConfirmedLine,
    Kind,
    Refusal,
    Shipment,
    ShipmentLine,
)

NOW = datetime(2025, 3, 1, 12, tzinfo=UTC)
KINDS: tuple[Kind, ...] = ("picked", "packed", "shipped", "failed")


def shipment(**changes: Any) -> Shipment:
    """A fresh request for ten and five."""
    fresh = Shipment(
        shipment_id="SHP-1-1",
        order_id="ORD-1",
        warehouse_id="RDU",
        state="requested",
        ship_to=Address(name="Store 7"),
        requested_at=NOW,
        lines=(
            ShipmentLine(line_no=1, sku="A", uom="EA", requested=Decimal(10)),
            ShipmentLine(line_no=2, sku="B", uom="CA", requested=Decimal(5)),
        ),
    )
    return replace(fresh, **changes)


def said(line_no: int = 1, quantity: str = "1", sku: str = "A", uom: str = "EA") -> ConfirmedLine:
    """A confirmed line, right unless told otherwise."""
    return ConfirmedLine(line_no=line_no, sku=sku, quantity=Decimal(quantity), uom=uom)


def refused(code: str) -> Any:
    """The refusal with this code."""
    return pytest.raises(Refusal, check=lambda error: error.code == code)


@given(st.lists(st.sampled_from(KINDS), max_size=8))
def test_no_story_ships_twice_or_goes_backwards(story: list[Kind]) -> None:
    """Whatever a warehouse says in whatever order, each kind counts once, states only advance."""
    it, taken = shipment(), []
    for kind in story:
        if kind in taken or it.state == "failed":
            with pytest.raises(Refusal):
                states.advance(it, kind)
            continue
        state = states.advance(it, kind)
        if kind != "failed":
            assert states.PROGRESS.index(state) >= states.PROGRESS.index(it.state)
        taken.append(kind)
        it = replace(it, state=state, **{f"{kind}_at": NOW})
    assert len(taken) == len(set(taken))
    assert "failed" not in taken or taken[-1] == "failed"


def test_shipped_without_picked_stands() -> None:
    """A warehouse that skips steps has shipped all the same."""
    assert states.advance(shipment(), "shipped") == "shipped"


def test_a_late_pick_changes_nothing_but_the_record() -> None:
    """Picked, heard after shipped, leaves the state where it is."""
    assert states.advance(shipment(state="shipped", shipped_at=NOW), "picked") == "shipped"


def test_what_was_delivered_cannot_fail() -> None:
    """The customer has the goods: the warehouse is wrong."""
    with refused("already_delivered"):
        states.advance(shipment(state="delivered", shipped_at=NOW), "failed")


@given(
    st.lists(
        st.tuples(st.integers(1, 3), st.decimals(allow_nan=True, allow_infinity=True)), max_size=6
    )
)
def test_never_more_than_requested(lines: list[tuple[int, Decimal]]) -> None:
    """Any numbers at all are either refused with a code, or at most what was asked for."""
    skus = {1: ("A", "EA"), 2: ("B", "CA"), 3: ("C", "EA")}
    confirmed = [
        ConfirmedLine(line_no=n, sku=skus[n][0], quantity=q, uom=skus[n][1]) for n, q in lines
    ]
    asked = shipment().asked
    try:
        got = states.confirmed(asked, confirmed)
    except Refusal as refusal:
        event(refusal.code)
        return
    limits = {line.line_no: line.quantity.value for line in asked}
    assert all(0 < line.quantity.value <= limits[line.line_no] for line in got)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (said(quantity="10.5"), "more_than_requested"),
        (said(quantity="0"), "bad_quantity"),
        (said(quantity="-3"), "bad_quantity"),
        (said(quantity="NaN"), "bad_quantity"),
        (said(quantity="0.0000001"), "bad_quantity"),
        (said(line_no=9), "unknown_line"),
        (said(sku="Z"), "wrong_item"),
        (said(uom="LB"), "wrong_item"),
    ],
)
def test_a_wrong_line_is_named_by_its_code(line: ConfirmedLine, code: str) -> None:
    """Each way to be wrong has its own code."""
    with refused(code):
        states.confirmed(shipment().asked, [line])


def test_the_same_line_twice_is_summed_before_it_is_judged() -> None:
    """Six and six of ten is too much, though each alone would do."""
    with refused("more_than_requested"):
        states.confirmed(shipment().asked, [said(quantity="6"), said(quantity="6")])


@given(st.integers(0, 10), st.integers(0, 5), st.booleans())
def test_asked_is_shipped_plus_short_plus_what_follows(a: int, b: int, follows: bool) -> None:
    """No quantity is lost or invented when fewer than requested ship."""
    it = shipment()
    lines = [said(quantity=str(a))] * (a > 0) + [said(2, str(b), "B", "CA")] * (b > 0)
    got = states.confirmed(it.asked, lines)
    rest = states.missing(it.asked, got)
    for line in states.booked(it, got, follows):
        assert line.requested == line.shipped + line.short + line.follows
        assert line.short == 0 or line.follows == 0
    assert sum(x.quantity.value for x in (*got, *rest)) == 15
    assert all(x.quantity.value > 0 for x in rest)


def test_one_request_per_warehouse() -> None:
    """Allocations become one request per warehouse, with one entry per line."""

    def allocation(warehouse: str, value: int) -> Allocation:
        return Allocation(
            line_no=1, sku="A", warehouse_id=warehouse, quantity=Quantity(Decimal(value), "EA")
        )

    requests = states.by_warehouse([allocation("W2", 1), allocation("W1", 2), allocation("W2", 3)])
    assert list(requests) == ["W2", "W1"]
    assert requests["W2"] == (
        LineQuantity(line_no=1, sku="A", quantity=Quantity(Decimal(4), "EA")),
    )


def test_only_the_first_delivery_counts() -> None:
    """D1 delivers what shipped, once; before that it is a contradiction to look at."""
    left = shipment(state="shipped", shipped_at=NOW)
    assert states.delivery(left, "X1") == "none"
    assert states.delivery(left, "D1") == "now"
    assert states.delivery(replace(left, state="delivered", delivered_at=NOW), "D1") == "none"
    assert states.delivery(shipment(), "D1") == "not_shipped"
    assert states.delivery(shipment(state="failed"), "D1") == "after_failure"
