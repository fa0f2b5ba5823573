"""What a service reads is found in its types, in whichever way it is taken."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from crossdock import reads
from crossdock_contracts import catalogue
from crossdock_contracts.freeze import ROOT

sys.path.insert(0, str(Path(__file__).parent))

EXPECTED = {
    # Address.country, a name in a string, a part behind a type variable, the key of the event.
    "orders.accepted.v2": {
        "customer_po", "external_ids", "external_ids[].id", "lines", "lines[].quantity",
        "lines[].quantity.uom", "lines[].quantity.value", "lines[].sku", "order_id", "ship_to",
        "ship_to.country",
    },
    "inventory.reserved.v1": {"allocations", "allocations[].sku"},
    "inventory.backordered.v1": {"backordered_at", "lines", "lines[].quantity",
                                 "lines[].quantity.uom", "lines[].quantity.value", "lines[].sku"},
    "orders.cancelled.v1": {"cancelled_by"},
    "shipments.failed.v1": {"warehouse_id"},
    "shipments.shipped.v2": {"lines", "lines[].quantity", "lines[].quantity.uom",
                             "lines[].quantity.value", "lines[].sku"},
}  # fmt: skip


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    """What the sample service reads."""
    from reader.app import service

    return reads.consumers([service])["reader"]


@pytest.mark.parametrize("literal", EXPECTED)
def test_each_way_to_take_a_field_is_seen(found: dict[str, Any], literal: str) -> None:
    """And nothing is made up; a part is read alike in every event that the service reads it of."""
    assert set(found["reads"][literal]) == EXPECTED[literal]


def test_handlers_are_named(found: dict[str, Any]) -> None:
    """By the function that a person looks for."""
    assert found["handlers"]["orders.accepted.v2"] == "accept"
    assert found["reads"].keys() == EXPECTED.keys() == found["handlers"].keys()


def test_whoever_hears_everything_is_a_consumer_of_everything() -> None:
    """It records events whole, and opens cases from one: that one it reads."""
    tower = json.loads((ROOT / "consumers/control_tower.json").read_text())
    assert tower["reads"].keys() == catalogue().keys()
    assert "team" in tower["reads"]["exceptions.raised.v1"]
