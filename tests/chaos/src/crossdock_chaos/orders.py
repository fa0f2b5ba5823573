"""The orders of a run: every path of the demo, as many as asked for, the same for one seed."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from crossdock_demo.orders import BACKORDERED, PARTIAL, RETURNED, SPREAD
from crossdock_demo.scenario import DATA

MASTER = DATA / "master"
API_CUSTOMERS = ("CUST-PIEDMONT", "CUST-BRANT", "CUST-SENDER", "CUST-SHIPPING-GROUP")
PARTNERS = {"SENDER": "CUST-SENDER", "DERICL": "CUST-DERICL"}
PACKED, PACK = "CUT-DRL-HSS-14", 12
# How many of a hundred orders take which path; the rest is ordinary.
MIX = {
    "edi": 12,
    "returned": 6,
    "paid": 8,
    "partial": 4,
    "backorder": 3,
    "spread": 3,
    "packs": 3,
    "credit_hold": 2,
    "unknown_item": 2,
    "on_hold": 1,
}
ENDS = {"unknown_item": "rejected", "on_hold": "held"}
# The stock of each warehouse, as parts of what all orders need: no one of them has enough.
SHARES = {"EAST": Decimal("0.45"), "MID": Decimal("0.45"), "WEST": Decimal("0.4")}


class Line(msgspec.Struct, frozen=True):
    """An item and how much of it, in the stock unit where no unit is given."""

    sku: str
    quantity: int
    uom: str = ""


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """An order to place; `key` is unique, and the customer's purchase order number too."""

    key: str
    case: str
    customer_id: str
    lines: tuple[Line, ...]
    partner_id: str = ""
    twice: bool = False

    @property
    def end(self) -> str:
        """The state this order has to reach."""
        return ENDS.get(self.case, "completed")

    @property
    def body(self) -> dict[str, Any]:
        """What is posted."""
        lines = [
            {"item": x.sku, "quantity": str(x.quantity), **({"uom": x.uom} if x.uom else {})}
            for x in self.lines
        ]
        return {"customer_id": self.customer_id, "customer_po": self.key, "lines": lines}


def make_orders(seed: int, count: int) -> list[Order]:
    """`count` orders; each path of the demo is among the first dozen, then they come mixed."""
    dice = random.Random(f"orders {seed}")
    contracts = _contracts()
    cases = [*MIX, *dice.choices([*MIX, "ordinary"], [*MIX.values(), 56], k=count)]
    return [_order(dice, contracts, number, case) for number, case in enumerate(cases[:count])]


def _order(dice: random.Random, contracts: dict[str, list[str]], number: int, case: str) -> Order:
    partner = dice.choice(sorted(PARTNERS)) if case == "edi" else ""
    customer = PARTNERS.get(partner) or _customer(dice, case)
    offered = [sku for sku in contracts[customer] if not partner or sku in _by_the_piece()]
    chosen = dice.sample(offered, dice.randint(1, 4))
    lines = [Line(sku, dice.randint(1, 12)) for sku in chosen]
    return Order(
        key=f"CHAOS-{number:05}",
        case=case,
        customer_id=customer,
        partner_id=partner,
        lines=tuple(_special(dice, case, lines)),
        twice=dice.random() < 0.05,
    )


def _customer(dice: random.Random, case: str) -> str:
    named = {"credit_hold": "CUST-NORTHSHORE", "on_hold": "CUST-HOLLIS", "packs": "CUST-BRANT"}
    return named.get(case) or (
        dice.choice(API_CUSTOMERS) if case == "ordinary" else "CUST-PIEDMONT"
    )


def _special(dice: random.Random, case: str, lines: list[Line]) -> list[Line]:
    match case:
        case "backorder":
            return [Line(BACKORDERED, dice.randint(1, 4)), *lines[:1]]
        case "spread":
            return [Line(SPREAD, dice.randint(10, 30))]
        case "partial":
            return [Line(PARTIAL, 12), *lines[:1]]
        case "returned":
            return [Line(RETURNED, 6), *lines[:1]]
        case "packs":
            return [Line(PACKED, dice.randint(1, 3), "PK")]
        case "credit_hold":
            return [Line("ELC-LED-HB150", 20)]
        case "unknown_item":
            return [Line("NO-SUCH-ITEM", 1), *lines]
    return lines


def _contracts() -> dict[str, list[str]]:
    """What each customer has a contract price for, the special items left out."""
    found: dict[str, list[str]] = {}
    for price in json.loads((MASTER / "prices.json").read_text()):
        if price["sku"] not in {BACKORDERED, SPREAD, PARTIAL, RETURNED}:
            found.setdefault(price["customer_id"], []).append(price["sku"])
    return found


@cache
def _by_the_piece() -> set[str]:
    """What partners order: their 850s say EA."""
    items = json.loads((MASTER / "items.json").read_text())
    return {item["sku"] for item in items if item["stock_uom"] == "EA"}


def prices() -> dict[tuple[str, str], str]:
    """The contract price by customer and SKU."""
    rows = json.loads((MASTER / "prices.json").read_text())
    return {(row["customer_id"], row["sku"]): row["unit_price"] for row in rows}


def demand(orders: Sequence[Order]) -> Counter[str]:
    """How much of each SKU all orders need, in stock units."""
    need: Counter[str] = Counter()
    for order in orders:
        for line in order.lines:
            need[line.sku] += line.quantity * (PACK if line.uom == "PK" else 1)
    return need


def opening(orders: Sequence[Order]) -> list[dict[str, Any]]:
    """The receipts of the opening stock: enough over all warehouses, in none of them alone."""
    need = demand(orders)
    return [
        _receipt(item, warehouse, int(need[item["sku"]] * share) + 5, "opening", "OPEN")
        for item in json.loads((MASTER / "items.json").read_text())
        for warehouse, share in SHARES.items()
        if item["sku"] != BACKORDERED
    ]


def late_receipts(orders: Sequence[Order], parts: int = 4) -> list[dict[str, Any]]:
    """What backorders wait for, in several deliveries."""
    item = {"sku": BACKORDERED, "stock_uom": "EA"}
    quantity = demand(orders)[BACKORDERED] // parts + 2
    return [_receipt(item, "MID", quantity, "purchase", f"PO-{n}") for n in range(parts)]


def _receipt(
    item: dict[str, Any], warehouse: str, quantity: int, source: str, name: str
) -> dict[str, Any]:
    return {
        "receipt_id": f"{name}-{warehouse}-{item['sku']}",
        "warehouse_id": warehouse,
        "sku": item["sku"],
        "quantity": str(quantity),
        "uom": item["stock_uom"],
        "source": source,
        "reference": name,
    }


def write_master_data(folder: Path) -> Path:
    """The demo's master data, with credit enough for a whole run."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in MASTER.glob("*.json"):
        records = json.loads(path.read_text())
        if path.name == "credit.json":
            for record in records:
                if record["customer_id"] != "CUST-NORTHSHORE":
                    record["limit"] = "900000000.00"
        (folder / path.name).write_text(json.dumps(records))
    return folder
