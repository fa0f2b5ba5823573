"""Value types and names: exact, never mixed, and legal wherever they are used."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossdock_contracts import (
    Event,
    EventName,
    Money,
    Quantity,
    catalogue,
    name_of,
    subject_token,
)
from crossdock_contracts.cases import CaseAssigned
from crossdock_contracts.partners import AcknowledgementOverdue
from crossdock_contracts.values import LARGEST, MINOR_UNITS

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)

AMOUNTS = st.decimals("-1e12", "1e12", places=6)
CURRENCIES = st.sampled_from(["USD", "CAD", "EUR", *MINOR_UNITS])
# What NATS allows in one token of a subject, without what it gives a meaning.
TOKEN = re.compile(r"[A-Za-z0-9_=-]+")


@given(st.text(min_size=1))
def test_any_key_makes_a_legal_subject_token(key: str) -> None:
    """No dot, star, blank or control character is left."""
    assert TOKEN.fullmatch(subject_token(key))


@given(st.text(min_size=1), st.text(min_size=1))
def test_two_keys_never_share_a_subject_token(one: str, other: str) -> None:
    """Else a failure of one would hold back the other."""
    assert (subject_token(one) == subject_token(other)) == (one == other)


@given(
    st.text(alphabet="AZaz09_-=.F/2 ", min_size=1), st.text(alphabet="AZaz09_-=.F/2 ", min_size=1)
)
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


@given(st.decimals("-1e9", "1e9", places=9), st.decimals("-1e9", "1e9", places=9), CURRENCIES)
def test_a_price_times_a_quantity_is_rounded_once(
    price: Decimal, quantity: Decimal, currency: str
) -> None:
    """The product is exact before: at most half a minor unit is between them."""
    unit = Fraction(Decimal(1).scaleb(-MINOR_UNITS.get(currency, 2)))
    net = Money(price, currency).times(quantity)
    assert net == net.rounded()
    assert abs(Fraction(net.amount) - Fraction(price) * Fraction(quantity)) <= unit / 2


REFUSED = ["NaN", "sNaN", "-Infinity", "1000000000000000001", "1E+999999", "1E-10", "0.1234567891"]


@pytest.mark.parametrize("number", REFUSED)
def test_no_amount_and_no_quantity_is_absurd(number: str) -> None:
    """What nobody can calculate with is refused where it is made, and where it is read."""
    with pytest.raises(ValueError, match=r"is no number|are allowed"):
        Money(Decimal(number), "USD")
    with pytest.raises(ValueError, match=r"is no number|are allowed"):
        Quantity(Decimal(number), "EA")
    body = msgspec.json.encode({"amount": number, "currency": "USD"})
    with pytest.raises(msgspec.ValidationError, match="amount of money"):
        msgspec.json.decode(body, type=Money)


@given(st.decimals(-LARGEST, LARGEST, places=9, allow_nan=False, allow_infinity=False), CURRENCIES)
def test_every_allowed_amount_can_be_rounded(amount: Decimal, currency: str) -> None:
    """Also the largest there is, and amounts with zeros behind."""
    rounded = Money(amount, currency).rounded()
    assert rounded.rounded() == rounded
    assert Money(Decimal("1.50000000000000000000"), currency).amount == Decimal("1.5")


def test_a_key_is_never_empty() -> None:
    """An empty one has no subject: it is refused before it reaches the outbox."""
    with pytest.raises(ValueError, match="empty key"):
        subject_token("")
    with pytest.raises(ValueError, match=r"cases\.assigned\.v1 has an empty case_id"):
        _ = CaseAssigned(case_id="", assignee="Ann", assigned_at=NOON).key
    body = b'{"type":"cases.assigned.v1","case_id":"","assignee":"Ann","assigned_at":"%s"}'
    with pytest.raises(msgspec.ValidationError, match="case_id"):
        msgspec.json.decode(body % NOON.isoformat().encode(), type=CaseAssigned)


def test_a_key_is_made_of_fields() -> None:
    """Every event names fields that it has; several are joined with a slash."""
    for literal, cls in catalogue().items():
        assert cls.key_fields, literal
        assert set(cls.key_fields) <= set(cls.__struct_fields__), literal
    sent = AcknowledgementOverdue(
        partner_id="ACME", po_number="PO1", document_id="D1", set_code="855",
        sent_at=NOON, due_at=NOON,
    )  # fmt: skip
    assert sent.key == "ACME/PO1"


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
