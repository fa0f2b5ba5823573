"""What a change does to an order: the lines that result, and what is said of each. Pure."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from crossdock_contracts import Money, Quantity, Reason, Tax
from crossdock_contracts.orders import OrderLine
from order_intake.changing.plan import Asked, Plan, answer, grown, total
from order_intake.progress import Line, Move

ZERO = Decimal(0)
PRICE, RATE = Decimal("3.33"), Decimal("0.0725")


def agreed(quantity: int) -> OrderLine:
    """Line 1, at 3.33 with a tax."""
    net = Money(PRICE, "USD").times(Decimal(quantity))
    tax = Tax(jurisdiction="US-NC", code="STANDARD", rate=RATE, amount=net.times(RATE))
    return OrderLine(
        line_no=1, sku="A", description="", quantity=Quantity(Decimal(quantity), "EA"),
        unit_price=Money(PRICE, "USD"), net=net, taxes=(tax,),
        ordered=Quantity(Decimal(quantity) / 2, "PR"),
    )  # fmt: skip


@given(st.integers(1, 500), st.integers(1, 500))
def test_a_line_grows_as_if_it_had_been_ordered_so(before: int, more: int) -> None:
    """Money, taxes and the quantity in the customer's unit: all as of one order over both."""
    added = Move(1, open=Decimal(more), ordered=Decimal(more))
    [line] = grown([agreed(before)], Plan((), more=(added,)))
    assert line == agreed(before + more)
    [tax] = line.taxes
    assert total([line], "USD") == line.net + tax.amount


def line(ordered: int, cancelled: int = 0) -> Line:
    """A line's counters."""
    return Line(1, "A", "EA", Decimal(ordered), PRICE, (), open=ZERO, cancelled=Decimal(cancelled))


def test_an_answer_says_what_the_line_is_now_and_why_it_is_not_as_asked() -> None:
    """Done, done in part, not done for a reason, and not done because a warehouse has it."""
    asked = Asked(before=Decimal(10), target=Decimal(4), line_no=1)
    assert answer(asked, line(10, 6)).status == "accepted"
    partly = answer(asked, line(10, 3))
    assert (partly.status, partly.quantity.value) == ("changed", 7)
    kept = answer(asked, line(10))
    assert kept.status == "refused"
    assert kept.reason
    assert kept.reason.code == "already_in_warehouse"
    why = Reason(code="price_mismatch", text="no")
    refused = answer(Asked(before=ZERO, target=Decimal(2), reason=why), None)
    assert (refused.status, refused.reason, refused.quantity.value) == ("refused", why, 0)


def test_without_credit_only_what_makes_the_order_smaller_is_done() -> None:
    """More and new lines are refused with the reason; less stays."""
    less = Move(1, open=Decimal(-2), cancelled=Decimal(2))
    more = Move(2, open=Decimal(5), ordered=Decimal(5))
    smaller = Asked(before=Decimal(4), target=Decimal(2), line_no=1)
    larger = Asked(before=Decimal(1), target=Decimal(6), line_no=2)
    why = Reason(code="credit_hold", text="no")
    plan = Plan((smaller, larger), more=(more,), less=(less,), new=(agreed(1),)).without_more(why)
    assert (plan.less, plan.more, plan.new) == ((less,), (), ())
    assert [one.reason for one in plan.asked] == [None, why]
