"""Every event has examples; they decode for ever, lose nothing, and add up."""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from crossdock_contracts import Event, Money, catalogue, name_of
from crossdock_contracts.freeze import ROOT
from crossdock_contracts.invoices import InvoiceCredited, InvoiceIssued
from crossdock_contracts.orders import OrderAccepted

EXAMPLES = sorted((ROOT / "examples").glob("*/*.json"))
PRICED = {str(name_of(cls)) for cls in (OrderAccepted, InvoiceIssued, InvoiceCredited)}


def named(path: Path) -> str:
    """The name of an example: `orders.accepted.v1/canadian_dollars`."""
    return f"{path.parent.name}/{path.stem}"


def decoded(path: Path) -> Event:
    """The event in an example, as a consumer gets it."""
    return msgspec.json.decode(path.read_bytes(), type=catalogue()[path.parent.name])


def missing(given: Any, kept: Any, at: str = "") -> Iterator[str]:
    """What a document says and its decoded copy does not."""
    if isinstance(given, dict):
        for name, value in given.items():
            yield from missing(value, kept.get(name), f"{at}.{name}")
    elif isinstance(given, list):
        assert len(given) == len(kept), at
        for n, (value, copy) in enumerate(zip(given, kept, strict=True)):
            yield from missing(value, copy, f"{at}[{n}]")
    elif given != kept:
        yield f"{at}: {given!r} became {kept!r}"


def test_every_event_has_an_example_and_every_example_an_event() -> None:
    """A contract nobody can see an instance of is not yet a contract."""
    assert {path.parent.name for path in EXAMPLES} == set(catalogue())


@pytest.mark.parametrize("path", EXAMPLES, ids=named)
def test_an_example_decodes_for_ever(path: Path) -> None:
    """To an equal value when encoded again, with every word that was said."""
    event = decoded(path)
    again = msgspec.json.encode(event)
    assert msgspec.json.decode(again, type=type(event)) == event
    assert event.key
    said, kept = json.loads(path.read_bytes()), json.loads(again)
    assert list(missing(said, kept)) == []


@pytest.mark.parametrize("path", EXAMPLES, ids=named)
def test_a_later_field_is_no_news_to_an_older_consumer(path: Path) -> None:
    """What this version does not know is ignored, so fields may be added."""
    said = {**json.loads(path.read_bytes()), "added_later": {"by": "a newer version"}}
    cls = catalogue()[path.parent.name]
    assert msgspec.json.decode(json.dumps(said), type=cls) == decoded(path)


@pytest.mark.parametrize("path", [p for p in EXAMPLES if p.parent.name in PRICED], ids=named)
def test_the_money_of_an_example_adds_up(path: Path) -> None:
    """Lines make the totals, in one currency; taxes are their rate of the net, but for rounding."""
    event = decoded(path)
    assert isinstance(event, OrderAccepted | InvoiceIssued | InvoiceCredited)
    zero = Money.zero(event.currency)
    assert sum((line.net for line in event.lines), zero) == event.net_total
    taxes = [(line, tax) for line in event.lines for tax in line.taxes]
    assert sum((tax.amount for _, tax in taxes), zero) == event.tax_total
    assert event.net_total + event.tax_total == event.total
    for line, tax in taxes:
        assert abs(line.net.amount * tax.rate - tax.amount.amount) <= Decimal("0.01")
    for line in event.lines:
        price = line.unit_price.times(line.quantity.value)
        assert abs((price - line.net).amount) <= Decimal("0.01")


def test_the_examples_show_what_the_model_is_for() -> None:
    """Partial shipments, several warehouses, several currencies, several taxes on a line."""
    events = [decoded(path) for path in EXAMPLES]
    orders = [event for event in events if isinstance(event, OrderAccepted)]
    assert {order.currency for order in orders} >= {"USD", "CAD"}
    assert max(len(line.taxes) for order in orders for line in order.lines) >= 2
    invoices = [e for e in events if isinstance(e, InvoiceIssued) and e.order_id == "ORD-1042"]
    assert len({invoice.shipment_id for invoice in invoices}) == 2
    shipped = [json.loads(path.read_bytes()) for path in EXAMPLES if "shipments.ship" in str(path)]
    assert len({each["warehouse_id"] for each in shipped}) >= 3
    assert any(each.get("short") for each in shipped)
