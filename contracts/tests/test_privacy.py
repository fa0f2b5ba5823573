"""What is personal is said by the contract, and left out of what is shown."""

import json

import pytest

from crossdock_contracts import Event, catalogue
from crossdock_contracts.meaning import GUARDED
from crossdock_contracts.privacy import MASK, UNKNOWN, classes, place_of, redacted
from crossdock_contracts.shipped import examples


@pytest.mark.parametrize("literal", catalogue())
def test_every_field_has_a_class(literal: str) -> None:
    """One of four; what nobody has classed is internal."""
    found = dict(classes(place_of(catalogue()[literal])))
    assert found
    assert set(found.values()) <= set(GUARDED)


def test_what_is_whose_follows_from_its_type() -> None:
    """Addresses and people are personal, money is financial, wherever they stand."""
    found = dict(classes(place_of(catalogue()["orders.accepted.v1"])))
    assert {found[f"ship_to.{part}"] for part in ("name", "street[]", "city", "postal_code")} == {
        "personal"
    }
    assert found["lines[].unit_price.amount"] == "financial"
    assert found["currency"] == "public"
    assert found["order_id"] == "internal"
    everywhere = {p: c for cls in catalogue().values() for p, c in classes(place_of(cls))}
    assert {c for path, c in everywhere.items() if path.endswith("_by")} == {"personal"}


@pytest.mark.parametrize("literal", catalogue())
def test_what_is_shown_of_an_example_says_nothing_personal(literal: str) -> None:
    """And keeps all the rest as it was."""
    contract = catalogue()[literal]
    personal = {path for path, name in classes(place_of(contract)) if name == "personal"}
    for _, body in examples(contract):
        before, after = json.loads(body), json.loads(redacted(body, contract))
        for path, was, now in _together(before, after):
            assert now == (MASK if path in personal and was else was), path


def test_what_no_contract_knows_is_withheld() -> None:
    """A field of a later version, a body of an unknown type, bytes that are no JSON."""
    cancelled = catalogue()["orders.cancelled.v1"]
    [(_, body), *_] = examples(cancelled)
    later = json.dumps({**json.loads(body), "phone": "555"}).encode()
    assert json.loads(redacted(later, cancelled))["phone"] == UNKNOWN
    for strange, contract in ((later, None), (b"\xff{", cancelled)):
        told = redacted(strange, contract)
        assert b"555" not in told
        assert b"withheld" in told


def test_a_list_where_none_is_expected_shows_nothing() -> None:
    """Bytes that any producer may send are shown as the contract reads them, or not at all."""
    contract: type[Event] = catalogue()["orders.cancelled.v1"]
    assert json.loads(redacted(b'["Ann"]', contract)) == [UNKNOWN]
    strange = b'{"type": "orders.cancelled.v1", "cancelled_by": ["Ann"]}'
    assert json.loads(redacted(strange, contract))["cancelled_by"] == [UNKNOWN]


def _together(was: object, now: object, path: str = ""):
    if isinstance(was, dict):
        assert isinstance(now, dict)
        assert was.keys() == now.keys()
        for name in was:
            yield from _together(was[name], now[name], f"{path}.{name}" if path else name)
    elif isinstance(was, list):
        assert isinstance(now, list)
        for one, other in zip(was, now, strict=True):
            yield from _together(one, other, f"{path}[]")
    else:
        yield path, was, now
