"""Return: the retailer's 180, our RMA in a 180, the goods, and the credit in an 812."""

from __future__ import annotations

from decimal import Decimal

from ..reckoning import Check
from ..world import World
from .partner import Partner
from .retailer import PO


def _request(reference: str, quantity: int) -> str:
    return f"""
        BGN*00*{reference}*20261128
        PRF*{PO}
        BLI*UP*00614141000067*{quantity}*EA
        N9*LI*1
        RDR**DM**bent in transit
    """


async def play(world: World) -> list[Check]:
    """Three bearings come back; a request for more than ever shipped is refused."""
    partner = Partner(world, "MERIDIAN")
    partner.send("180", "AN", _request("RGA-1", 3))
    partner.send("180", "AN", _request("RGA-2", 300))
    rma = await partner.gets("an RMA (180)", "180", lambda d: d.first("BGN", 6) == "RGA-1")
    no = await partner.gets("a refusal (180)", "180", lambda d: d.first("BGN", 6) == "RGA-2")
    return_id = rma.first("N9", 2, "RZ")
    judged = [{"line_no": 1, "quantity": "3", "disposition": "restock", "credit": True}]
    await world.post("warehouse", f"/returns/{return_id}/receive", {"warehouse_id": "EAST"})
    await world.post("warehouse", f"/returns/{return_id}/inspect", {"lines": judged})
    credit = await partner.gets("a credit (812)", "812")
    amount = Decimal(credit.first("BCD", 4)) / 100
    await partner.settled()
    [memo] = (await world.get("returns", f"/returns/{return_id}"))["credit_memo_ids"]
    booked = await world.get("invoicing", f"/credit-memos/{memo}")
    return [
        Check("180: authorized with an RMA", rma.first("BGN", 8) == "AP", return_id),
        Check(
            "more than shipped is refused, with the reason",
            no.first("BGN", 8) == "U" and "shipped" in no.first("NTE", 2),
            no.first("NTE", 2)[:18],
        ),
        Check(
            "812: credited to the cent what came back",
            amount == Decimal(str(booked["total"]["amount"])) > 0,
            f"{amount}",
        ),
    ]
