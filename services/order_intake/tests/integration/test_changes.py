"""A partner changes its order: what the state allows is done, and every line is answered."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from intake_facts import (
    AT,
    answered,
    backordered,
    credit,
    invoiced,
    purchase_order,
    reserved,
    shipped,
    usd,
)

from crossdock.testing import Desk
from crossdock_contracts import Quantity
from crossdock_contracts.exceptions import ExceptionRaised
from crossdock_contracts.orders import (
    OrderCancelled,
    OrderChangeAnswered,
    OrderChanged,
    OrderCompleted,
)
from crossdock_contracts.partners import ChangedLine, ChangeReceived

ORDER = "ORD-100001"


def line(number: str, quantity: str, action: Any = "change", **more: Any) -> ChangedLine:
    """A line of a change, under the partner's number."""
    amount = Quantity(Decimal(quantity), more.pop("uom", "EA"))
    return ChangedLine(line_no=1, partner_line=number, quantity=amount, action=action, **more)


def change(*lines: ChangedLine, document_id: str = "CHG-1", **more: Any) -> ChangeReceived:
    """A change of purchase order 4711."""
    return ChangeReceived(
        partner_id="ACME", po_number="4711", document_id=document_id, customer_id="C1",
        received_at=AT, lines=lines, **more,
    )  # fmt: skip


@pytest.fixture
async def ordered(intake: Desk) -> Desk:
    """Ten of A at 2.50, line 0001 of the partner's order: six reserved, four backordered."""
    await intake.deliver(purchase_order())
    await intake.deliver(reserved(ORDER, {1: "6"}), backordered(ORDER, {1: "4"}))
    return intake


async def the_line(desk: Desk, line_no: int = 1) -> dict[str, Any]:
    """A line's counters; they add up."""
    async with desk.begin() as tx:
        row = dict(await tx.fetchrow("select * from audit.order_lines where line_no = $1", line_no))
    parts = ("open", "reserved", "backordered", "shipped", "cancelled")
    assert row["ordered"] == sum(row[part] for part in parts)
    return row


async def owed(desk: Desk) -> Decimal:
    """What C1 may still come to owe."""
    async with desk.begin() as tx:
        return Decimal(await tx.fetchval("select amount from exposures where customer_id = 'C1'"))


async def test_more_of_a_line_and_a_new_line_are_ordered(ordered: Desk) -> None:
    """Inventory hears what is wanted in addition, invoicing all lines, the partner each line."""
    added = line("0002", "2", "add", items={"VN": "B"}, unit_price=usd("10.00"))
    await ordered.deliver(change(line("0001", "15", unit_price=usd("2.50")), added))
    [changed] = await ordered.emitted(OrderChanged)
    assert [(x.line_no, x.quantity.value) for x in changed.added] == [(1, 5), (2, 2)]
    assert [(x.line_no, x.sku, x.quantity.value) for x in changed.lines] == [
        (1, "A", 15),
        (2, "B", 2),
    ]
    assert changed.lines[1].customer_line == "0002"
    assert changed.total.amount == await owed(ordered)
    assert (await the_line(ordered))["open"] == 5
    assert (await the_line(ordered, 2))["open"] == 2
    [told] = await ordered.emitted(OrderChangeAnswered)
    assert told.status == "accepted"
    assert [(x.status, x.quantity.value) for x in told.lines] == [("accepted", 15), ("accepted", 2)]
    assert await ordered.emitted(ExceptionRaised) == []


async def test_less_is_cancelled_as_far_as_no_warehouse_has_it(ordered: Desk) -> None:
    """The answer waits for inventory; four wait no more, of the two others it ships what it has."""
    await ordered.deliver(change(line("0001", "4")))
    [cancelled] = await ordered.emitted(OrderCancelled)
    assert [x.quantity.value for x in cancelled.lines] == [4]
    assert await ordered.emitted(OrderChangeAnswered) == []
    await ordered.deliver(answered(ORDER, dropped={1: "4"}))
    [told] = await ordered.emitted(OrderChangeAnswered)
    [one] = told.lines
    assert (told.status, one.status, one.quantity.value) == ("changed", "changed", 6)
    assert one.reason
    assert one.reason.code == "already_in_warehouse"
    await ordered.deliver(shipped(ORDER, {1: "6"}), invoiced(ORDER, {1: "6"}, "15.71"))
    assert len(await ordered.emitted(OrderCompleted)) == 1
    assert await owed(ordered) == Decimal("15.71")


async def test_what_inventory_kept_is_not_promised_away(ordered: Desk) -> None:
    """The backorder was being reserved just then: the line is refused, and a person knows."""
    await ordered.deliver(change(line("0001", "6")))
    await ordered.deliver(reserved(ORDER, {1: "4"}, from_backorder=True))
    await ordered.deliver(answered(ORDER, kept={1: "4"}))
    [told] = await ordered.emitted(OrderChangeAnswered)
    assert [(x.status, x.quantity.value) for x in told.lines] == [("refused", 10)]
    assert told.status == "refused"
    assert (await the_line(ordered))["reserved"] == 10


async def test_what_cannot_be_is_refused_line_by_line(ordered: Desk) -> None:
    """Another price, an unknown line, an item nobody knows, another unit; nothing else happens."""
    await ordered.deliver(
        change(
            line("0001", "12", unit_price=usd("2.00")),
            line("0009", "1"),
            line("0002", "1", "add", items={"VN": "NOBODYS"}),
            line("0001", "1", "add", items={"VN": "A"}),
            line("0001", "2", uom="LB"),
        )
    )
    assert await ordered.emitted(OrderChanged) == []
    [told] = await ordered.emitted(OrderChangeAnswered)
    assert [x.reason.code for x in told.lines if x.reason] == [
        "price_mismatch",
        "unknown_line",
        "unknown_item",
        "line_exists",
        "uom_not_convertible",
    ]
    assert {x.status for x in told.lines} == {"refused"}
    assert told.lines[0].quantity.value == 10
    [raised] = await ordered.emitted(ExceptionRaised)
    assert (raised.code, raised.order_id) == ("change_refused", ORDER)


async def test_cases_are_counted_in_pieces(ordered: Desk) -> None:
    """Two cases of twelve are 24 pieces, at twelve times the price."""
    await ordered.deliver(change(line("0001", "2", uom="CA", unit_price=usd("30.00"))))
    assert (await the_line(ordered))["ordered"] == 24


async def test_more_than_the_credit_allows_is_refused(ordered: Desk) -> None:
    """What makes the order smaller is done all the same."""
    await ordered.deliver(purchase_order("4712"), credit(limit="60", changed_at=AT))
    was = await owed(ordered)
    await ordered.deliver(change(line("0001", "40")))
    [told] = await ordered.emitted(OrderChangeAnswered)
    assert [x.reason.code for x in told.lines if x.reason] == ["credit_limit_exceeded"]
    assert await owed(ordered) == was


@pytest.mark.parametrize("whole", [{"cancel": True}, {"replace": True}])
async def test_a_whole_order_is_cancelled_or_replaced(ordered: Desk, whole: dict[str, Any]) -> None:
    """Lines that a replacement does not name are cancelled, as if each had been."""
    new = line("0007", "1", "add", items={"VN": "B"})
    await ordered.deliver(change(*([new] if "replace" in whole else []), **whole))
    await ordered.deliver(answered(ORDER, dropped={1: "4"}))
    assert (await the_line(ordered))["cancelled"] == 4
    [told] = await ordered.emitted(OrderChangeAnswered)
    assert told.status == "changed"


async def test_another_day_changes_nothing_else(ordered: Desk) -> None:
    """It is said, and answered."""
    await ordered.deliver(change(requested_ship_at=AT))
    [changed] = await ordered.emitted(OrderChanged)
    assert (changed.requested_ship_at, changed.added) == (AT, ())
    [told] = await ordered.emitted(OrderChangeAnswered)
    assert (told.status, told.requested_ship_at) == ("accepted", AT)


async def test_a_change_of_a_finished_order_is_refused_and_one_that_never_came_is_dead(
    ordered: Desk,
) -> None:
    """The partner hears the reason; of an order nobody knows, a person does."""
    await ordered.deliver(reserved(ORDER, {1: "4"}, from_backorder=True))
    await ordered.deliver(shipped(ORDER, {1: "10"}), invoiced(ORDER, {1: "10"}, "26.19"))
    await ordered.deliver(change(line("0001", "12")))
    [told] = await ordered.emitted(OrderChangeAnswered)
    assert (told.status, told.reasons[0].code) == ("refused", "order_completed")
    unknown = change(line("0001", "12"), document_id="CHG-2")
    await ordered.deliver(msgspec.structs.replace(unknown, po_number="4799"))
    [dead] = await ordered.dead()
    assert "never came" in dead["error"]
