"""The demo's master data agrees with itself."""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parents[2] / "demo" / "data" / "master"
GTIN_LENGTHS = {8, 12, 13, 14}
ORDERED_BY_EDI = {
    "SENDER": ["VENDORSKU"],
    "ABC-AEROSPACE": ["XYZ-1234"],
    "SHIPPING-GROUP": ["02006", "02008", "01019", "01220"],
}


@pytest.fixture(scope="module")
def lists() -> dict[str, list[dict[str, Any]]]:
    """Every list, by its file's name."""
    return {path.stem: json.loads(path.read_text("utf-8")) for path in FOLDER.glob("*.json")}


def gtins(items: list[dict[str, Any]]) -> Iterator[str]:
    """The aliases that are GTINs by their form."""
    for item in items:
        yield from (a for a in item["aliases"] if a.isdigit() and len(a) in GTIN_LENGTHS)


def test_the_lists_have_the_sizes_that_the_demo_promises(lists: Any) -> None:
    """Three warehouses, forty items with those of the partners' files, eight customers."""
    assert (len(lists["warehouses"]), len(lists["items"]), len(lists["customers"])) == (3, 40, 8)


def test_every_id_is_there_once(lists: Any) -> None:
    """No record hides another."""
    for name, field in {
        "customers": "id",
        "items": "sku",
        "prices": "id",
        "credit": "customer_id",
    }.items():
        ids = [record[field] for record in lists[name]]
        assert len(ids) == len(set(ids)), name


def test_every_price_is_of_a_customer_and_an_item(lists: Any) -> None:
    """A contract price names both, in the customer's currency, and costs something."""
    customers = {c["id"]: c for c in lists["customers"]}
    skus = {item["sku"] for item in lists["items"]}
    for price in lists["prices"]:
        assert price["id"] == f"{price['customer_id']}:{price['sku']}"
        assert price["sku"] in skus
        assert price["currency"] == customers[price["customer_id"]]["currency"]
        assert Decimal(price["unit_price"]) > 0


def test_every_customer_has_prices_and_a_credit_limit(lists: Any) -> None:
    """Nobody is left to list prices alone, or to unlimited credit."""
    customers = {c["id"] for c in lists["customers"]}
    assert {p["customer_id"] for p in lists["prices"]} == customers
    assert {c["customer_id"] for c in lists["credit"]} == customers


def test_the_cases_of_the_demo_are_there(lists: Any) -> None:
    """One customer each: on hold, tax exempt, in another currency, with little credit; partners."""
    customers = lists["customers"]
    assert any(c["status"] == "on_hold" for c in customers)
    assert any(c["tax_exempt"] for c in customers)
    assert {c["currency"] for c in customers} == {"USD", "CAD"}
    assert min(Decimal(c["limit"]) for c in lists["credit"]) <= 2000
    assert sum(c["edi_partner"] is not None for c in customers) >= 4


def test_what_partners_order_is_sold_to_them(lists: Any) -> None:
    """Each item named in the demo's 850 files is known, at a contract price of that partner."""
    sku_of = {name: i["sku"] for i in lists["items"] for name in (i["sku"], *i["aliases"])}
    customer_of = {c["edi_partner"]: c["id"] for c in lists["customers"]}
    prices = {p["id"] for p in lists["prices"]}
    for partner, names in ORDERED_BY_EDI.items():
        for name in names:
            assert f"{customer_of[partner]}:{sku_of[name]}" in prices


def test_gtin_check_digits_are_right(lists: Any) -> None:
    """Weights three and one from the right; the whole sum is a multiple of ten."""
    found = list(gtins(lists["items"]))
    assert len(found) >= 30
    for gtin in found:
        digits = [int(digit) for digit in reversed(gtin)]
        assert (sum(digits[::2]) + 3 * sum(digits[1::2])) % 10 == 0, gtin


def test_no_alias_is_ambiguous(lists: Any) -> None:
    """What a customer calls an item leads to one item."""
    names = [n for item in lists["items"] for n in {item["sku"], *item["aliases"]}]
    assert len(names) == len(set(names))
