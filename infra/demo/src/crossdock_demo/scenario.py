"""What happens in the demo, act by act, and what is noted for the reckoning at the end."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from crossdock_local.environment import default_profiles

from . import orders as cases
from .orders import COUNT, Order, ordinary_orders, special_orders
from .stock import opening_receipts
from .world import World

DATA = Path(__file__).parents[2] / "data"
FILES = {
    "032_850_stupidedi_1.edi": "SENDER",
    "033_850_stupidedi_taxexempt-po.edi": "ABC-AEROSPACE",
    "068_810_850_staedi_invoice810-po850-dual.edi": "SHIPPING-GROUP",
}
BROKEN_FILE, BROKEN_PARTNER = "031_850_vscode-edi-support_diagnosctics.edi", "DERICL"
STRANGER_FILE = "020_850_EDI.Net_x12.850a.edi"
TRACED_PARTNER = "SHIPPING-GROUP"
AT_ONCE = 8
Tell = Callable[[str], None]


class Notes:
    """What the acts found out: order ids by case, and single answers."""

    def __init__(self) -> None:
        self.by_case: dict[str, str] = {}
        self.answers: dict[str, Any] = {}
        self.placed: list[str] = []


async def play(world: World, tell: Tell) -> Notes:
    """Play all acts in order."""
    notes = Notes()
    for text, act in (
        ("master data: the ERP's customers, items, prices and credit limits", master_data),
        ("opening stock: counted in three warehouses", opening_stock),
        ("purchase orders from partners: real 850 files into their folders", partner_files),
        (f"{COUNT} orders over the API", api_orders),
        ("a credit hold is released", release_hold),
        ("waiting for goods to leave", first_shipments),
        ("the missing goods arrive", late_receipt),
        ("everything ships and is billed", all_completed),
        ("goods come back and are credited", goods_return),
        ("a customer pays", payment),
        ("the mesh comes to rest", at_rest),
    ):
        tell(text)
        await act(world, notes)
    return notes


async def master_data(world: World, notes: Notes) -> None:
    """erp_bridge reads the ERP by itself; wait until every service has its copy."""
    await world.post("erp_bridge", "/sync", {})
    await world.quiet()
    counts = await world.event_counts()
    notes.answers["catalog"] = {k: v for k, v in counts.items() if k.startswith("catalog.")}


async def opening_stock(world: World, notes: Notes) -> None:
    """The warehouse counts what it has and says so."""
    items = json.loads((DATA / "master" / "items.json").read_text())
    receipts = opening_receipts(items)
    await _several([world.post("warehouse", "/receipts", receipt) for receipt in receipts])


async def partner_files(world: World, notes: Notes) -> None:
    """Good files, the same file twice, a stranger's, a broken one, and no EDI at all."""
    for name, partner in FILES.items():
        world.drop(partner, name, partner_file(name))
    first, partner = next(iter(FILES.items()))
    world.drop(partner, f"again-{first}", partner_file(first))
    world.drop(partner, STRANGER_FILE, partner_file(STRANGER_FILE))
    world.drop(BROKEN_PARTNER, BROKEN_FILE, partner_file(BROKEN_FILE))
    world.drop(BROKEN_PARTNER, "unreadable.edi", secrets.token_bytes(2000))

    async def taken() -> bool:
        return not list(world.edi.glob("*/inbox/*"))

    await world.until("empty inbox folders", taken)

    async def ordered() -> Any:
        found = await world.get("partner_edi", "/documents", set="850")
        partners = {row["partner_id"]: row["order_id"] for row in found if row["order_id"]}
        return partners if partners.keys() >= set(FILES.values()) else None

    notes.answers["partner_orders"] = await world.until("an order for each 850", ordered)


async def api_orders(world: World, notes: Notes) -> None:
    """Special cases and ordinary orders; one of them is sent twice under the same key."""
    await world.post("warehouse", "/control", {"sku": cases.PARTIAL, "partial": "0.5"})
    special = special_orders()
    prices = json.loads((DATA / "master" / "prices.json").read_text())
    wanted = special + ordinary_orders(prices, COUNT - len(special))
    await _several([_place(world, notes, order) for order in wanted])
    again = await _post_order(world, wanted[-1])
    notes.answers["replayed"] = again.headers.get("Idempotency-Replayed") == "true"
    notes.answers["replayed_same"] = again.json()["order_id"] in notes.placed


async def _place(world: World, notes: Notes, order: Order) -> None:
    answer = (await _post_order(world, order)).json()
    notes.placed.append(answer["order_id"])
    notes.answers.setdefault("statuses", {})[answer["order_id"]] = answer["status"]
    if order.case != "ordinary":
        notes.by_case[order.case] = answer["order_id"]


async def _post_order(world: World, order: Order) -> httpx.Response:
    """What the answer says of itself counts as well; a rejected order is no failure."""
    return await world.request(
        "order_intake", "POST", "/orders", json=order.body, headers={"Idempotency-Key": order.key}
    )


async def release_hold(world: World, notes: Notes) -> None:
    """Finance looks at the order over the credit limit and lets it go."""
    order_id = notes.by_case["credit_hold"]
    body = {"by": "credit desk", "note": "prepayment promised"}
    await world.post("order_intake", f"/orders/{order_id}/release", body)


async def first_shipments(world: World, notes: Notes) -> None:
    """All but the backorder and the one on hold are completed."""
    await _completed(world, leave=2 + _rejected(notes))


async def late_receipt(world: World, notes: Notes) -> None:
    """The motors that an order waits for come in."""
    receipt = {
        "receipt_id": "PO-7781-1",
        "warehouse_id": "MID",
        "sku": cases.BACKORDERED,
        "quantity": "10",
        "uom": "EA",
        "source": "purchase",
        "reference": "PO-7781",
    }
    order = await world.get("order_intake", f"/orders/{notes.by_case['backorder']}")
    notes.answers["was_backordered"] = any(float(x["backordered"]) > 0 for x in order["lines"])
    await world.post("warehouse", "/receipts", receipt)


async def all_completed(world: World, notes: Notes) -> None:
    """Only the order of the customer on hold still waits."""
    await _completed(world, leave=1 + _rejected(notes))


async def goods_return(world: World, notes: Notes) -> None:
    """Two of six cylinders come back: one goes to stock, one to scrap, both are credited."""
    order_id = notes.by_case["returned"]
    line = {"line_no": 1, "quantity": "2", "reason_code": "damaged", "reason_text": "bent rods"}
    body = {"order_id": order_id, "by": "service desk", "lines": [line]}
    rma = await world.post("returns", "/returns", body, key="demo-return")
    return_id = rma["return_id"]
    inspected = [
        {"line_no": 1, "quantity": "1", "disposition": "restock", "credit": True},
        {"line_no": 1, "quantity": "1", "disposition": "scrap", "credit": True},
    ]
    await world.post("warehouse", f"/returns/{return_id}/receive", {"warehouse_id": "EAST"})
    await world.post("warehouse", f"/returns/{return_id}/inspect", {"lines": inspected})

    async def closed() -> bool:
        found = await world.get("returns", f"/returns/{return_id}")
        return bool(found["state"] == "closed")

    await world.until(f"{return_id} closed", closed)
    notes.answers["return_id"] = return_id


async def payment(world: World, notes: Notes) -> None:
    """One invoice is paid in full, and the same payment is reported twice."""
    order_id = notes.by_case["paid"]
    [invoice] = (await world.get("invoicing", "/invoices", order_id=order_id))["invoices"]
    body = {
        "customer_id": invoice["invoice"]["customer_id"],
        "amount": invoice["total"]["amount"],
        "currency": invoice["total"]["currency"],
        "remittances": [
            {"invoice_id": invoice["invoice_id"], "amount": invoice["total"]["amount"]}
        ],
        "reference": "wire 20260109-17",
    }
    for _ in range(2):
        await world.post("invoicing", "/payments", body, key="demo-payment")
    notes.answers["paid_invoice"] = invoice["invoice_id"]


async def at_rest(world: World, notes: Notes) -> None:
    """Every event was heard by everybody, and the papers for the partners are written."""
    await world.quiet()


async def _completed(world: World, *, leave: int) -> None:
    async def few_left() -> bool:
        found = await world.get("order_intake", "/orders", limit=200)
        left = [row for row in found["orders"] if row["status"] != "completed"]
        return len(left) <= leave

    await world.until(f"all but {leave} orders completed", few_left)


def _rejected(notes: Notes) -> int:
    return sum(status == "rejected" for status in notes.answers["statuses"].values())


def partner_file(name: str) -> bytes:
    """A file of a partner, which is among its samples, or one that is no good."""
    good = FILES.get(name)
    folder = default_profiles() / "samples" / good if good else DATA / "edi"
    return (folder / name).read_bytes()


async def _several(work: list[Any]) -> None:
    """Run many requests, a few at a time."""
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(request: Any) -> None:
        async with slots:
            await request

    await asyncio.gather(*(one(request) for request in work))
