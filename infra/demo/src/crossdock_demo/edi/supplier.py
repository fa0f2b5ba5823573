"""Supplier: the ERP's purchase order as 850; 855 and 856 back; 943 to the 3PL, 944 from it."""

from __future__ import annotations

from decimal import Decimal

from ..reckoning import Check
from ..world import World
from .partner import Partner

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
RESPONSE = f"""
    BAK*00*AD*{PO}*20261120****RC-5501*20261121
    PO1*1*500*EA*.85**VN*EPDM-DN50
    ACK*IA*500*EA
    CTT*1
"""
RECEIPT = f"""
    W17*F*20261125*WR-9001*{PO}*RC-771200
    N1*WH*Reno 3PL*92*{WAREHOUSE}
    W07*490*EA**VN*{ITEM}
    W13*10*EA*01
    W14*490
"""


def advice(reference: str, po_number: str) -> str:
    """A ship notice of five hundred, in one carton."""
    return f"""
        BSN*00*{reference}*20261122*0815*0001
        HL*1**S*1
        TD1*CTN*1
        TD5*B*2*RDWY*M
        DTM*011*20261122
        DTM*017*20261125
        N1*SF*Rubber Company*92*RC
        HL*2*1*O*1
        PRF*{po_number}***20261120
        HL*3*2*P*1
        MAN*GM*106141411928374657
        HL*4*3*I*0
        LIN*1*VN*EPDM-DN50
        SN1*1*500*EA
        CTT*4
    """


async def play(world: World) -> list[Check]:
    """From the purchase order to the goods on the 3PL's shelf, ten of them damaged."""
    await world.request("erp", "PUT", f"/purchase-orders/{PO}", json=PURCHASE)
    supplier = Partner(world, "RUBBERCO", "ZZ", "RUBBERCO")
    reno = Partner(world, "RENO-3PL", "ZZ", "RENO3PL")
    order = await supplier.gets("a purchase order (850)", "850")
    supplier.send("855", "PR", RESPONSE)
    supplier.send("856", "SH", advice("RC-771200", PO))
    supplier.send("856", "SH", advice("RC-771300", "PO-0815"))
    expected = await reno.gets("an advice of stock (943)", "943")
    for _ in range(2):
        reno.send("944", "RE", RECEIPT)
    await supplier.settled()
    await reno.settled()
    stock = await world.get("inventory_sync", f"/stock/{ITEM}")
    codes = {told["code"] for told in await world.raised()}
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
            "people hear of the short receipt and of the advice without an order",
            {"receipt_short", "asn_unmatched"} <= codes,
            ", ".join(sorted(codes)),
        ),
    ]
