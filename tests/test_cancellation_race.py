"""Cancellations and changes race inventory and the warehouse: in the end every part agrees.

Three services' own pure rules, with a mailbox between any two that keeps a stream's order and
nothing else; who reads next is drawn at random.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from crossdock_contracts import Address, Event, LineQuantity, Money, PaymentTerms, Quantity, Reason
from crossdock_contracts.inventory import CancellationApplied, StockReserved
from crossdock_contracts.invoices import InvoiceIssued, InvoiceLine
from crossdock_contracts.orders import OrderAccepted, OrderCancelled, OrderChanged, OrderLine
from crossdock_contracts.shipments import ShipmentShipped, cartons
from inventory_sync import allocation, announce
from inventory_sync.domain import (
    Bin,
    Books,
    Demand,
    Portion,
    Reservation,
    Shelf,
    Warehouse,
    demands,
)
from order_intake import progress

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
EAST = Warehouse("EAST")
ORDER, SKU = "ORD-1", "A"
ZERO = Decimal(0)
ORDERED = Decimal(10)
PRICE, RATE = Decimal("3.33"), Decimal("0.09975")
WHY = Reason(code="test", text="test")


def lines(quantity: Decimal) -> tuple[LineQuantity, ...]:
    """One line of the one item."""
    amount = Quantity(quantity, "EA")
    return (LineQuantity(line_no=1, sku=SKU, quantity=amount),) if quantity else ()


class Intake:
    """order_intake: the line's counters, and what the customer may owe."""

    def __init__(self) -> None:
        self.line = progress.Line(1, SKU, "EA", ORDERED, PRICE, (RATE,), open=ORDERED)
        self.owed = self.line.worth(ORDERED, "USD")
        self.invoiced = ZERO
        self.unanswered = 0

    def cancel(self) -> list[Event]:
        """As lifecycle.cancel."""
        moves = progress.cancellation([self.line])
        if not moves:
            return []
        self._move(moves)
        self.unanswered += 1
        gone = lines(moves[0].cancelled)
        return [
            OrderCancelled(
                order_id=ORDER, cancelled_at=NOON, cancelled_by="ann", reason=WHY, lines=gone
            )
        ]

    def order_more(self, quantity: Decimal) -> list[Event]:
        """As changing.change, where the order is still open to it."""
        if progress.is_cancelled([self.line]) or progress.is_finished([self.line]):
            return []
        self._move([progress.Move(1, open=quantity, ordered=quantity)])
        nothing = Money.zero("USD")
        return [
            OrderChanged(
                order_id=ORDER, changed_at=NOON, changed_by="ann", lines=(), total=nothing,
                added=lines(quantity),
            )
        ]  # fmt: skip

    def hear(self, event: Event) -> list[Event]:
        """As the handlers."""
        if isinstance(event, CancellationApplied):
            self._move(progress.moved(event))
            self.unanswered -= 1
        elif isinstance(event, InvoiceIssued):
            moves = progress.moved(event)
            [self.line] = progress.apply([self.line], moves)
            self.owed += event.total.amount - progress.billed_worth([self.line], moves, "USD")
            self.invoiced += event.total.amount
        elif event.key == ORDER:
            [self.line] = progress.apply([self.line], progress.moved(event))  # type: ignore[arg-type]  # routed: only what it knows
        return []

    def _move(self, moves: list[progress.Move]) -> None:
        self.owed -= progress.wanted_worth([self.line], "USD")
        [self.line] = progress.apply([self.line], moves)
        self.owed += progress.wanted_worth([self.line], "USD")


class Inventory:
    """inventory_sync: one place, one item, this order and whoever waits."""

    def __init__(self, on_hand: Decimal) -> None:
        self.shelf = Shelf(EAST=Bin(SKU, EAST, "EA", on_hand))
        self.queue: list[Demand] = []
        self.reserved = self.shipped = self.released = ZERO

    def hear(self, event: Event) -> list[Event]:
        """As the handlers."""
        match event:
            case OrderAccepted() | OrderChanged():
                given = event.added if isinstance(event, OrderChanged) else event.lines
                wanted = demands(ORDER, given)
                books = self._books()
                taken = allocation.allocate(books, wanted)
                short = allocation.shortfall(wanted, taken, NOON)
                allocation.join(self.queue, short, NOON)
                self._reserve(taken)
                return [
                    *announce.reserved(taken, NOON, "accepted"),
                    *announce.backordered(ORDER, short, NOON),
                ]
            case OrderCancelled():
                wanted = demands(ORDER, event.lines)
                gone = allocation.cancel(self.queue, wanted, {1: self.reserved - self.released})
                return [announce.cancelled(event, gone, NOON)]
            case ShipmentShipped():
                return self._ship(event)
        return []

    def receive(self, quantity: Decimal) -> list[Event]:
        """Goods come in and go to who waits."""
        self.shelf["EAST"].on_hand += quantity
        return self._serve()

    def _ship(self, event: ShipmentShipped) -> list[Event]:
        books = self._books()
        for line in demands(ORDER, event.lines):
            assert books.ship(line, "EAST", event.shipment_id) == 0, "more than was reserved"
            self.shipped += line.quantity
        missing = allocation.give_back(books, demands(ORDER, event.short), "EAST")
        for lost in missing:
            self.released += lost.quantity
            self.shelf["EAST"].on_hand -= lost.quantity
        allocation.join(self.queue, missing, NOON)
        if not missing:
            return []
        return [
            *announce.released(missing, NOON, WHY),
            *announce.backordered(ORDER, missing, NOON),
            *self._serve(),
        ]

    def _serve(self) -> list[Event]:
        taken = allocation.serve(self._books(), self.queue)
        self._reserve(taken)
        return announce.reserved(taken, NOON, "served", from_backorder=True)

    def _books(self) -> Books:
        held = Reservation(self.reserved - self.shipped - self.released)
        return Books({SKU: self.shelf}, {(1, SKU, "EAST"): held})

    def _reserve(self, taken: list[Portion]) -> None:
        self.reserved += sum((portion.quantity for portion in taken), ZERO)

    @property
    def waiting(self) -> Decimal:
        """What of the order is backordered."""
        return sum((line.quantity for line in self.queue), ZERO)


class World:
    """Everybody, and the mail between them: a queue per reader and stream."""

    def __init__(self, on_hand: Decimal, shorts: list[Decimal]) -> None:
        self.intake, self.inventory = Intake(), Inventory(on_hand)
        self.shorts, self.dispatches = deque(shorts), 0
        self.gone = self.billed = ZERO
        self.mail: dict[tuple[str, str], deque[Event]] = defaultdict(deque)
        self.hears: dict[tuple[str, str], Callable[[Event], list[Event]]] = {
            ("inventory", "orders"): self.inventory.hear,
            ("inventory", "shipments"): self.inventory.hear,
            ("intake", "inventory"): self.intake.hear,
            ("intake", "shipments"): self.intake.hear,
            ("intake", "invoices"): self.intake.hear,
            ("warehouse", "inventory"): self.dispatch,
            ("invoicing", "shipments"): self.bill,
        }

    def say(self, events: list[Event]) -> None:
        """Put events into everybody's mail."""
        for event in events:
            stream = str(event.__struct_config__.tag).partition(".")[0]
            for reader, heard in self.hears:
                if heard == stream:
                    self.mail[reader, heard].append(event)

    def deliver(self, pick: int) -> bool:
        """Somebody reads the next letter of a stream; False when all is read."""
        waiting = [place for place in self.hears if self.mail[place]]
        if waiting:
            place = waiting[pick % len(waiting)]
            self.say(self.hears[place](self.mail[place].popleft()))
        return bool(waiting)

    def dispatch(self, event: Event) -> list[Event]:
        """shipment_tracking and its warehouse: what is reserved ships, as far as it is found."""
        if not isinstance(event, StockReserved):
            return []
        asked = sum((part.quantity.value for part in event.allocations), ZERO)
        short = min(self.shorts.popleft() if self.shorts else ZERO, asked)
        self.dispatches += 1
        self.gone += asked - short
        return [
            ShipmentShipped(
                order_id=ORDER, shipment_id=f"SHP-1-{self.dispatches}", warehouse_id="EAST",
                shipped_at=NOON, lines=lines(asked - short), short=lines(short),
                cartons=cartons(lines(asked - short)),
            )
        ]  # fmt: skip

    def bill(self, event: Event) -> list[Event]:
        """Invoicing: what shipped, to the cent of the whole."""
        assert isinstance(event, ShipmentShipped)
        quantity = sum((line.quantity.value for line in event.lines), ZERO)
        before = self.intake.line.worth(self.billed, "USD")
        self.billed += quantity
        total = Money(self.intake.line.worth(self.billed, "USD") - before, "USD")
        if not quantity:
            return []
        return [
            InvoiceIssued(
                order_id=ORDER, invoice_id=f"INV-1-{self.dispatches}", customer_id="C1",
                shipment_id=event.shipment_id, issued_at=NOON, due_at=NOON, currency="USD",
                lines=tuple(
                    InvoiceLine(
                        line_no=1, sku=SKU, description="", quantity=line.quantity,
                        unit_price=Money(PRICE, "USD"), net=total,
                    )
                    for line in event.lines
                ),
                net_total=total, tax_total=Money.zero("USD"), total=total,
            )
        ]  # fmt: skip


def accepted() -> OrderAccepted:
    """Ten of the one item."""
    nothing = Money.zero("USD")
    line = OrderLine(
        line_no=1, sku=SKU, description="", quantity=Quantity(ORDERED, "EA"),
        unit_price=Money(PRICE, "USD"), net=nothing,
    )  # fmt: skip
    return OrderAccepted(
        order_id=ORDER, channel="api", customer_id="C1", accepted_at=NOON, currency="USD",
        lines=(line,), net_total=nothing, tax_total=nothing, total=nothing,
        ship_to=Address(name="Acme"), terms=PaymentTerms(net_days=30),
    )  # fmt: skip


amounts = st.integers(0, 12).map(Decimal)
# Somebody reads a letter, the customer cancels or wants more, goods come in.
more = amounts.filter(bool).map(lambda quantity: ("more", quantity))
steps = st.lists(
    st.one_of(st.integers(0, 6), st.just("cancel"), more, amounts.filter(bool)), max_size=40
)
Step = int | str | Decimal | tuple[str, Decimal]


@settings(max_examples=400)
@given(amounts, st.lists(amounts, max_size=3), steps)
def test_however_cancellations_and_changes_race_all_parts_agree_when_it_is_quiet(
    on_hand: Decimal, shorts: list[Decimal], steps: list[Step]
) -> None:
    """The audit's first identity holds, no part is negative, and the customer owes what is so."""
    world = World(on_hand, shorts)
    world.say([accepted()])
    for step in steps:
        if step == "cancel":
            world.say(world.intake.cancel())
        elif isinstance(step, tuple):
            world.say(world.intake.order_more(step[1]))
        elif isinstance(step, Decimal):
            world.say(world.inventory.receive(step))
        else:
            world.deliver(int(step))
    while world.deliver(0):
        pass
    assert_agreed(world)


def assert_agreed(world: World) -> None:
    """What the audit compares, over the stores of four services."""
    line, stock, intake = world.intake.line, world.inventory, world.intake
    parts = line.open, line.reserved, line.backordered, line.shipped, line.cancelled
    assert sum(parts) == line.ordered
    assert min(parts) >= 0
    assert line.open == 0
    assert intake.unanswered == 0
    assert line.reserved == stock.reserved - stock.shipped - stock.released
    assert line.backordered == stock.waiting
    assert line.shipped == stock.shipped == world.gone == line.invoiced == world.billed
    left = line.worth(line.ordered - line.cancelled, "USD") - line.worth(line.invoiced, "USD")
    assert intake.owed == intake.invoiced + left
    assert progress.is_finished([line]) == (line.reserved == line.backordered == 0)


def test_what_was_cancelled_in_time_never_ships_and_the_rest_does() -> None:
    """Six are reserved while all ten are cancelled: six ship, four do not wait any more."""
    world = World(Decimal(6), [])
    world.say([accepted()])
    world.deliver(0)  # inventory reserves, and nobody has read of it yet
    world.say(world.intake.cancel())
    assert world.intake.line.cancelled == ORDERED
    while world.deliver(0):
        pass
    world.say(world.inventory.receive(Decimal(10)))
    while world.deliver(0):
        pass
    assert_agreed(world)
    assert [world.intake.line.shipped, world.intake.line.cancelled] == [Decimal(6), Decimal(4)]
