"""How the counters of a line move."""

from decimal import Decimal
from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st
from intake_facts import answered, backordered, freed, invoiced, reserved, shipped

from order_intake.progress import (
    ZERO,
    Line,
    Move,
    apply,
    billed_worth,
    cancellation,
    fill_rate,
    is_cancelled,
    is_finished,
    moved,
    phrase,
    wanted_worth,
)

RATES = (Decimal("0.05"), Decimal("0.09975"))


def line(ordered: str = "10", line_no: int = 1) -> Line:
    """A line of A, all of it open."""
    quantity = Decimal(ordered)
    return Line(line_no, "A", "EA", quantity, Decimal("3.33"), RATES, open=quantity)


def placed_somewhere(one: Line) -> Decimal:
    """The sum that must always be what was ordered."""
    return one.open + one.reserved + one.backordered + one.shipped + one.cancelled


LIFE = [
    *moved(reserved("ORD-1", {1: "6"})),
    *moved(backordered("ORD-1", {1: "4"})),
    *moved(shipped("ORD-1", {1: "5"})),
    *moved(freed("ORD-1", {1: "1"})),
    *moved(reserved("ORD-1", {1: "1"})),
    *moved(reserved("ORD-1", {1: "4"}, from_backorder=True)),
    *moved(shipped("ORD-1", {1: "5"})),
    *moved(invoiced("ORD-1", {1: "5"}, "0")),
    *moved(invoiced("ORD-1", {1: "5"}, "0")),
]


@given(st.permutations(LIFE))
def test_any_order_of_events_gives_the_same_counters(life: list[Move]) -> None:
    """Streams overtake each other; the end is the same, and the sum holds on the way."""
    steps = list(accumulate(life, Line.after, initial=line()))
    assert {placed_somewhere(step) for step in steps} == {Decimal(10)}
    assert steps[-1]._replace(open=ZERO) == line()._replace(
        open=ZERO, shipped=Decimal(10), invoiced=Decimal(10)
    )
    assert is_finished([steps[-1]])
    assert not any(is_finished([step]) for step in steps[:-1] if step.invoiced < 10)


def test_only_what_no_warehouse_holds_is_cancelled() -> None:
    """Backorders and open quantities go, what is reserved stays."""
    lines = apply([line()], LIFE[:2])
    lines = apply(lines, cancellation(lines))
    [shown] = [one.shown() for one in lines]
    assert (shown.open, shown.reserved, shown.backordered, shown.cancelled) == (0, 6, 0, 4)
    assert cancellation(lines) == []
    [after] = apply(lines, moved(answered("ORD-1", dropped={1: "4"})))
    assert after == shown


def test_a_shipment_heard_before_its_reservation_is_not_cancelled() -> None:
    """Open still says ten, but ten have left."""
    assert cancellation(apply([line()], moved(shipped("ORD-1", {1: "10"})))) == []


LATE = [
    *moved(reserved("ORD-1", {1: "7"})),
    *moved(backordered("ORD-1", {1: "3"})),
    *moved(answered("ORD-1", dropped={1: "3"}, kept={1: "7"})),
    *moved(shipped("ORD-1", {1: "7"})),
    *moved(invoiced("ORD-1", {1: "7"}, "0")),
]


@given(st.permutations(LATE))
def test_what_inventory_kept_was_not_cancelled(late: list[Move]) -> None:
    """All ten were cancelled, but seven were reserved before: they ship, whatever comes first."""
    lines = apply([line()], cancellation([line()]))
    assert is_cancelled(lines)
    [after] = apply(lines, late)
    assert (after.open, after.backordered, after.cancelled, after.shipped) == (0, 0, 3, 7)
    assert is_finished([after])
    assert fill_rate([after]) == Decimal("0.7")


@given(st.lists(st.integers(1, 40), min_size=1, max_size=6), st.integers(0, 30))
def test_parts_billed_and_cancelled_add_up_to_the_whole_order(parts: list[int], left: int) -> None:
    """To the cent, however the order is split: the customer's exposure cannot drift."""
    one = line(str(sum(parts) + left))
    moves = [Move(1, cancelled=Decimal(left), open=Decimal(-left))] if left else []
    [one] = apply([one], moves)
    worth = wanted_worth([one], "USD")
    for part in parts:
        billed = moved(invoiced("ORD-1", {1: str(part)}, "0"))
        [one] = apply([one], billed)
        worth -= billed_worth([one], billed, "USD")
    assert worth == 0


def test_a_line_says_where_it_stands() -> None:
    """One phrase for people."""
    [one] = apply([line()], LIFE[:3])
    assert phrase(one) == "10 EA: 1 reserved in the warehouse, 4 backordered, 5 shipped."
