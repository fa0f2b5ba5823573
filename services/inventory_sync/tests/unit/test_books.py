"""The books hold together, whatever happens in whatever order."""

from collections import defaultdict
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from inventory_sync import allocation
from inventory_sync.domain import (
    Bin,
    Books,
    Demand,
    Item,
    Movement,
    NotReserved,
    Refused,
    Reservation,
    Shelf,
    Warehouse,
    measured,
    plain,
    positive,
)

NOW = datetime(2026, 3, 1, tzinfo=UTC)
SKUS = ("A", "B")
PLACES = {name: Warehouse(name, n) for n, name in enumerate(("EAST", "WEST"))}
skus, places = st.sampled_from(SKUS), st.sampled_from(sorted(PLACES))
amounts = st.integers(1, 20).map(Decimal)


class StockRoom(RuleBasedStateMachine):
    """Plays a warehouse's life against the books, and counts beside them."""

    def __init__(self) -> None:
        super().__init__()
        self.shelves = {sku: Shelf() for sku in SKUS}
        self.ledger: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        self.open: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
        self.queue: list[Demand] = []
        self.wanted: dict[str, Decimal] = {}
        self.gone: dict[str, Decimal] = defaultdict(Decimal)
        self.orders = 0

    def books(self, order_id: str = "") -> Books:
        """Books as the store would open them."""
        held = {
            (1, sku, where): Reservation(q)
            for (o, sku, where), q in self.open.items()
            if o == order_id
        }
        return Books(self.shelves, held)

    def keep(self, books: Books) -> None:
        """Remember what the store would write."""
        for moved in books.movements:
            self.ledger[moved.sku, moved.warehouse_id] += moved.quantity
        for portion in books.taken:
            self.open[portion.order_id, portion.sku, portion.warehouse_id] += portion.quantity
        self.queue = [line for line in self.queue if line.quantity > 0]

    def serve(self, books: Books, avoid: tuple[tuple[str, int, str], ...] = ()) -> None:
        """Stock came free."""
        allocation.serve(books, self.queue, avoid)
        self.keep(books)

    @rule(sku=skus, quantity=amounts)
    def accept(self, sku: str, quantity: Decimal) -> None:
        """An order of one line."""
        self.orders += 1
        line = Demand(f"ORD-{self.orders}", 1, sku, "EA", quantity)
        books = self.books()
        taken = allocation.allocate(books, [line])
        self.wanted[line.order_id] = quantity
        self.queue += allocation.shortfall([line], taken, NOW)
        self.keep(books)

    @rule(sku=skus, where=places, quantity=st.integers(-20, 20).filter(bool).map(Decimal))
    def book(self, sku: str, where: str, quantity: Decimal) -> None:
        """A receipt, or an adjustment either way."""
        books = self.books()
        move = Movement(str(NOW), sku, where, "EA", "adjustment", quantity)
        found = self.shelves[sku].get(where)
        if quantity < -(found.available if found else 0):
            with pytest.raises(Refused, match="are free"):
                books.book(move, PLACES[where])
        else:
            books.book(move, PLACES[where])
        self.serve(books)

    @rule(pick=st.integers(0), part=st.integers(1, 20).map(Decimal), short=st.booleans())
    def ship(self, pick: int, part: Decimal, short: bool) -> None:
        """A part of a reservation ships; the rest, if short, is not found."""
        held = sorted(key for key, quantity in self.open.items() if quantity > 0)
        if not held:
            return
        order_id, sku, where = key = held[pick % len(held)]
        books, quantity = self.books(order_id), min(part, self.open[key])
        assert not books.ship(Demand(order_id, 1, sku, "EA", quantity), where, "SHP")
        self.open[key] -= quantity
        self.gone[order_id] += quantity
        if short:
            self.lose(books, key)
        self.serve(books, ((order_id, 1, where),))

    def lose(self, books: Books, key: tuple[str, str, str]) -> None:
        """What is left of a reservation is written off and waits again."""
        order_id, sku, where = key
        rest = Demand(order_id, 1, sku, "EA", Decimal(1000))
        freed = allocation.give_back(books, [rest], where)
        for portion in freed:
            lost = Movement("short", sku, where, "EA", "adjustment", -portion.quantity)
            books.book(lost, PLACES[where])
            self.open[key] -= portion.quantity
        allocation.join(self.queue, freed, NOW)

    @rule(pick=st.integers(0), quantity=amounts)
    def cancel(self, pick: int, quantity: Decimal) -> None:
        """Any order is cancelled in part or whole."""
        if not self.wanted:
            return
        order_id = sorted(self.wanted)[pick % len(self.wanted)]
        for sku in SKUS:
            line = Demand(order_id, 1, sku, "EA", quantity)
            mine = [w for w in self.queue if w.sku == sku]
            waiting = sum((w.quantity for w in mine if w.order_id == order_id), Decimal(0))
            done = allocation.cancel(mine, [line], {1: Decimal(1)})
            dropped = sum((gone.quantity for gone in done.dropped), Decimal(0))
            kept = sum((gone.quantity for gone in done.kept), Decimal(0))
            assert dropped == min(waiting, quantity)
            assert kept == min(quantity - dropped, Decimal(1))
            self.gone[order_id] += dropped

    @invariant()
    def never_oversold(self) -> None:
        """0 <= reserved <= on hand, everywhere."""
        bins = [b for shelf in self.shelves.values() for b in shelf.values()]
        assert all(0 <= b.reserved <= b.on_hand for b in bins)

    @invariant()
    def on_hand_is_the_ledger(self) -> None:
        """On hand is the sum of its movements, and reserved the sum of open reservations."""
        for sku in SKUS:
            for where, found in self.shelves[sku].items():
                assert found.on_hand == self.ledger[sku, where]
                mine = [q for (_, s, w), q in self.open.items() if (s, w) == (sku, where)]
                assert found.reserved == sum(mine)

    @invariant()
    def nothing_is_forgotten(self) -> None:
        """Wanted is reserved, waiting, shipped or cancelled."""
        for order_id, wanted in self.wanted.items():
            held = sum(q for (o, _, _), q in self.open.items() if o == order_id)
            waits = sum(w.quantity for w in self.queue if w.order_id == order_id)
            assert wanted == held + waits + self.gone[order_id]


TestStockRoom = StockRoom.TestCase


def east(on_hand: int, reserved: int = 0) -> Books:
    """One bin of A in EAST, with line 1 of the order holding what is reserved."""
    found = Bin("A", PLACES["EAST"], "EA", Decimal(on_hand), Decimal(reserved))
    held = {(1, "A", "EAST"): Reservation(Decimal(reserved))}
    return Books({"A": Shelf(EAST=found)}, held)


def test_more_may_ship_than_was_reserved_while_nobody_else_needs_it() -> None:
    """The goods are gone either way; the books say how many were not reserved."""
    books = east(on_hand=10, reserved=4)
    assert books.ship(Demand("ORD-1", 1, "A", "EA", Decimal(6)), "EAST", "SHP-1-1") == 2
    found = books.shelves["A"]["EAST"]
    assert (found.on_hand, found.reserved) == (4, 0)


def test_shipping_what_is_promised_to_others_is_refused_with_the_numbers() -> None:
    """4 reserved, nothing free: 6 cannot have left."""
    with pytest.raises(Refused) as refused:
        east(4, 4).ship(Demand("ORD-1", 1, "A", "EA", Decimal(6)), "EAST", "SHP-1-1")
    assert refused.value.code == "shipped_more_than_reserved"
    assert refused.value.context["reserved"] == "4"


def test_a_shipment_of_an_unknown_reservation_may_come_too_early() -> None:
    """It is not an error yet."""
    with pytest.raises(NotReserved, match="line 2 of ORD-1"):
        east(4, 4).ship(Demand("ORD-1", 2, "A", "EA", Decimal(1)), "EAST", "SHP-1-1")


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-1E+30", "1000000001", "0.0000001"])
def test_absurd_quantities_are_refused(text: str) -> None:
    """No number that the books cannot hold gets in."""
    with pytest.raises(Refused) as refused:
        measured(Decimal(text))
    assert refused.value.code == "bad_quantity"


@pytest.mark.parametrize("text", ["0", "-1", "-0.5"])
def test_nothing_and_less_is_not_a_quantity_to_receive(text: str) -> None:
    """A receipt adds."""
    with pytest.raises(Refused, match="not more than 0"):
        positive(Decimal(text))


@pytest.mark.parametrize(("given", "said"), [("12.500000", "12.5"), ("1E+2", "100"), ("0.00", "0")])
def test_quantities_are_said_plainly(given: str, said: str) -> None:
    """No trailing zeros and no exponent in an event."""
    assert str(plain(Decimal(given))) == said


def test_other_units_are_converted_into_the_stock_unit() -> None:
    """Two cases of 12 are 24; a unit the item does not have is refused."""
    item = Item("A", "EA", {"CA": Decimal(12)})
    assert item.in_stock_unit(Decimal(2), "CA") == 24
    assert item.in_stock_unit(Decimal(2), None) == 2
    with pytest.raises(Refused, match="it is in: EA, CA"):
        item.in_stock_unit(Decimal(2), "PL")
