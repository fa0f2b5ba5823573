"""What can be billed, what waits for a person, and what is credited."""

from decimal import Decimal

import pytest

from crossdock_contracts import LineQuantity, Money, Quantity
from crossdock_contracts.orders import OrderLine
from crossdock_contracts.returns import InspectedLine
from invoicing import domain


def line(line_no: int, sku: str, quantity: int, price: str = "2.00") -> OrderLine:
    """An agreed line without tax."""
    unit_price = Money(Decimal(price), "USD")
    return OrderLine(
        line_no=line_no,
        sku=sku,
        description=sku,
        quantity=Quantity(Decimal(quantity), "EA"),
        unit_price=unit_price,
        net=unit_price.times(Decimal(quantity)),
    )


def shipped(line_no: int, sku: str, quantity: int, uom: str = "EA") -> LineQuantity:
    """What left of a line."""
    return LineQuantity(line_no=line_no, sku=sku, quantity=Quantity(Decimal(quantity), uom))


def inspected(line_no: int, quantity: int, credit: bool = True, shipment: int = 1) -> InspectedLine:
    """What came back of a line."""
    return InspectedLine(
        line_no=line_no,
        sku="A",
        quantity=Quantity(Decimal(quantity), "EA"),
        shipment_id=f"SHP-7-{shipment}",
        disposition="scrap",
        credit=credit,
    )


AGREED = domain.Agreement(
    order_id="ORD-7", customer_id="C1", currency="USD", lines=(line(1, "A", 10), line(2, "B", 5))
)


def test_ids_are_derived_so_a_replay_makes_the_same() -> None:
    """Shipment and return give invoice and credit memo their ids."""
    assert domain.invoice_id("SHP-1042-1") == "INV-1042-1"
    assert domain.credit_memo_id("RMA-1042-1", 2) == "CRM-1042-1-2"


def test_a_line_in_two_packages_is_billed_once() -> None:
    """Quantities of one line are merged, and nothing shipped is nothing billed."""
    merged = domain.merged([shipped(1, "A", 2), shipped(1, "A", 3), shipped(2, "B", 0)])
    assert merged == (shipped(1, "A", 5),)


@pytest.mark.parametrize(
    ("left", "code"),
    [
        (shipped(3, "C", 1), "unknown_line"),
        (shipped(1, "B", 1), "other_item"),
        (shipped(1, "A", 1, "CA"), "other_unit"),
        (shipped(1, "A", 7), "more_than_agreed"),
        (shipped(1, "A", -1), "more_than_agreed"),
    ],
)
def test_a_doubtful_shipment_is_not_billed(left: LineQuantity, code: str) -> None:
    """Four of line 1 are billed; a person must look when the rest does not fit."""
    [reason] = domain.doubts(AGREED, [left, shipped(2, "B", 5)], {1: Decimal(4)})
    assert (reason.code, reason.line_no) == (code, left.line_no)


def test_what_fits_is_billed_without_doubt() -> None:
    """The exact rest of each line."""
    assert domain.doubts(AGREED, [shipped(1, "A", 6), shipped(2, "B", 5)], {1: Decimal(4)}) == ()


def test_lines_without_an_account_are_named() -> None:
    """The bill goes out, and finance hears which SKUs lack a general ledger account."""
    lines = domain.bill(AGREED, [shipped(1, "A", 1), shipped(2, "B", 1)], {}, {"A": "4000"})
    assert [each.gl_code for each in lines] == ["4000", ""]
    assert domain.without_gl_code(lines) == ["B"]


def test_credits_are_gathered_per_invoice_and_line() -> None:
    """Restocked and scrapped parts of a line are one credit; what gets none is left out."""
    wanted = domain.by_invoice(
        [inspected(1, 1), inspected(1, 2), inspected(2, 9, credit=False), inspected(1, 4, True, 2)]
    )
    assert wanted == {
        "INV-7-1": {1: Quantity(Decimal(3), "EA")},
        "INV-7-2": {1: Quantity(Decimal(4), "EA")},
    }


def test_never_more_is_credited_than_was_invoiced() -> None:
    """What was credited before counts."""
    invoiced = domain.bill(AGREED, [shipped(1, "A", 4)], {}, {})
    wanted = {1: Quantity(Decimal(3), "EA")}
    assert domain.excess(invoiced, {1: Decimal(1)}, wanted) == []
    [text] = domain.excess(invoiced, {1: Decimal(2)}, wanted)
    assert "3 returned" in text
    assert domain.excess(invoiced, {}, {2: Quantity(Decimal(1), "EA")})
    assert domain.excess(invoiced, {}, {1: Quantity(Decimal(1), "CA")})


def test_a_credit_has_the_price_of_its_invoice() -> None:
    """Only the returned lines are credited, at the invoiced price."""
    invoiced = domain.bill(AGREED, [shipped(1, "A", 4), shipped(2, "B", 5)], {}, {"A": "4000"})
    [credited] = domain.credit(invoiced, {}, {1: Quantity(Decimal(3), "EA")})
    assert (credited.net.amount, credited.gl_code) == (Decimal("6.00"), "4000")
    assert domain.totals([credited], "USD").total == Money(Decimal("6.00"), "USD")
