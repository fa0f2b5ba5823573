"""Carrier: a quote; 204 out, 990, 214 and 210 in; a bill as quoted, and one that goes beyond."""

from __future__ import annotations

from typing import Any

from ..reckoning import Check
from ..world import World
from .partner import Document, Partner
from .supplier import codes_of
from .third_party import asked, left, place

QUOTE = {
    "carrier": "RDWY",
    "quoted": [
        {"kind": "linehaul", "code": "400", "amount": {"amount": "200.00", "currency": "USD"}},
        {"kind": "fuel", "code": "FUE", "amount": {"amount": "40.00", "currency": "USD"}},
    ],
    "pickup_at": "2026-11-27T14:00:00Z",
}


def status(shipment_id: str) -> str:
    """Picked up, on its way, delivered."""
    return f"""
        B10*PRO-3*{shipment_id}*RDWY
        LX*1
        AT7*AF*NS***20261127*1410*UT
        MS1*Reno*NV
        AT7*X6*NS***20261128*0900*UT
        AT7*D1*NS***20261129*1530*UT
        MS1*Flint*MI
    """


def bill(number: str, shipment_id: str, linehaul: int, lift_gate: int = 0) -> str:
    """A freight bill, in cents."""
    total = linehaul + 4000 + lift_gate
    more = f"\nLX*3\nL5*3*LIFT GATE\nL1*3***{lift_gate}****LFT" if lift_gate else ""
    return f"""
        B3**{number}*{shipment_id}*PP**20261130*{total}****RDWY
        C3*USD
        LX*1
        L5*1*FREIGHT
        L1*1***{linehaul}****400
        LX*2
        L5*2*FUEL SURCHARGE
        L1*2***4000****FUE{more}
        L3*****{total}
    """


async def play(world: World) -> list[Check]:
    """Two loads with one carrier."""
    reno = Partner(world, "RENO-3PL", "ZZ", "RENO3PL")
    roadway = Partner(world, "ROADWAY", "02", "RDWY")
    tender, shipment_id = await _load(world, reno, roadway, 20, "3")
    roadway.send("990", "GF", f"B1*RDWY*{shipment_id}**A\nN9*CN*PRO-3")
    for _ in range(2):
        roadway.send("214", "QM", status(shipment_id))
    delivered = await _delivered(world, shipment_id)
    for _ in range(2):
        roadway.send("210", "IM", bill("FB-3", shipment_id, 20350))
    _, other = await _load(world, reno, roadway, 10, "4")
    roadway.send("990", "GF", f"B1*RDWY*{other}**A")
    roadway.send("210", "IM", bill("FB-4", other, 20000, lift_gate=4500))
    await codes_of(world, {"freight_differs"})
    await world.quiet()
    counts = await world.event_counts()
    cases = await world.get("control_tower", "/cases", limit=500)
    [text] = [c["exception"]["text"] for c in cases if _code(c) == "freight_differs"]
    return [
        Check(
            "204: the load at its quote, from dock to door",
            (tender.first("L3", 5), [row[1] for row in tender.all("N1")])
            == ("24000", ["SH", "CN"]),
            tender.first("L3", 5),
        ),
        Check(
            "214: three milestones and the delivery, told twice, counted once",
            len(delivered["milestones"]) == 3 and counts["shipments.delivered"] >= 1,
            ", ".join(m["code"] for m in delivered["milestones"]),
        ),
        Check(
            "210: within the tolerance it is charged, once",
            counts["shipments.freight_charged"] == 1,
            f"{counts['shipments.freight_charged']} charged",
        ),
        Check("the lift gate nobody quoted is finance's business", "LFT" in text, text),
    ]


def _code(case: dict[str, Any]) -> str:
    return str(case["exception"]["code"]) if case["exception"] else ""


async def _load(
    world: World, reno: Partner, roadway: Partner, quantity: int, number: str
) -> tuple[Document, str]:
    """An order, its shipment given to the carrier, and what left for it."""
    order_id = await place(world, quantity, f"edi-load-{number}")
    order = await asked(reno, order_id, 1)
    shipment_id = order.first("W05", 2)
    where = f"/shipments/{shipment_id}/carrier"
    answer = await world.request("shipment_tracking", "PUT", where, json=QUOTE)
    answer.raise_for_status()
    tender = await roadway.gets(
        "a load tender (204)", "204", lambda document: document.first("B2", 4) == shipment_id
    )
    reno.send("945", "SW", left(order, quantity, number))
    return tender, shipment_id


async def _delivered(world: World, shipment_id: str) -> dict[str, Any]:
    async def look() -> dict[str, Any] | None:
        found: dict[str, Any] = await world.get("shipment_tracking", f"/shipments/{shipment_id}")
        return found if found["state"] == "delivered" else None

    found: dict[str, Any] = await world.until(f"{shipment_id} delivered", look)
    return found
