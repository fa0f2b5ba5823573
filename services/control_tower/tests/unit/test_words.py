"""Every event has a line of its own that a person understands."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from control_tower.domain import open_case, summary
from crossdock_contracts import Allocation, Event, LineQuantity, Money, Quantity, catalogue, newest
from crossdock_contracts.exceptions import ExceptionRaised
from crossdock_contracts.inventory import StockBackordered, StockReserved
from crossdock_contracts.payments import PaymentApplied

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def each(value: str) -> Quantity:
    """A number of pieces."""
    return Quantity(Decimal(value), "EA")


NEWEST = [cls for cls in catalogue().values() if newest(cls) is cls]


@pytest.mark.parametrize("event", NEWEST, ids=str)
def test_every_event_of_the_contracts_has_words(event: type[Event]) -> None:
    """A new event without words would be told by its bare name."""
    assert summary.dispatch(event) is not summary.dispatch(Event)


def test_a_reservation_names_its_lines_and_warehouses() -> None:
    """One line split over two warehouses counts once."""
    allocations = [
        Allocation(line_no=n, sku="A", warehouse_id=w, quantity=each("2"))
        for n, w in ((1, "WEST"), (1, "EAST"), (2, "EAST"))
    ]
    event = StockReserved(
        order_id="ORD-1", reservation_id="R1", reserved_at=NOW, allocations=tuple(allocations)
    )
    assert summary(event) == "2 lines reserved in EAST, WEST"


def test_quantities_read_as_people_write_them() -> None:
    """No trailing zeros, no exponent."""
    lines = (
        LineQuantity(line_no=1, sku="A", quantity=each("100.000")),
        LineQuantity(line_no=2, sku="B", quantity=each("0.50")),
    )
    event = StockBackordered(order_id="ORD-1", backordered_at=NOW, lines=lines)
    assert summary(event) == "backordered: 100 EA A, 0.5 EA B"


def test_money_reads_to_the_cent() -> None:
    """With thousands and its currency."""
    event = PaymentApplied(
        order_id="ORD-1",
        payment_id="PAY-1",
        invoice_id="INV-1-1",
        customer_id="C1",
        amount=Money(Decimal("1204.5"), "USD"),
        open=Money(Decimal(0), "USD"),
        applied_at=NOW,
    )
    assert summary(event) == "1,204.50 USD on INV-1-1, 0.00 USD left open"


def raised(text: str) -> ExceptionRaised:
    """An exception with a text."""
    return ExceptionRaised(
        exception_id="E1",
        about="ORD-1",
        service="invoicing",
        code="missing_gl_code",
        kind="business",
        team="finance",
        text=text,
        raised_at=NOW,
        order_id="ORD-1",
    )


def test_a_case_belongs_to_the_team_its_exception_names() -> None:
    """The case's id is derived, so that a replay opens the same one."""
    case = open_case(raised("SKU-9 has no GL code"), at=NOW)
    assert (case.case_id, case.team, case.order_id) == ("CASE-E1", "finance", "ORD-1")
    assert case.title == "missing gl code: SKU-9 has no GL code"


def test_a_long_text_is_shortened_to_a_title() -> None:
    """The first line, as a list can show it; the whole text stays in the exception."""
    title = open_case(raised("x" * 500 + "\nsecond line"), at=NOW).title
    assert len(title) == 120
    assert title.endswith("…")
    assert open_case(raised(""), at=NOW).title == "missing gl code: "
