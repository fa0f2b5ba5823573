"""What counts against a run: made-up stores in which one thing is wrong each."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from crossdock_chaos.book import Acknowledged, Book, Poisoned
from crossdock_chaos.disorder import out_of_order
from crossdock_chaos.duplicated import duplicated
from crossdock_chaos.facts import QUESTIONS, Facts
from crossdock_chaos.lost import lost
from crossdock_chaos.orders import Line, Order
from crossdock_chaos.plan import SERVICES
from crossdock_chaos.verdict import judge

from crossdock.streams import Stored

NOON = datetime(2026, 1, 9, 12, tzinfo=UTC)
QUIET_AUDIT = {"invariants": [], "not_audited": {}}


@pytest.fixture
def book() -> Book:
    """One order, acknowledged."""
    order = Order(key="PO-1", case="ordinary", customer_id="C", lines=(Line("A", 2),))
    return Book(orders={"PO-1": Acknowledged(order, "ORD-1", "accepted")})


@pytest.fixture
def facts() -> Facts:
    """Stores in which that order went its way, once."""
    rows = {name: [] for questions in QUESTIONS.values() for name in questions}
    line = {"order_id": "ORD-1", "line_no": 1}
    rows["orders"] = [{"order_id": "ORD-1", "status": "completed", "po": "PO-1"}]
    rows["lines"] = [{**line, "ordered": Decimal(2), "cancelled": Decimal(0)}]
    rows["shipped"] = [{**line, "shipped": Decimal(2)}]
    rows["invoiced"] = [{**line, "quantity": Decimal(2)}]
    rows["invoices"] = [{"invoice_id": "INV-1", "shipment_id": "SHP-1", "order_id": "ORD-1"}]
    ledger = [
        {"kind": "sales-orders", "document_id": "ORD-1"},
        {"kind": "invoices", "document_id": "INV-1"},
    ]
    empty = {name: [] for name in SERVICES}
    return Facts(
        rows=rows,
        said=dict(empty),
        parked=dict(empty),
        errands=dict(empty),
        taken={name: set() for name in SERVICES},
        lanes=dict(empty),
        ledger=ledger,
        stored=[],
    )


def stored(sequence: int, key: str = "ORD-1", message_id: UUID | None = None) -> Stored:
    """A message in the stream ORDERS."""
    return Stored(
        "ORDERS", sequence, "accepted", 3, message_id or uuid4(), key, "order_intake", NOON
    )


def test_what_went_its_way_counts_as_nothing(book, facts):
    """A clean run has nothing to count."""
    assert not lost(book, facts)
    assert not duplicated(book, facts)
    assert not out_of_order(facts)
    assert not judge(book, facts, QUIET_AUDIT).violations


def test_an_acknowledged_order_that_is_not_there_is_lost(book, facts):
    """The caller was told that it is there."""
    facts.rows["orders"] = []
    assert any("ORD-1" in text for text in lost(book, facts))


def test_an_order_that_stands_still_is_lost(book, facts):
    """It has not reached the end it has to reach."""
    facts.rows["orders"] = [{"order_id": "ORD-1", "status": "accepted", "po": "PO-1"}]
    assert lost(book, facts) == ["ORD-1 (ordinary) is accepted, not completed"]


def test_a_file_without_an_order_is_lost(book, facts):
    """Whoever puts a file into an inbox relies on it."""
    book.files["PO-2"] = book.orders["PO-1"].order
    assert lost(book, facts) == ["the 850 PO-2 was put into the inbox and became no order"]


def test_what_the_erp_has_not_booked_is_lost_and_what_it_has_twice_is_duplicated(book, facts):
    """The ledger outside is reckoned with as well."""
    facts.ledger[1] = facts.ledger[0]
    assert lost(book, facts) == ["the ERP has no INV-1 among its invoices"]
    assert duplicated(book, facts) == ["the ERP has ORD-1 2 times among its sales-orders"]


def test_a_second_order_for_one_purchase_order_is_duplicated(book, facts):
    """The customer's number names one order."""
    facts.rows["orders"].append({"order_id": "ORD-2", "status": "held", "po": "PO-1"})
    assert duplicated(book, facts) == ["2 orders for PO-1"]


def test_more_shipped_than_ordered_is_duplicated(book, facts):
    """Goods that left twice."""
    facts.rows["shipped"][0]["shipped"] = Decimal(4)
    assert duplicated(book, facts) == ["ORD-1 line 1: 4 shipped of 2"]


def test_an_event_in_no_stream_is_lost(book, facts):
    """A row that the relay passed over."""
    row = {"id": 1, "event_id": uuid4(), "type": "orders.held.v1", "key": "ORD-1"}
    facts.said["order_intake"] = [{**row, "causation_id": None, "body": b"{}"}]
    assert lost(book, facts) == ["orders.held.v1 ORD-1 of order_intake is in no stream"]


def test_what_is_written_down_before_an_earlier_message_is_out_of_order(facts):
    """The control tower's clock and the stream's numbers go the same way."""
    row = {"stream": "ORDERS", "key": "ORD-1"}
    facts.rows["heard"] = [
        {**row, "event_id": uuid4(), "sequence": 1, "recorded_at": NOON},
        {**row, "event_id": uuid4(), "sequence": 2, "recorded_at": NOON - timedelta(seconds=1)},
    ]
    assert out_of_order(facts) == ["control_tower handled ORDERS 2 of ORD-1 before 1"]


def test_what_is_handled_past_a_parked_message_is_out_of_order(facts):
    """A copy of a message from before the hole is no such thing."""
    before, hole, after = stored(1), stored(2), stored(3)
    facts.stored = [before, hole, after, before._replace(sequence=4)]
    row = {"stream": "ORDERS", "sequence": 2, "key": "ORD-1", "message_id": hole.id}
    facts.parked["invoicing"] = [row]
    facts.taken["invoicing"] = {before.id, hole.id, after.id}
    assert out_of_order(facts) == [
        "invoicing handled ORDERS 3 of ORD-1 past 2, which is not handled"
    ]


def test_copies_of_the_run_are_explained_and_no_others(book, facts):
    """The audit finds each message that is twice in a stream; only the run's own are expected."""
    found = [
        {"subject": "ours", "text": "orders.held.v1 ORD-1 of order_intake is 2 times in ORDERS"},
        {"subject": "ours", "text": "orders.held.v1 ORD-1 of order_intake is 3 times in ORDERS"},
        {"subject": "other", "text": "orders.held.v1 ORD-2 of order_intake is 2 times in ORDERS"},
    ]
    book.copies["ours"] = 1
    audit = {"invariants": [{"number": 5, "violations": found}], "not_audited": {}}
    verdict = judge(book, facts, audit)
    assert verdict.explained == 1
    assert len(verdict.violations) == 2


def test_poison_is_expected_in_quarantine_and_nowhere_else(book, facts):
    """Where it is heard it must be dead; what else is dead counts."""
    message = stored(1, "POISON-1")
    facts.stored = [message]
    book.poison[str(message.id)] = Poisoned("ORDERS", "accepted", "POISON-1", "dead")
    lane = {"stream": "ORDERS", "partitions": [3], "hears": '{"accepted": 0}'}
    facts.lanes["invoicing"] = [lane]
    [violation] = judge(book, facts, QUIET_AUDIT).violations
    assert "has it not in quarantine" in violation
    dead = {"message_id": message.id, "state": "dead", "type": "orders.accepted.v1"}
    facts.parked["invoicing"] = [{**dead, "key": "POISON-1", "error": ""}]
    assert not judge(book, facts, QUIET_AUDIT).violations
    facts.parked["returns"] = [{**dead, "message_id": uuid4(), "key": "ORD-1", "error": "why"}]
    assert len(judge(book, facts, QUIET_AUDIT).violations) == 1
