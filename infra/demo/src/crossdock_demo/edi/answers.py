"""Acknowledgements: every partner answers all it got, and we know of each document that it came."""

from __future__ import annotations

import asyncio

from ..reckoning import Check
from ..world import World
from .partner import ANSWERS, PARTNERS, Partner


async def play(world: World) -> list[Check]:
    """A 997 or CONTRL for each document of all the trips."""
    partners = [Partner(world, name) for name in PARTNERS]
    for partner in partners:
        partner.acknowledge()
    await asyncio.gather(*(partner.settled() for partner in partners))
    sent = await world.get("partner_edi", "/documents", direction="out", limit=1000)
    states = {d["document_id"]: d["state"] for d in sent if d["set_code"] not in ANSWERS}
    waiting = [name for name, state in states.items() if state != "acknowledged"]
    return [
        Check(
            "every document we sent was acknowledged",
            bool(states) and not waiting,
            ", ".join(waiting) or f"{len(states)}",
        )
    ]
