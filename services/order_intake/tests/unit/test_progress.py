"""How the counters of a line move."""

from decimal import Decimal
from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st
from intake_facts import backordered, freed, invoiced, reserved, shipped

from order_intake.progress import (
    ZERO,
    Line,
    Move,
    apply,
    billed_worth,
    cancellation,
    cancelled_worth,
    fill_rate,
    is_cancelled,
    is_finished,
    moved,
    overtaken,
    phrase,
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
    [move] = cancellation(lines)
    assert (move.backordered, move.open, move.cancelled) == (-4, 0, 4)
    [after] = apply(lines, [move])
    assert (after.reserved, after.cancelled) == (6, 4)
    assert cancellation([after]) == []


def test_a_shipment_heard_before_its_reservation_is_not_cancelled() -> None:
    """Open still says ten, but ten have left."""
    assert cancellation(apply([line()], moved(shipped("ORD-1", {1: "10"})))) == []


def test_what_was_billed_was_not_cancelled() -> None:
    """A cancellation that the warehouse did not hear in time is undone by its invoice."""
    lines = apply([line()], cancellation([line()]))
    assert is_cancelled(lines)
    late = [
        *moved(reserved("ORD-1", {1: "10"})),
        *moved(shipped("ORD-1", {1: "10"})),
        *moved(invoiced("ORD-1", {1: "10"}, "0")),
    ]
    lines = apply(lines, late)
    lines = apply(lines, overtaken(lines))
    assert (lines[0].open, lines[0].cancelled) == (0, 0)
    assert is_finished(lines)
    assert fill_rate(lines) == 1


@given(st.lists(st.integers(1, 40), min_size=1, max_size=6), st.integers(0, 30))
def test_parts_billed_and_cancelled_add_up_to_the_whole_order(parts: list[int], left: int) -> None:
    """To the cent, however the order is split: the customer's exposure cannot drift."""
    one = line(str(sum(parts) + left))
    worth = one.worth(one.ordered, "USD")
    moves = [Move(1, cancelled=Decimal(left), open=Decimal(-left))] if left else []
    worth -= cancelled_worth([one], moves, "USD")
    [one] = apply([one], moves)
    for part in parts:
        billed = moved(invoiced("ORD-1", {1: str(part)}, "0"))
        [one] = apply([one], billed)
        worth -= billed_worth([one], billed, "USD")
    assert worth == 0


def test_a_line_says_where_it_stands() -> None:
    """One phrase for people."""
    [one] = apply([line()], LIFE[:3])
    assert phrase(one) == "10 EA: 1 reserved in the warehouse, 4 backordered, 5 shipped."
