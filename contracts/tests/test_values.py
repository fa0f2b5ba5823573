"""Value types and names: exact, never mixed, and legal wherever they are used."""

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossdock_contracts import Event, EventName, Money, Quantity, name_of, subject_token
from crossdock_contracts.values import MINOR_UNITS

AMOUNTS = st.decimals("-1e12", "1e12", places=6)
CURRENCIES = st.sampled_from(["USD", "CAD", "EUR", *MINOR_UNITS])
# What NATS allows in one token of a subject, without what it gives a meaning.
TOKEN = re.compile(r"[A-Za-z0-9_=-]+")


@given(st.text(min_size=1))
def test_any_key_makes_a_legal_subject_token(key: str) -> None:
    """No dot, star, blank or control character is left."""
    assert TOKEN.fullmatch(subject_token(key))


@given(st.text(), st.text())
def test_two_keys_never_share_a_subject_token(one: str, other: str) -> None:
    """Else a failure of one would hold back the other."""
    assert (subject_token(one) == subject_token(other)) == (one == other)


@given(st.text(alphabet="AZaz09_-=.F/2 "), st.text(alphabet="AZaz09_-=.F/2 "))
def test_a_key_that_looks_escaped_is_not_taken_for_one(one: str, other: str) -> None:
    """`A=2F` and `A/` are two keys."""
    assert (subject_token(one) == subject_token(other)) == (one == other)


@pytest.mark.parametrize(
    ("key", "token"),
    [("ORD-1042", "ORD-1042"), ("ACME/PO 7", "ACME=2FPO=207"), ("a.b=*>", "a=2Eb=3D=2A=3E")],
)
def test_a_readable_key_stays_readable(key: str, token: str) -> None:
    """Only what is unsafe is written as `=XX`."""
    assert subject_token(key) == token


@given(AMOUNTS, AMOUNTS, CURRENCIES)
def test_money_adds_and_subtracts_exactly(one: Decimal, other: Decimal, currency: str) -> None:
    """What is added and taken away again leaves nothing behind."""
    a, b = Money(one, currency), Money(other, currency)
    assert (a + b) - b == a
    assert a + b == b + a
    assert a + -a == Money.zero(currency)


@given(AMOUNTS, CURRENCIES)
def test_rounded_money_has_the_decimals_of_its_currency(amount: Decimal, currency: str) -> None:
    """At most half a minor unit away, and rounding again changes nothing."""
    rounded = Money(amount, currency).rounded()
    unit = Decimal(1).scaleb(-MINOR_UNITS.get(currency, 2))
    assert rounded.amount % unit == 0
    assert abs(rounded.amount - amount) <= unit / 2
    assert rounded.rounded() == rounded
    assert -rounded == (-Money(amount, currency)).rounded()


@pytest.mark.parametrize(
    ("amount", "currency", "rounded"),
    [
        ("2.345", "USD", "2.35"),
        ("2.344", "USD", "2.34"),
        ("-2.345", "CAD", "-2.35"),
        ("0.5", "JPY", "1"),
        ("1.2345", "KWD", "1.235"),
        ("7", "USD", "7.00"),
    ],
)
def test_halves_are_rounded_away_from_zero(amount: str, currency: str, rounded: str) -> None:
    """As invoices are: half up, and symmetric for credits."""
    assert str(Money(Decimal(amount), currency).rounded().amount) == rounded


@given(AMOUNTS, AMOUNTS)
def test_a_price_times_a_quantity_is_exact_until_it_is_rounded(
    one: Decimal, other: Decimal
) -> None:
    """Factors keep every decimal that fits the context."""
    assert Money(one, "USD").times(other) == Money(one * other, "USD")


@given(AMOUNTS, AMOUNTS)
def test_quantities_add_and_subtract_exactly(one: Decimal, other: Decimal) -> None:
    """In one unit of measure."""
    a, b = Quantity(one, "LB"), Quantity(other, "LB")
    assert (a + b) - b == a


def test_different_currencies_and_units_never_mix() -> None:
    """The error names both, for there is no rate here."""
    dollars, quantity = Money(Decimal(1), "USD"), Quantity(Decimal(1), "EA")
    for mix in (lambda a, b: a + b, lambda a, b: a - b):
        with pytest.raises(ValueError, match="USD and CAD"):
            mix(dollars, Money(Decimal(1), "CAD"))
        with pytest.raises(ValueError, match="EA and CA"):
            mix(quantity, Quantity(Decimal(1), "CA"))


@given(
    st.from_regex(r"[a-z]{1,12}", fullmatch=True),
    st.from_regex(r"[a-z_]{1,20}", fullmatch=True),
    st.integers(1, 999),
)
def test_a_name_is_read_as_it_is_written(noun: str, verb: str, version: int) -> None:
    """Noun, verb and version, there and back."""
    name = EventName(noun, verb, version)
    assert EventName.parse(str(name)) == name
    assert name.stream == noun.upper()


@pytest.mark.parametrize(
    "literal",
    ["orders.accepted", "orders.accepted.v0", "orders.accepted.v01", "Orders.accepted.v1", "",
     "orders.accepted.v1.ORD-1", "orders..v1", "orders.accepted.1", "orders.accepted.v1\n"],
)  # fmt: skip
def test_another_form_is_no_name(literal: str) -> None:
    """The error says which literal is wrong."""
    with pytest.raises(ValueError, match="is not of the form"):
        EventName.parse(literal)


def test_an_event_without_a_literal_is_no_contract() -> None:
    """A name that crosses a process is never derived from a class."""
    with pytest.raises(ValueError, match="is not of the form"):
        name_of(type("Untold", (Event,), {}, frozen=True, kw_only=True))
