"""The history that the tests start from: one of everything that the flow knows."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from hands import Hands

from crossdock_demo.orders import BACKORDERED, PARTIAL, RETURNED
from crossdock_demo.scenario import DATA, FILES, partner_file
from crossdock_demo.stock import opening_receipts

PARTNER = "SHIPPING-GROUP"
FILE = next(name for name, partner in FILES.items() if partner == PARTNER)
CUSTOMER = "CUST-PIEDMONT"


class Story(NamedTuple):
    """The orders, by what is special about them, and what became of some."""

    plain: str
    partner: str
    partial: str
    backordered: str
    returned: str
    return_id: str
    paid_invoice: str
    payment_id: str
    waited: dict[str, Any]


async def play(hands: Hands) -> Story:
    """Load master data and stock, then let every kind of order run to its end."""
    await hands.post("erp_bridge", "/sync", {})
    await hands.quiet()
    items = json.loads((DATA / "master" / "items.json").read_text())
    receipts = {"receipts": opening_receipts(items)}
    await hands.post("inventory_sync", "/receipts/batch", receipts)
    await hands.post("warehouse", "/control", {"sku": PARTIAL, "partial": "0.5"})
    hands.drop(PARTNER, FILE, partner_file(FILE))
    plain = await hands.order(("BRG-6204-2RS", 10), ("SAF-GLS-CLR", 3), customer=CUSTOMER)
    partial = await hands.order((PARTIAL, 12), customer=CUSTOMER)
    backordered = await hands.order((BACKORDERED, 4), ("BRG-6206-2RS", 2), customer=CUSTOMER)
    returned = await hands.order((RETURNED, 6), customer=CUSTOMER)
    await hands.completed(plain, partial, returned)
    await hands.quiet()
    waited = await hands.get("order_intake", f"/orders/{backordered}")
    await hands.post("warehouse", "/receipts", receipt("LATE-1", BACKORDERED, 10))
    return_id = await _send_back(hands, returned)
    invoice_id, payment_id = await _pay(hands, plain)
    partner = await hands.until("an order for the 850", lambda: _partners_order(hands))
    await hands.completed(backordered, partner)
    await hands.quiet()
    return Story(
        plain=plain,
        partner=partner,
        partial=partial,
        backordered=backordered,
        returned=returned,
        return_id=return_id,
        paid_invoice=invoice_id,
        payment_id=payment_id,
        waited=waited,
    )


def receipt(receipt_id: str, sku: str, quantity: int) -> dict[str, Any]:
    """Goods that come in."""
    return {
        "receipt_id": receipt_id,
        "warehouse_id": "MID",
        "sku": sku,
        "quantity": str(quantity),
        "uom": "EA",
    }


async def _partners_order(hands: Hands) -> str:
    documents = await hands.get("partner_edi", "/documents", set="850")
    return str((documents and documents[0]["order_id"]) or "")


async def _send_back(hands: Hands, order_id: str) -> str:
    line = {"line_no": 1, "quantity": "2", "reason_code": "damaged", "reason_text": "bent rods"}
    body = {"order_id": order_id, "by": "service desk", "lines": [line]}
    rma = await hands.post("returns", "/returns", body, key="return-1")
    return_id = str(rma["return_id"])
    judged = [
        {"line_no": 1, "quantity": "1", "disposition": way, "credit": True}
        for way in ("restock", "scrap")
    ]
    await hands.post("warehouse", f"/returns/{return_id}/receive", {"warehouse_id": "EAST"})
    await hands.post("warehouse", f"/returns/{return_id}/inspect", {"lines": judged})
    return return_id


async def _pay(hands: Hands, order_id: str) -> tuple[str, str]:
    found = await hands.get("invoicing", "/invoices", order_id=order_id)
    [invoice] = found["invoices"]
    invoice_id, total = str(invoice["invoice_id"]), invoice["total"]
    body = {
        "customer_id": invoice["invoice"]["customer_id"],
        **total,
        "remittances": [{"invoice_id": invoice_id, "amount": total["amount"]}],
        "reference": "wire 17",
    }
    first = await hands.post("invoicing", "/payments", body, key="payment-1")
    again = await hands.post("invoicing", "/payments", body, key="payment-1")
    assert first == again, "the same payment again is the same answer"
    return invoice_id, str(first["payment_id"])
