"""What is refused before anything is looked up."""

from decimal import Decimal

import msgspec
import pytest

from crossdock.http import Problem
from order_intake.requests import LineRequest, OrderRequest
from order_intake.tax import rates


def request(quantity: str = "1", price: str | None = None, **more: object) -> OrderRequest:
    """One line of A."""
    unit_price = None if price is None else Decimal(price)
    one = LineRequest(item="A", quantity=Decimal(quantity), unit_price=unit_price)
    return OrderRequest(**({"customer_id": "C1", "lines": [one]} | more))  # type: ignore[arg-type]  # a dict of any fields


@pytest.mark.parametrize(
    "quantity", ["0", "-1", "1000000000.1", "0.0000001", "NaN", "sNaN", "Infinity", "1e999999"]
)
def test_an_absurd_quantity_is_refused_with_its_line(quantity: str) -> None:
    """Zero, negative, too large, too fine, or no number at all."""
    with pytest.raises(Problem) as caught:
        request(quantity).check()
    assert (caught.value.status, caught.value.code) == (400, "invalid_quantity")
    assert caught.value.context["line_no"] == 1


@pytest.mark.parametrize("quantity", ["0.000001", "1000000000", "2.50"])
def test_an_unusual_quantity_is_taken(quantity: str) -> None:
    """The limits themselves are allowed."""
    request(quantity).check()


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (request(currency="XXQ"), "unknown_currency"),
        (request(price="-1"), "invalid_unit_price"),
        (request(lines=[]), "line_count"),
        (request(lines=[LineRequest(item="A", quantity=Decimal(1))] * 1001), "line_count"),
    ],
)
def test_other_nonsense_is_refused_with_its_code(asked: OrderRequest, code: str) -> None:
    """Each has a code to branch on."""
    with pytest.raises(Problem) as caught:
        asked.check()
    assert caught.value.code == code


def test_an_unknown_field_is_refused() -> None:
    """A misspelt field is a mistake to tell, not to ignore."""
    with pytest.raises(msgspec.ValidationError, match="qty"):
        msgspec.json.decode(
            b'{"customer_id":"C","lines":[{"item":"A","qty":1}]}', type=OrderRequest
        )


def test_taxes_are_known_for_a_few_places_and_none_elsewhere() -> None:
    """Quebec has two; an exempt code, customer or place has none."""
    assert [r.jurisdiction for r in rates("CA", "QC", "STANDARD", False)] == ["CA", "CA-QC"]
    assert rates("CA", "QC", "EXEMPT", False) == ()
    assert rates("CA", "QC", "STANDARD", True) == ()
    assert rates("DE", "BY", "STANDARD", False) == ()
