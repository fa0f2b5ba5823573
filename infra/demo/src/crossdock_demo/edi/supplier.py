"""Supplier: the ERP's purchase order as 850; 855 and 856 back; 943 to the 3PL, 944 from it."""

from __future__ import annotations

from decimal import Decimal

from ..reckoning import Check
from ..world import World
from .partner import Partner

ABOUT_PURCHASES = ("asn_", "purchase_", "receipt_")
PO, ITEM, WAREHOUSE = "PO-9100", "GSK-EPDM-DN50", "RENO3"
PURCHASE = {
    "vendor_id": "VEND-RUBBERCO",
    "warehouse_id": WAREHOUSE,
    "currency": "USD",
    "ordered_on": "2026-11-20",
    "due_on": "2026-12-04",
    "status": "open",
    "lines": [
        {
            "line_no": 1,
            "sku": ITEM,
            "quantity": "500",
            "uom": "EA",
            "unit_price": "0.85",
            "vendor_item": "EPDM-DN50",
            "description": "Gasket EPDM DN50",
        }
    ],
}


async def play(world: World) -> list[Check]:
    """From the purchase order to the goods on the 3PL's shelf, ten of them damaged."""
    await world.put("erp", f"/purchase-orders/{PO}", PURCHASE)
    supplier = Partner(world, "RUBBERCO")
    reno = Partner(world, "RENO-3PL")
    order = await supplier.gets("a purchase order (850)", "850")
    supplier.send_sample("855")
    supplier.send_sample("856")
    supplier.send_sample("856", {"RC-771200": "RC-771300", PO: "PO-0815"})
    expected = await reno.gets("an advice of stock (943)", "943")
    for _ in range(2):
        reno.send_sample("944")
    await supplier.settled()
    await reno.settled()
    stock = await world.get("inventory_sync", f"/stock/{ITEM}")
    raised = [told["code"] for told in await world.raised()]
    codes = sorted(code for code in raised if code.startswith(ABOUT_PURCHASES))
    counts = await world.event_counts()
    [line] = order.all("PO1")
    names = dict(zip(line[6::2], line[7::2], strict=True))
    return [
        Check(
            "850: the ERP's order, under the supplier's number and ours",
            (order.first("BEG", 3), line[2], names) == (PO, "500", {"VN": "EPDM-DN50", "BP": ITEM}),
            " ".join(line),
        ),
        Check(
            "855: the supplier brings it as ordered, and nobody needs to look",
            counts["partners.response_received"] == 1 and "purchase_order_answered" not in codes,
            f"{counts['partners.response_received']} heard",
        ),
        Check(
            "856: the 3PL expects it under our SKU (943)",
            (expected.first("W06", 2), expected.first("W04", 5)) == (PO, ITEM),
            f"{expected.first('W04', 1)} {expected.first('W04', 5)}",
        ),
        Check(
            "944: the good ones are stock, and once",
            Decimal(stock["on_hand"]) == 490,
            stock["on_hand"],
        ),
        Check(
            "people hear of the short receipt and of the advice without an order, and no more",
            codes == ["asn_unmatched", "receipt_short"],
            ", ".join(codes),
        ),
    ]
