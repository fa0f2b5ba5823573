"""Carrier: a quote; 204 out, 990, 214 and 210 in; a bill as quoted, and one that goes beyond."""

from __future__ import annotations

from typing import Any

from ..reckoning import Check
from ..world import World
from .partner import Document, Partner
from .third_party import asked, left, place

# The shipment that the carrier's samples speak of.
SAMPLE = "SHP-100004-1"
QUOTE = {
    "carrier": "RDWY",
    "quoted": [
        {"kind": "linehaul", "code": "400", "amount": {"amount": "200.00", "currency": "USD"}},
        {"kind": "fuel", "code": "FUE", "amount": {"amount": "40.00", "currency": "USD"}},
    ],
    "pickup_at": "2026-11-27T14:00:00Z",
}


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
    reno = Partner(world, "RENO-3PL")
    roadway = Partner(world, "ROADWAY")
    tender, shipment_id = await _load(world, reno, roadway, 20, "3")
    roadway.send_sample("990", {SAMPLE: shipment_id})
    for _ in range(2):
        roadway.send_sample("214", {SAMPLE: shipment_id})
    delivered = await _in_state(world, shipment_id, "delivered")
    for _ in range(2):
        roadway.send("210", "IM", bill("FB-3", shipment_id, 20350))
    _, other = await _load(world, reno, roadway, 10, "4")
    roadway.send_sample("990", {SAMPLE: other, "PRO-3": "PRO-4"})
    roadway.send("210", "IM", bill("FB-4", other, 20000, lift_gate=4500))
    await roadway.settled()
    counts = await world.event_counts()
    raised = await world.raised()
    doubts = [told["text"] for told in raised if told["code"].startswith("freight_")]
    return [
        Check(
            "204: the load at its quote, from dock to door",
            (tender.first("L3", 5), [row[1] for row in tender.all("N1")])
            == ("24000", ["SH", "CN"]),
            tender.first("L3", 5),
        ),
        Check(
            "990: the carrier takes both loads",
            counts["partners.tender_answered"] == 2,
            f"{counts['partners.tender_answered']} answers",
        ),
        Check(
            "214: three milestones and the delivery, told twice, counted once",
            [m["code"] for m in delivered["milestones"]] == ["AF", "X6", "D1"],
            ", ".join(m["code"] for m in delivered["milestones"]),
        ),
        Check(
            "210: within the tolerance it is charged, once",
            counts["shipments.freight_charged"] == 1,
            f"{counts['shipments.freight_charged']} charged",
        ),
        Check(
            "the lift gate nobody quoted is finance's business",
            len(doubts) == 1 and "LFT" in doubts[0],
            "; ".join(doubts),
        ),
    ]


async def _load(
    world: World, reno: Partner, roadway: Partner, quantity: int, number: str
) -> tuple[Document, str]:
    """An order, its shipment given to the carrier, and what left for it."""
    order_id = await place(world, quantity, f"edi-load-{number}")
    order = await asked(reno, order_id, 1)
    shipment_id = order.first("W05", 2)
    await world.put("shipment_tracking", f"/shipments/{shipment_id}/carrier", QUOTE)
    tender = await roadway.gets(
        "a load tender (204)", "204", lambda document: document.first("B2", 4) == shipment_id
    )
    reno.send("945", "SW", left(order, quantity, number))
    await _in_state(world, shipment_id, "shipped")
    return tender, shipment_id


async def _in_state(world: World, shipment_id: str, state: str) -> dict[str, Any]:
    async def look() -> dict[str, Any] | None:
        found: dict[str, Any] = await world.get("shipment_tracking", f"/shipments/{shipment_id}")
        return found if found["state"] == state else None

    found: dict[str, Any] = await world.until(f"{shipment_id} {state}", look)
    return found
