"""Older versions become the newest: nothing is lost on the way, and nothing is read too early."""

import re
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from crossdock_contracts import (
    Event,
    LineQuantity,
    NewerVersion,
    NotKnown,
    PaymentTerms,
    Quantity,
    catalogue,
    lift,
    lifts,
    name_of,
    newest,
    read,
)
from crossdock_contracts.freeze import ROOT
from crossdock_contracts.orders import OrderAccepted, OrderPlaced
from crossdock_contracts.orders import v1 as orders_v1
from crossdock_contracts.shipments import Package, ShipmentShipped, cartons
from crossdock_contracts.shipments import v1 as shipments_v1

SUPERSEDED = [cls for cls in catalogue().values() if newest(cls) is not cls]
OLD = sorted(p for cls in SUPERSEDED for p in (ROOT / f"examples/{name_of(cls)}").glob("*.json"))


def pieces(line_no: int, value: int) -> LineQuantity:
    """So many of a line."""
    return LineQuantity(line_no=line_no, sku="A", quantity=Quantity(Decimal(value), "EA"))


def test_a_version_that_was_superseded_has_a_way_to_the_newest() -> None:
    """Each event has one newest version, and every other one is lifted to it."""
    latest: dict[str, type[Event]] = {}
    for literal, cls in catalogue().items():
        latest[literal.rpartition(".v")[0]] = max(
            cls, latest.get(literal.rpartition(".v")[0], cls), key=lambda c: name_of(c).version
        )
    for literal, cls in catalogue().items():
        assert newest(cls) is latest[literal.rpartition(".v")[0]], literal
    assert {str(name_of(cls)) for cls in SUPERSEDED} == {
        "orders.accepted.v1",
        "shipments.shipped.v1",
    }


@pytest.mark.parametrize("path", OLD, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_what_was_said_before_is_read_for_ever(path: Path) -> None:
    """In the newest version, with the key it had, and everything that both versions have."""
    literal, body = path.parent.name, path.read_bytes()
    said, event = msgspec.json.decode(body, type=catalogue()[literal]), read(literal, body)
    assert type(event) is newest(type(said))
    assert event.key == said.key
    both = set(said.__struct_fields__) & set(event.__struct_fields__)
    assert all(getattr(event, field) == getattr(said, field) for field in both)
    assert msgspec.json.decode(msgspec.json.encode(event), type=type(event)) == event


def test_the_terms_of_an_older_order_are_its_net_days() -> None:
    """Nobody was promised a discount then."""
    body = (ROOT / "examples/orders.accepted.v1/edi_three_lines.json").read_bytes()
    event = read("orders.accepted.v1", body)
    assert isinstance(event, OrderAccepted)
    assert event.terms == PaymentTerms(net_days=45)


def test_an_older_shipment_left_in_cartons() -> None:
    """Under the shipment's number where they had none; what no package held is in one more."""
    old = Package(sscc="006141410000070015", contents=(pieces(1, 6),))
    own = Package(sscc="006141410000070022", contents=(pieces(2, 1),), tracking_number="1Z2")
    found = cartons((pieces(1, 10), pieces(2, 1), pieces(3, 2)), (old, own), "1Z1")
    assert [(c.sscc, c.tracking_number) for c in found] == [
        (old.sscc, "1Z1"),
        (own.sscc, "1Z2"),
        (None, "1Z1"),
    ]
    assert found[2].contents == (pieces(1, 4), pieces(3, 2))
    body = (ROOT / "examples/shipments.shipped.v1/minimal.json").read_bytes()
    event = read("shipments.shipped.v1", body)
    assert isinstance(event, ShipmentShipped)
    assert [carton.contents for carton in event.cartons] == [event.lines]
    assert event.tracking_numbers == ()


def test_the_newest_is_what_it_was() -> None:
    """Lifting costs it nothing and changes nothing."""
    body = (ROOT / "examples/orders.placed.v1/api_minimal.json").read_bytes()
    event = msgspec.json.decode(body, type=OrderPlaced)
    assert lift(event) is event
    assert newest(OrderPlaced) is OrderPlaced


@pytest.mark.parametrize(
    ("literal", "error", "text"),
    [
        ("orders.accepted.v3", NewerVersion, "is newer than orders.accepted.v2"),
        ("orders.enjoyed.v1", NotKnown, "orders.enjoyed.v1 is not in the contracts"),
        ("nonsense", NotKnown, "not of the form"),
    ],
)
def test_a_later_version_is_told_from_nonsense(
    literal: str, error: type[NotKnown], text: str
) -> None:
    """The one is read after an upgrade, the other never."""
    with pytest.raises(NotKnown, match=re.escape(text)) as caught:
        read(literal, b"{}")
    assert caught.type is error


def test_a_step_leads_from_one_version_to_the_next() -> None:
    """Not backward, not to another event."""
    with pytest.raises(TypeError, match=r"shipments.shipped.v2 does not follow orders.accepted.v1"):

        @lifts
        def astray(old: orders_v1.OrderAccepted) -> ShipmentShipped:
            """Nowhere."""
            raise AssertionError

    with pytest.raises(TypeError, match=r"v1 does not follow shipments.shipped.v2"):

        @lifts
        def back(old: ShipmentShipped) -> shipments_v1.ShipmentShipped:
            """Back."""
            raise AssertionError
