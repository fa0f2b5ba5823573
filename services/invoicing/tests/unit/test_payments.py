"""Money against invoices: never more than came in, never more than is open."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from invoicing.domain import OpenInvoice, apply

CENTS = st.decimals("0.01", "1000", places=2)
INVOICES = st.lists(st.decimals("-50", "500", places=2), max_size=8).map(
    lambda amounts: [
        OpenInvoice(f"INV-{n}", f"ORD-{n}", amount, Decimal(500))
        for n, amount in enumerate(amounts)
    ]
)


@given(CENTS, INVOICES, st.none() | st.dictionaries(st.sampled_from(["INV-0", "INV-2"]), CENTS))
def test_neither_the_payment_nor_an_invoice_is_overspent(
    amount: Decimal, invoices: list[OpenInvoice], asked: dict[str, Decimal] | None
) -> None:
    """Whatever the payer asks for."""
    applications = apply(amount, invoices, asked)
    assert sum(each.amount for each in applications) <= amount
    assert len({each.invoice.invoice_id for each in applications}) == len(applications)
    for each in applications:
        assert 0 < each.amount <= each.invoice.open
        assert each.left == each.invoice.open - each.amount
        assert asked is None or each.amount <= asked[each.invoice.invoice_id]


@given(CENTS, INVOICES)
def test_money_stays_on_account_only_when_nothing_is_open(
    amount: Decimal, invoices: list[OpenInvoice]
) -> None:
    """Without remittances everything is applied that can be."""
    applied = sum(each.amount for each in apply(amount, invoices))
    assert applied == min(amount, sum(max(each.open, Decimal(0)) for each in invoices))


def test_the_first_given_is_paid_first() -> None:
    """The caller gives the oldest due first."""
    invoices = [OpenInvoice(f"INV-{n}", "ORD-1", Decimal(10), Decimal(10)) for n in (1, 2)]
    paid = [(each.invoice.invoice_id, each.left) for each in apply(Decimal(12), invoices)]
    assert paid == [("INV-1", Decimal(0)), ("INV-2", Decimal(8))]
