"""The sixty orders of the demo, the same every time: one seed, and the special cases among them."""

from __future__ import annotations

import random
from typing import Any, NamedTuple

COUNT = 60
SEED = 20260109

# The special cases. Stock is laid out for them in `stock.py`.
BACKORDERED = "ELC-MTR-2HP-T"  # in no warehouse until a receipt comes
SPREAD = "PWR-CHAIN-50-10"  # in no warehouse enough, in two together
PARTIAL = "HYD-FLT-10M"  # the warehouse ships half now and the rest later
RETURNED = "PNU-CYL-32-100"
SPECIAL = {BACKORDERED, SPREAD, PARTIAL, RETURNED}

ORDINARY_CUSTOMERS = ("CUST-PIEDMONT", "CUST-BRANT", "CUST-SENDER", "CUST-SHIPPING-GROUP")


class Order(NamedTuple):
    """One order to place: its idempotency key and its body; `case` names what is special."""

    key: str
    body: dict[str, Any]
    case: str = "ordinary"


def special_orders() -> list[Order]:
    """One order for each case that the demo shows."""
    return [
        _order("backorder", "CUST-PIEDMONT", [(BACKORDERED, 4), ("BRG-6204-2RS", 10)]),
        _order("two_warehouses", "CUST-PIEDMONT", [(SPREAD, 30)]),
        _order("partial", "CUST-PIEDMONT", [(PARTIAL, 12), ("SAF-HAT-WHT", 6)]),
        _order("credit_hold", "CUST-NORTHSHORE", [("ELC-LED-HB150", 20)]),
        _order("customer_on_hold", "CUST-HOLLIS", [("SAF-GLV-NIT-L", 5)]),
        _order("unknown_item", "CUST-PIEDMONT", [("NO-SUCH-ITEM", 1), ("SAF-GLS-CLR", 2)]),
        _order("returned", "CUST-PIEDMONT", [(RETURNED, 6), ("ADH-THR-BLU-50", 12)]),
        _order("paid", "CUST-PIEDMONT", [("CUT-EM-12-4F", 8)]),
        _order("cases_of_twelve", "CUST-BRANT", [("CUT-DRL-HSS-14", 3, "PK")]),
    ]


def ordinary_orders(prices: list[dict[str, Any]], count: int) -> list[Order]:
    """Orders of one to five lines over what the customer has a contract price for."""
    dice = random.Random(SEED)  # noqa: S311 - the same orders every time, on purpose
    found = []
    for number in range(count):
        customer = dice.choice(ORDINARY_CUSTOMERS)
        contract = {price["sku"] for price in prices if price["customer_id"] == customer}
        chosen = dice.sample(sorted(contract - SPECIAL), dice.randint(1, 5))
        lines = [(sku, dice.randint(1, 12)) for sku in chosen]
        found.append(_order("ordinary", customer, lines, f"demo-{number:03}"))
    return found


def _order(case: str, customer: str, lines: list[Any], key: str = "") -> Order:
    body = {
        "customer_id": customer,
        "customer_po": key or f"demo-{case}",
        "lines": [
            {"item": line[0], "quantity": str(line[1]), **({"uom": line[2]} if line[2:] else {})}
            for line in lines
        ],
    }
    return Order(key or f"demo-{case}", body, case)
