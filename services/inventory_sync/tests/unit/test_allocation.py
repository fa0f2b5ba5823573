"""Who gets the stock."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory_sync import allocation
from inventory_sync.domain import Bin, Books, Demand, Portion, Refused, Shelf, Warehouse

NOW = datetime(2026, 3, 1, tzinfo=UTC)
WAREHOUSES = {name: Warehouse(name, n) for n, name in enumerate(("EAST", "MID", "WEST"))}
quantities = st.integers(0, 30).map(Decimal)
stocks = st.dictionaries(
    st.sampled_from(("A", "B", "C")), st.dictionaries(st.sampled_from(list(WAREHOUSES)), quantities)
)
orders = st.lists(
    st.tuples(st.sampled_from(("A", "B", "C")), st.integers(1, 40).map(Decimal)), max_size=6
)


def books_of(stock: Mapping[str, Mapping[str, int | Decimal]], uom: str = "EA") -> Books:
    """Books with so much on hand."""
    shelves = {sku: Shelf() for sku in ("A", "B", "C")}
    for sku, places in stock.items():
        for where, on_hand in places.items():
            shelves[sku][where] = Bin(sku, WAREHOUSES[where], uom, Decimal(on_hand))
    return Books(shelves)


def order_of(*lines: tuple[str, int | Decimal], order_id: str = "ORD-1") -> list[Demand]:
    """Lines numbered from 1."""
    return [Demand(order_id, n, sku, "EA", Decimal(q)) for n, (sku, q) in enumerate(lines, 1)]


def places(portions: list[Portion]) -> list[tuple[int, str, int]]:
    """Line, warehouse and quantity of each portion."""
    return [(p.line_no, p.warehouse_id, int(p.quantity)) for p in portions]


def test_one_warehouse_that_has_everything_beats_a_preferred_one_that_has_a_part() -> None:
    """One box is better than two."""
    books = books_of({"A": {"EAST": 10, "WEST": 10}, "B": {"WEST": 10}})
    taken = allocation.allocate(books, order_of(("A", 4), ("B", 4)))
    assert places(taken) == [(1, "WEST", 4), (2, "WEST", 4)]


def test_among_warehouses_that_have_everything_the_preferred_one_ships() -> None:
    """Lower priority numbers come first."""
    books = books_of({"A": {"WEST": 10, "EAST": 10}})
    assert places(allocation.allocate(books, order_of(("A", 4)))) == [(1, "EAST", 4)]


def test_a_line_is_split_only_when_no_warehouse_has_all_of_it() -> None:
    """EAST has 3 of 5, MID has 5: MID ships the line; 8 need both."""
    stock = {"A": {"EAST": 3, "MID": 5}, "B": {"WEST": 1}}
    whole = allocation.allocate(books_of(stock), order_of(("A", 5), ("B", 2)))
    assert places(whole) == [(1, "MID", 5), (2, "WEST", 1)]
    split = allocation.allocate(books_of(stock), order_of(("A", 8)))
    assert places(split) == [(1, "EAST", 3), (1, "MID", 5)]


def test_two_lines_of_one_sku_count_together_for_the_one_warehouse() -> None:
    """6 and 6 do not fit into 10, though each line does."""
    books = books_of({"A": {"EAST": 10, "WEST": 12}})
    taken = allocation.allocate(books, order_of(("A", 6), ("A", 6)))
    assert places(taken) == [(1, "WEST", 6), (2, "WEST", 6)]


def test_a_closed_warehouse_promises_nothing() -> None:
    """What lies there waits until it opens."""
    shelf = Shelf(EAST=Bin("A", Warehouse("EAST", active=False), "EA", Decimal(10)))
    books = Books({"A": shelf})
    lines = order_of(("A", 1))
    assert allocation.allocate(books, lines) == []
    assert allocation.shortfall(lines, [], NOW)[0].quantity == 1


def test_an_order_in_another_unit_than_the_stocks_is_refused_with_both() -> None:
    """Ten cases are not ten pieces."""
    with pytest.raises(Refused, match="kept in CA, but ORD-1 asks in EA"):
        allocation.allocate(books_of({"A": {"EAST": 10}}, "CA"), order_of(("A", 1)))


def test_a_backorder_in_another_unit_does_not_stop_those_behind_it() -> None:
    """It is passed over, not served and not an error."""
    queue = [Demand("ORD-1", 1, "A", "CA", Decimal(1)), *order_of(("A", 2), order_id="ORD-2")]
    taken = allocation.serve(books_of({"A": {"EAST": 5}}), queue)
    assert [(p.order_id, p.quantity) for p in taken] == [("ORD-2", 2)]


def test_a_line_is_not_reserved_again_where_it_was_just_not_found() -> None:
    """Others may still be served from there."""
    queue = [*order_of(("A", 2)), *order_of(("A", 3), order_id="ORD-2")]
    taken = allocation.serve(books_of({"A": {"EAST": 9}}), queue, {("ORD-1", 1, "EAST")})
    assert [(p.order_id, p.quantity) for p in taken] == [("ORD-2", 3)]
    assert queue[0].quantity == 2


def test_freed_lines_join_at_the_end_and_a_waiting_line_keeps_its_place() -> None:
    """Two releases of one line are one place in the queue."""
    queue = order_of(("A", 2))
    freed = [
        Portion("ORD-1", 1, "A", "EAST", "EA", Decimal(3)),
        Portion("ORD-9", 1, "A", "EAST", "EA", Decimal(1)),
        Portion("ORD-9", 1, "A", "WEST", "EA", Decimal(4)),
    ]
    changed = allocation.join(queue, freed, NOW)
    assert [(w.order_id, w.quantity) for w in queue] == [("ORD-1", 5), ("ORD-9", 5)]
    assert changed == queue


def test_cancelled_lines_leave_the_queue_only_as_far_as_they_wait_in_it() -> None:
    """Of 5 cancelled 3 waited; of the other 2 a warehouse got 1, and nobody knows of the last."""
    queue, cancelled = order_of(("A", 3)), order_of(("A", 5))
    done = allocation.cancel(queue, cancelled, {1: Decimal(1)})
    assert done.queue == queue
    assert [line.quantity for line in (*queue, *done.dropped, *done.kept)] == [0, 3, 1]


@given(stocks, orders)
def test_an_order_gets_all_that_is_there_and_never_more(
    stock: dict[str, dict[str, Decimal]], lines: list[tuple[str, Decimal]]
) -> None:
    """Reserved plus waiting is ordered; reserved per SKU is ordered or everything there is."""
    books, order = books_of(stock), order_of(*lines)
    taken = allocation.allocate(books, order)
    waiting = allocation.shortfall(order, taken, NOW)
    for sku in "ABC":
        ordered = sum(q for s, q in lines if s == sku)
        there = sum(stock.get(sku, {}).values())
        got = sum(p.quantity for p in taken if p.sku == sku)
        assert got == min(ordered, there)
        assert got + sum(w.quantity for w in waiting if w.sku == sku) == ordered
    assert all(0 <= b.reserved <= b.on_hand for s in books.shelves.values() for b in s.values())
    assert len({(p.line_no, p.warehouse_id) for p in taken}) == len(taken)


@given(stocks, st.lists(st.integers(1, 20).map(Decimal), max_size=8))
def test_nobody_is_served_before_those_who_wait_longer(
    stock: dict[str, dict[str, Decimal]], wanted: list[Decimal]
) -> None:
    """Once a line is not filled, nobody behind it gets anything of that SKU."""
    queue = [Demand(f"ORD-{n}", 1, "A", "EA", q) for n, q in enumerate(wanted)]
    taken = allocation.serve(books_of(stock), queue)
    served = [p.order_id for p in taken]
    assert served == sorted(served, key=lambda order_id: int(order_id[4:]))
    unfilled = [n for n, line in enumerate(queue) if line.quantity > 0]
    if unfilled:
        assert all(queue[n].quantity == wanted[n] for n in unfilled[1:])
    assert sum(p.quantity for p in taken) == min(sum(wanted), sum(stock.get("A", {}).values()))
