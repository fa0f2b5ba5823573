"""What the checks decide over an order."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from intake_facts import ADDRESS, AT, usd

from crossdock_contracts.orders import OrderAccepted, OrderHeld, OrderRejected
from order_intake.catalog.book import Book, Credit, Customer, Item, Price
from order_intake.domain import Decision, InTurn, check_credit, check_credits, decide, obstacles
from order_intake.drafts import Draft, Wanted
from order_intake.outcomes import outcome

CUSTOMER = Customer("C1", "Acme", "active", "USD", 45, False, ADDRESS)
ITEM = Item("A", "Item A", "active", "EA", {"CA": Decimal(12)}, "STANDARD", None)
BOOK = Book(
    customer=CUSTOMER,
    credit=Credit(usd("1000"), False),
    items={"A": (ITEM,), "GTIN-A": (ITEM,)},
    prices={"A": (Price(usd("2.50")),)},
)
EXPENSIVE = BOOK._replace(prices={"A": (Price(usd("1E+9")),)})


def checked(*lines: Wanted, book: Book = BOOK, tolerance: str = "0.00", **more: Any) -> Decision:
    """The decision over a draft with these lines."""
    draft = Draft(channel="api", customer_id="C1", lines=lines, **more)
    return decide(draft.placed("ORD-1", book, AT), book, Decimal(tolerance), AT)


def line(**changed: Any) -> Wanted:
    """Ten of A."""
    return Wanted(1, ("A",), Decimal(10))._replace(**changed)


def codes(decision: Decision) -> list[str]:
    """The codes of the reasons."""
    return [reason.code for reason in decision.reasons]


def test_an_order_that_passes_is_priced_by_contract_and_taxed_where_it_goes() -> None:
    """Ten at 2.50 are 25.00, and North Carolina takes 4.75 % of it."""
    decision = checked(line())
    assert decision.status == "accepted"
    assert (decision.net_total, decision.tax_total) == (usd("25.00"), usd("1.19"))
    assert decision.total == usd("26.19")
    assert decision.payment_terms_days == 45


def test_an_exempt_customer_pays_no_tax() -> None:
    """The exemption is the customer's, whatever the place."""
    book = BOOK._replace(customer=CUSTOMER._replace(tax_exempt=True))
    assert checked(line(), book=book).tax_total == usd("0")


def test_cases_become_pieces_and_the_order_remembers_cases() -> None:
    """Everything behind this service counts in the stock unit."""
    [agreed] = checked(line(uom="CA", unit_price=Decimal("30.00"))).lines
    assert (agreed.quantity.value, agreed.quantity.uom) == (120, "EA")
    assert agreed.ordered is not None
    assert agreed.ordered.uom == "CA"
    assert agreed.unit_price == usd("2.50")


@pytest.mark.parametrize(
    ("wanted", "book", "code"),
    [
        (line(names=("X",)), BOOK, "unknown_item"),
        (line(uom="LB"), BOOK, "uom_not_convertible"),
        (line(quantity=Decimal(-1)), BOOK, "invalid_quantity"),
        (line(quantity=Decimal("1E+10")), BOOK, "invalid_quantity"),
        (line(quantity=Decimal("1E+9"), uom="CA"), EXPENSIVE, "invalid_quantity"),
        (line(unit_price=Decimal(-1)), BOOK, "invalid_price"),
        (line(unit_price=Decimal("1E+10")), BOOK, "invalid_price"),
        (
            line(),
            BOOK._replace(items={"A": (ITEM._replace(status="discontinued"),)}),
            "item_discontinued",
        ),
        (
            line(names=("DUP",)),
            BOOK._replace(items={"DUP": (ITEM, ITEM._replace(sku="B"))}),
            "ambiguous_item",
        ),
    ],
)
def test_an_impossible_line_rejects_the_order_and_is_named(
    wanted: Wanted, book: Book, code: str
) -> None:
    """Each such reason says which line it is about."""
    decision = checked(wanted, book=book)
    assert decision.status == "rejected"
    assert [(r.code, r.line_no) for r in decision.reasons] == [(code, 1)]


@pytest.mark.parametrize(
    ("customer", "status", "code"),
    [
        (None, "rejected", "unknown_customer"),
        (CUSTOMER._replace(status="closed"), "rejected", "customer_closed"),
        (CUSTOMER._replace(status="on_hold"), "held", "customer_on_hold"),
    ],
)
def test_the_customer_decides_too(customer: Customer | None, status: str, code: str) -> None:
    """Nobody and a closed customer cannot order; one on hold waits for a person."""
    decision = checked(line(), book=BOOK._replace(customer=customer))
    assert decision.status == status
    assert code in codes(decision)


@pytest.mark.parametrize(
    ("given_price", "tolerance", "status"),
    [("2.50", "0", "accepted"), ("2.49", "0", "held"), ("2.49", "0.01", "accepted")],
)
def test_a_given_price_beyond_the_tolerance_holds_the_order(
    given_price: str, tolerance: str, status: str
) -> None:
    """The contract price stays what is agreed, until a person says otherwise."""
    decision = checked(line(unit_price=Decimal(given_price)), tolerance=tolerance)
    assert decision.status == status
    assert decision.lines[0].unit_price == usd("2.50")


def test_without_any_price_nobody_can_release_it() -> None:
    """A given price may stand once a person agrees; none at all may not."""
    book = BOOK._replace(prices={})
    missing = checked(line(), book=book)
    offered = checked(line(unit_price=Decimal("24"), uom="CA"), book=book)
    assert codes(missing) == ["price_missing"]
    assert obstacles(missing)
    assert codes(offered) == ["price_unconfirmed"]
    assert offered.lines[0].unit_price == usd("2")
    assert not obstacles(offered)


def test_a_contract_price_that_has_run_out_holds_the_order() -> None:
    """An outdated price list is seen, not silently replaced by the list price."""
    listed = ITEM._replace(list_price=usd("3"))
    old = Price(usd("2.50"), None, AT - timedelta(days=1))
    book = BOOK._replace(items={"A": (listed,)}, prices={"A": (old,)})
    decision = checked(line(), book=book)
    assert codes(decision) == ["price_outdated"]
    assert decision.lines[0].unit_price == usd("3")


def test_of_two_valid_contract_prices_the_newest_counts() -> None:
    """Price lists overlap in real life."""
    newer = Price(usd("2.00"), AT - timedelta(days=1))
    book = BOOK._replace(prices={"A": (Price(usd("2.50")), newer)})
    assert checked(line(), book=book).lines[0].unit_price == usd("2.00")


@pytest.mark.parametrize(
    ("credit", "exposure", "code"),
    [
        (BOOK.credit, "1000.00", None),
        (BOOK.credit, "1000.01", "credit_limit_exceeded"),
        (Credit(usd("1000"), True), "26.19", "credit_hold"),
        (None, "26.19", "credit_unknown"),
    ],
)
def test_credit_holds_what_would_take_the_customer_beyond_it(
    credit: Credit | None, exposure: str, code: str | None
) -> None:
    """The limit itself may be reached, not passed."""
    decision = check_credit(checked(line()), credit, Decimal(exposure))
    assert codes(decision) == ([code] if code else [])
    assert decision.status == ("held" if code else "accepted")


def test_all_reasons_of_a_held_order_are_told_at_once() -> None:
    """A person who releases it must know everything it was held for."""
    decision = check_credit(checked(line(unit_price=Decimal(1))), None, Decimal(26))
    assert codes(decision) == ["price_mismatch", "credit_unknown"]


def test_an_order_without_lines_is_rejected() -> None:
    """A document may have none; it could never be completed."""
    assert codes(checked()) == ["no_lines"]


def test_each_decision_has_its_event() -> None:
    """One of three follows the placing."""
    order = Draft(channel="api", customer_id="C1", lines=(line(),)).placed("ORD-1", BOOK, AT)
    accepted = checked(line())
    assert isinstance(outcome(order, accepted, AT), OrderAccepted)
    assert isinstance(outcome(order, replace(accepted, status="held"), AT), OrderHeld)
    assert isinstance(outcome(order, replace(accepted, status="rejected"), AT), OrderRejected)


def test_the_first_known_name_of_an_item_is_taken() -> None:
    """Partners send several numbers, and not all of them are ours to know."""
    decision = checked(line(names=("THEIRS", "GTIN-A")))
    assert decision.lines[0].sku == "A"
    assert decision.lines[0].customer_item == "GTIN-A"


quantities = st.decimals("0.000001", "1000000", places=6)


@given(st.lists(st.tuples(quantities, st.sampled_from(["EA", "CA"])), min_size=1, max_size=8))
def test_totals_are_the_sums_of_their_lines_to_the_cent(rows: list[tuple[Decimal, str]]) -> None:
    """Whatever is ordered, no cent appears or is lost between lines and totals."""
    lines = (Wanted(n, ("A",), value, uom) for n, (value, uom) in enumerate(rows, 1))
    decision = checked(*lines)
    assert decision.net_total.amount == sum(line.net.amount for line in decision.lines)
    taxes = [tax.amount.amount for line in decision.lines for tax in line.taxes]
    assert decision.tax_total.amount == sum(taxes)
    assert decision.total == decision.net_total + decision.tax_total
    assert decision.total == decision.total.rounded()


@given(st.lists(st.tuples(st.sampled_from("AB"), st.integers(1, 99)), max_size=12))
def test_orders_checked_together_fare_as_if_they_had_come_one_by_one(
    asked: list[tuple[str, int]],
) -> None:
    """Only what is accepted counts against those behind it, each customer for itself."""
    limit = Credit(usd("500"), False)
    turns = [
        InTurn((who, "USD"), checked(line(quantity=Decimal(quantity))), limit)
        for who, quantity in asked
    ]
    owed = {("A", "USD"): Decimal(0), ("B", "USD"): Decimal(400)}
    together = check_credits(turns, owed)
    for turn, after in zip(turns, together, strict=True):
        [alone] = check_credits([turn], owed)
        assert after == alone
        if alone.decision.status == "accepted":
            owed[turn.account] += turn.decision.total.amount
            assert owed[turn.account] <= limit.limit.amount
