"""The stock that the demo opens with."""

from __future__ import annotations

from typing import Any

from .orders import BACKORDERED, SPREAD

WAREHOUSES = ("EAST", "MID", "WEST")
PLENTY = 2000
SPREAD_STOCK = {"EAST": 18, "MID": 14, "WEST": 0}


def counted(items: list[dict[str, Any]], quantity: int = PLENTY) -> list[dict[str, Any]]:
    """One receipt per item in the first warehouse."""
    return [_receipt(item, WAREHOUSES[0], quantity) for item in items]


def opening_receipts(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One counted receipt per item and warehouse, where there is anything to count."""
    return [
        _receipt(item, warehouse, quantity)
        for item in items
        for warehouse in WAREHOUSES
        if (quantity := _quantity(item["sku"], warehouse))
    ]


def _receipt(item: dict[str, Any], warehouse: str, quantity: int) -> dict[str, Any]:
    return {
        "receipt_id": f"OPEN-{warehouse}-{item['sku']}",
        "warehouse_id": warehouse,
        "sku": item["sku"],
        "quantity": str(quantity),
        "uom": item["stock_uom"],
        "source": "opening",
        "reference": "opening balance",
    }


def _quantity(sku: str, warehouse: str) -> int:
    if sku == BACKORDERED:
        return 0
    if sku == SPREAD:
        return SPREAD_STOCK[warehouse]
    return PLENTY
