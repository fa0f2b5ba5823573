"""Master data for the mesh under load: many customers, ample credit, full shelves."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

from crossdock_local.programs import default_master_data

CUSTOMERS = 100
SEED = 20260109
SHELF = "100000000"


def write_master(folder: Path) -> None:
    """The demo's items and warehouses, with customers who all may buy all of them."""
    items = _demo("items")
    customers = [_customer(number) for number in range(CUSTOMERS)]
    prices = [_price(customer["id"], item) for customer in customers for item in items]
    credit = [
        {"customer_id": c["id"], "limit": "9000000.00", "currency": "USD", "on_hold": False}
        for c in customers
    ]
    lists = {
        "items": items,
        "warehouses": _demo("warehouses"),
        "customers": customers,
        "prices": prices,
        "credit": credit,
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, records in lists.items():
        (folder / f"{name}.json").write_text(json.dumps(records))


def receipts() -> list[dict[str, Any]]:
    """Opening stock that no run uses up."""
    return [
        {
            "receipt_id": f"OPEN-{warehouse['id']}-{item['sku']}",
            "warehouse_id": warehouse["id"],
            "sku": item["sku"],
            "quantity": SHELF,
            "uom": item["stock_uom"],
            "source": "opening",
            "reference": "opening balance",
        }
        for item in _demo("items")
        for warehouse in _demo("warehouses")
    ]


def order_bodies(count: int) -> list[dict[str, Any]]:
    """Orders of five lines, the same every time."""
    dice = random.Random(SEED)
    skus = [item["sku"] for item in _demo("items") if item["status"] == "active"]
    return [
        {
            "customer_id": _id(dice.randrange(CUSTOMERS)),
            "customer_po": f"bench-{number}",
            "lines": [
                {"item": sku, "quantity": str(dice.randint(1, 12))} for sku in dice.sample(skus, 5)
            ],
        }
        for number in range(count)
    ]


def _demo(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((default_master_data() / f"{name}.json").read_text())
    return found


def _id(number: int) -> str:
    return f"CUST-{number:04}"


def _customer(number: int) -> dict[str, Any]:
    pattern = next(c for c in _demo("customers") if c["id"] == "CUST-PIEDMONT")
    return {**pattern, "id": _id(number), "name": f"Customer {number}", "references": {}}


def _price(customer_id: str, item: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": f"{customer_id}:{item['sku']}",
        "customer_id": customer_id,
        "sku": item["sku"],
        "unit_price": item["list_price"]["amount"],
        "currency": item["list_price"]["currency"],
        "valid_from": "2024-01-01T00:00:00Z",
        "valid_until": None,
    }
