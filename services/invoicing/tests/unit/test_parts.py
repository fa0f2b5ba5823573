"""Parts of a line: whatever the split, they add up to the whole to the cent."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossdock_contracts import Money, Quantity, Tax
from crossdock_contracts.invoices import InvoiceLine
from crossdock_contracts.orders import OrderLine
from invoicing import domain
from invoicing.domain import Whole

CURRENCIES = st.sampled_from(["USD", "CAD", "JPY", "KWD"])
PRICES = st.decimals("0", "5000", places=4)
RATES = st.decimals("0", "0.25", places=5)


@st.composite
def order_lines(draw: st.DrawFn) -> OrderLine:
    """A line as order_intake agrees it: net and taxes rounded to the currency's minor unit."""
    currency = draw(CURRENCIES)
    quantity = Decimal(draw(st.integers(1, 400)))
    price = Money(draw(PRICES), currency)
    net = price.times(quantity)
    taxes = tuple(
        Tax(jurisdiction=f"US-{n}", code="STANDARD", rate=rate, amount=net.times(rate))
        for n, rate in enumerate(draw(st.lists(RATES, max_size=3)))
    )
    return OrderLine(
        line_no=1,
        sku="A",
        description="",
        quantity=Quantity(quantity, "EA"),
        unit_price=price,
        net=net,
        taxes=taxes,
    )


@st.composite
def splits(draw: st.DrawFn, total: Decimal) -> list[Decimal]:
    """A quantity in parts, in any order and size, whole or broken."""
    step = draw(st.sampled_from([Decimal(1), Decimal("0.25")]))
    left, found = total, []
    while left:
        part = draw(st.integers(1, int(left / step))) * step
        found.append(part)
        left -= part
    return found


def parts_of(whole: Whole, split: list[Decimal]) -> list[domain.Part]:
    """Each part behind the ones before."""
    found, before = [], Decimal(0)
    for quantity in split:
        found.append(domain.part_of(whole, before, quantity))
        before += quantity
    return found


@given(st.data())
def test_the_invoices_of_a_line_sum_to_what_was_agreed(data: st.DataObject) -> None:
    """Net and each tax, over any split, are the agreed ones when everything shipped."""
    line = data.draw(order_lines())
    parts = parts_of(line, data.draw(splits(line.quantity.value)))
    assert sum(part.net.amount for part in parts) == line.net.amount
    for n, tax in enumerate(line.taxes):
        assert sum(part.taxes[n].amount.amount for part in parts) == tax.amount.amount


@given(st.data())
def test_no_part_is_ever_negative_or_finer_than_the_currency(data: st.DataObject) -> None:
    """Rounding never turns a bill into a credit, and never makes half a cent."""
    line = data.draw(order_lines())
    for part in parts_of(line, data.draw(splits(line.quantity.value))):
        for money in (part.net, *(tax.amount for tax in part.taxes)):
            assert money.amount >= 0
            assert money == money.rounded()


@given(st.data())
def test_a_full_return_sums_to_the_invoice(data: st.DataObject) -> None:
    """Credits of an invoice line, over any split, are the line when everything came back."""
    line = data.draw(order_lines())
    before = data.draw(st.integers(0, int(line.quantity.value) - 1))
    billed = domain._line(line, Decimal(before), Quantity(line.quantity.value - before, "EA"), "")
    credits = parts_of(billed, data.draw(splits(billed.quantity.value)))
    assert sum(part.net.amount for part in credits) == billed.net.amount
    for n, tax in enumerate(billed.taxes):
        assert sum(part.taxes[n].amount.amount for part in credits) == tax.amount.amount
    so_far = Decimal(0)
    for part in credits:
        so_far += part.net.amount
        assert part.net.amount >= 0
        assert so_far <= billed.net.amount


@pytest.mark.parametrize(
    ("quantity", "net", "tax"), [(1, "0.33", "0.02"), (2, "0.67", "0.05"), (3, "1.00", "0.07")]
)
def test_a_part_costs_its_quantity_at_the_agreed_price(quantity: int, net: str, tax: str) -> None:
    """What ships first costs what it would cost alone."""
    line = InvoiceLine(
        line_no=1,
        sku="A",
        description="",
        quantity=Quantity(Decimal(3), "EA"),
        unit_price=Money(Decimal("0.3333"), "USD"),
        net=Money(Decimal("1.00"), "USD"),
        taxes=(
            Tax(
                jurisdiction="US-NC",
                code="STANDARD",
                rate=Decimal("0.0725"),
                amount=Money(Decimal("0.07"), "USD"),
            ),
        ),
    )
    part = domain.part_of(line, Decimal(0), Decimal(quantity))
    assert part.net.amount == Decimal(net)
    assert part.taxes[0].amount.amount == Decimal(tax)
