"""Each invariant is broken by hand in several ways, and each time the audit says so."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from facts_at_rest import AT_REST, broken, changed, event_id, heard, twice, violations, without

from control_tower.audit.invariants import CHECKS, Facts, confirmed, judge
from control_tower.audit.invariants.rows import Discarded

D = Decimal

BREAKS = [
    # 1: order lines
    (1, "lines_add_up", changed("order_lines", ordered=D(11))),
    (1, "lines_add_up", changed("order_lines", open=D(-1), reserved=D(4))),
    (1, "shipped_is_invoiced", changed("order_lines", invoiced=D(3))),
    (1, "stock_agrees", changed("stock_lines", reserved=D(2))),
    (1, "stock_agrees", changed("stock_lines", backordered=D(3))),
    (1, "stock_agrees", changed("stock_lines", shipped=D(5))),
    (1, "stock_agrees", without("stock_lines")),
    (1, "stock_agrees", without("order_lines")),
    (1, "shipments_agree", changed("shipped_lines", shipped=D(3))),
    (1, "shipments_agree", twice("shipped_lines")),
    (1, "invoices_agree", changed("invoiced_lines", quantity=D(5))),
    (1, "invoices_agree", without("invoiced_lines")),
    # 2: stock
    (2, "stock_adds_up", changed("stock", on_hand=D(9))),
    (2, "stock_adds_up", changed("stock", opening=D("8.5"))),
    (2, "reserved_is_on_hand", changed("stock", reserved=D(11), open_reservations=D(11))),
    (2, "reserved_is_on_hand", changed("stock", reserved=D(-1), open_reservations=D(-1))),
    (2, "reserved_is_open_reservations", changed("stock", open_reservations=D(2))),
    (2, "stock_left_as_shipments_say", changed("stock", shipped=D(5), on_hand=D(9))),
    (2, "stock_left_as_shipments_say", changed("shipments", warehouse_id="WEST")),
    (2, "stock_came_back_as_returns_say", changed("stock", restocked=D(0), on_hand=D(9))),
    (2, "stock_came_back_as_returns_say", without("return_lines")),
    # 3: once
    (3, "one_invoice_per_shipment", without("invoices")),
    (3, "one_invoice_per_shipment", twice("invoices")),
    (3, "one_invoice_per_shipment", changed("invoices", shipment_id="SHP-1-2")),
    (3, "one_invoice_per_shipment", changed("invoices", shipment_id="SHP-9-9")),
    (3, "invoices_bill_what_shipped", changed("invoiced_lines", quantity=D(3))),
    (3, "invoices_bill_what_shipped", changed("invoiced_lines", invoice_id="INV-9")),
    (3, "one_credit_per_return_line", without("credit_lines")),
    (3, "one_credit_per_return_line", twice("credit_lines")),
    (3, "one_credit_per_return_line", changed("return_lines", creditable=D(0))),
    (
        3,
        "one_credit_per_return_line",
        replace(
            AT_REST,
            credit_lines=[
                AT_REST.credit_lines[0]._replace(quantity=D("0.5")),
                AT_REST.credit_lines[0]._replace(quantity=D("0.5"), credit_memo_id="CRM-1-2"),
            ],
        ),
    ),
    (3, "never_credited_above_invoiced", changed("credit_lines", quantity=D(5))),
    (3, "payments_are_applied_once", twice("payment_applications")),
    (3, "payments_are_not_overspent", changed("payments", applied=D(20))),
    (3, "payments_are_not_overspent", changed("payments", amount=D(24))),
    (3, "payments_are_not_overspent", changed("payment_applications", currency="EUR")),
    (3, "invoices_are_not_overpaid", changed("payment_applications", amount=D(41))),
    (3, "invoices_are_not_overpaid", changed("payment_applications", invoice_id="INV-9")),
    (3, "documents_are_sent_once", replace(AT_REST, documents=AT_REST.documents[1:] * 2)),
    # 4: receivables
    (4, "invoices_add_up", changed("invoices", open=D("5.01"))),
    (4, "credits_add_up", changed("credit_lines", total=D("9.99"))),
    (4, "credits_add_up", without("credit_lines")),
    (4, "payments_add_up", changed("payment_applications", amount=D("25.01"))),
    (4, "balances_add_up", changed("receivables", balance=D("4.99"))),
    (4, "accounts_agree_with_invoices", changed("receivables", invoiced=D(41), balance=D(6))),
    (4, "accounts_agree_with_invoices", changed("invoices", customer_id="CUST-2")),
    (4, "accounts_agree_with_invoices", without("receivables")),
    (4, "total_adds_up", without("receivables")),
    (4, "total_adds_up", changed("receivables", balance=D(6))),
    (4, "ledger_agrees", changed("credit_lines", total=D("9.99"))),
    (4, "ledger_agrees", changed("invoices", total=D(41))),
    (4, "ledger_agrees", replace(AT_REST, postings=AT_REST.postings[:2])),
    (4, "ledger_agrees", replace(AT_REST, postings=[*AT_REST.postings, AT_REST.postings[1]])),
    # 6: the trail
    (6, "causes_are_known", replace(AT_REST, events=[heard(1, None), heard(3, 2)])),
    (6, "chains_end_at_a_root", replace(AT_REST, events=[heard(1, 2), heard(2, 1)])),
    (6, "chains_end_at_a_root", replace(AT_REST, events=[heard(1, 1)])),
    (6, "correlation_is_inherited", replace(AT_REST, events=[heard(1, None), heard(2, 1, root=7)])),
    (6, "correlation_is_inherited", changed("events", correlation_id=None)),
    (6, "traces_are_present", changed("events", trace_id=None)),
    (6, "traces_are_present", changed("events", trace_id="")),
    (6, "one_trace_per_correlation", changed("events", trace_id="t9")),
]


def test_a_mesh_at_rest_has_no_violation_and_nothing_in_flight() -> None:
    """Where every store agrees, every invariant holds."""
    for verdict in judge(AT_REST, {}).values():
        assert not verdict.violations
        assert not verdict.in_flight
        assert verdict.checked


@pytest.mark.parametrize(("invariant", "check", "facts"), BREAKS)
def test_a_broken_invariant_is_found(invariant: int, check: str, facts: Facts) -> None:
    """One thing changed by hand is a violation of the invariant that speaks of it."""
    assert check in broken(facts, invariant)


def test_every_check_is_broken_by_some_test() -> None:
    """No check is there that nobody has seen finding something."""
    assert {check.name for check in CHECKS} == {check for _, check, _ in BREAKS}


def test_a_violation_says_the_values() -> None:
    """A person can act on the sentence alone."""
    [violation] = violations(changed("stock", on_hand=D("9.0")), 2)
    assert violation.text == (
        "SKU-1 in EAST: on hand 9, but opening 8 + received 4 + restocked 1 + adjusted 1"
        " - shipped 4 = 10"
    )


def test_what_is_on_its_way_explains_a_difference_between_stores() -> None:
    """A parked message of the order's key makes a difference in flight, and is named."""
    facts = changed("stock_lines", shipped=D(3))
    verdict = judge(facts, {"ORD-1": ["shipments.shipped.v1 is parked in inventory_sync"]})[1]
    assert not verdict.violations
    [difference] = verdict.in_flight
    assert difference.because == ("shipments.shipped.v1 is parked in inventory_sync",)


def test_what_is_on_its_way_for_another_order_explains_nothing() -> None:
    """Only the keys of a difference can explain it."""
    assert violations(changed("stock_lines", shipped=D(3)), 1, **{"ORD-2": ["parked"]})


def test_a_store_that_contradicts_itself_is_never_in_flight() -> None:
    """Stock, receivables and payments are read in one snapshot: no message explains them."""
    waiting = {key: ["on its way"] for key in ("ORD-1", "SKU-1", "CUST-1", "PAY-1", "INV-1-1")}
    for facts, invariant in (
        (changed("stock", on_hand=D(9)), 2),
        (twice("payment_applications"), 3),
        (changed("receivables", balance=D(6)), 4),
    ):
        assert violations(facts, invariant, **waiting)


def test_a_cause_that_is_on_its_way_here_is_in_flight() -> None:
    """The control tower hears streams apart: an effect may arrive before its cause."""
    facts = replace(AT_REST, events=[heard(3, 2)])
    verdict = judge(facts, {str(event_id(2)): ["above control_tower-on-orders-0"]})[6]
    assert not verdict.violations
    assert len(verdict.in_flight) == 1


def test_a_cause_that_a_person_discarded_is_known() -> None:
    """What nobody could read was never written down, and what told about it still has a cause."""
    facts = replace(AT_REST, events=[heard(3, 2)])
    assert broken(facts, 6) == {"causes_are_known"}
    assert not broken(replace(facts, discarded=[Discarded(event_id(2))]), 6)


def test_stores_that_were_not_read_are_not_compared() -> None:
    """Auditing some services only never calls the absence of the others a violation."""
    alone = Facts(orders=AT_REST.orders, order_lines=AT_REST.order_lines)
    assert not any(verdict.violations for verdict in judge(alone, {}).values())


def test_a_difference_must_stay_to_be_a_violation() -> None:
    """What the next look does not find again came from reading; what only it finds is not sure."""
    first = judge(changed("stock_lines", shipped=D(3)), {})
    again = judge(changed("stock_lines", shipped=D(2)), {})
    other = judge(changed("order_lines", ordered=D(12)), {})
    assert len(confirmed(first, again)[1].violations) == 1
    assert not confirmed(first, other)[1].violations
    assert len(confirmed(first, other)[1].in_flight) == 1
