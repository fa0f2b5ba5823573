"""The plan of faults: which strikes when, where and for how long. The same seed, the same plan."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import msgspec

LEASE_SECONDS = 5.0
SPACING = 8.0
# Faults strike from the first to the second of these parts of the load's duration.
FIRST, LAST = 0.06, 0.94

SERVICES = (
    "order_intake",
    "inventory_sync",
    "shipment_tracking",
    "invoicing",
    "returns",
    "partner_edi",
    "erp_bridge",
    "control_tower",
)
# Those that both listen and speak: a frozen or cut one of them has a relay to come back with.
BUSY = SERVICES[:4]

KINDS: dict[str, str] = {
    "kill_service": "SIGKILL of a service",
    "kill_several": "SIGKILL of three services at once",
    "kill_nats": "SIGKILL of nats-server",
    "kill_postgres": "SIGKILL of PostgreSQL",
    "freeze": "SIGSTOP longer than a lease while another replica takes over, then SIGCONT",
    "nats_cut": "all broker connections cut",
    "nats_slow": "a service's broker connection slowed",
    "nats_half_open": "a service's broker connection half-open",
    "database_cut": "database connections cut in mid-transaction",
    "duplicates": "stored messages published again under another Nats-Msg-Id",
    "poison": "a burst of messages nobody can read, with good ones behind them",
    "disk_logs": "no room for the services' logs",
    "disk_broker": "no room in the broker's store",
    "erp_down": "the ERP is down",
    "erp_mute": "the ERP books, and its answers are lost",
    "warehouse_down": "the warehouse is down",
    "warehouse_twice": "the warehouse says everything twice",
    "rolling_restart": "every service restarted, one after the other",
}


class Strike(msgspec.Struct, frozen=True, kw_only=True):
    """One fault: when it strikes in seconds from the start of the load, whom, for how long."""

    at: float
    kind: str
    targets: tuple[str, ...] = ()
    lasts: float = 0.0
    count: int = 0


def make_plan(seed: int, duration: float, kinds: Sequence[str]) -> list[Strike]:
    """Every kind at least once, in random order, then again as the duration allows."""
    dice = random.Random(f"chaos {seed}")
    window = (LAST - FIRST) * duration
    wanted = max(len(kinds), int(window / SPACING)) if kinds else 0
    order: list[str] = []
    while len(order) < wanted:
        order += dice.sample(list(kinds), len(kinds))
    slot = window / wanted if wanted else 0.0
    return [
        _strike(dice, kind, round(FIRST * duration + slot * (n + 0.7 * dice.random()), 2))
        for n, kind in enumerate(order[:wanted])
    ]


def _strike(dice: random.Random, kind: str, at: float) -> Strike:
    more: dict[str, Any] = {}
    match kind:
        case "kill_service":
            more = {"targets": (dice.choice(SERVICES),)}
        case "kill_several":
            more = {"targets": tuple(sorted(dice.sample(SERVICES, 3)))}
        case "freeze":
            lasts = LEASE_SECONDS + dice.uniform(2.5, 4.5)
            more = {"targets": (dice.choice(BUSY),), "lasts": lasts, "count": 12}
        case "nats_slow":
            more = {"targets": (dice.choice(SERVICES),), "lasts": dice.uniform(4, 8)}
        case "nats_half_open":
            more = {"targets": (dice.choice(SERVICES),), "lasts": dice.uniform(6, 16)}
        case "database_cut":
            more = {"targets": tuple(sorted(dice.sample(BUSY, 2))), "lasts": 2.0, "count": 5}
        case "duplicates":
            more = {"count": dice.randint(100, 300)}
        case "poison":
            more = {"count": dice.randint(10, 30)}
        case "disk_logs" | "disk_broker":
            more = {"lasts": dice.uniform(3, 7)}
        case "erp_down" | "erp_mute" | "warehouse_down" | "warehouse_twice":
            more = {"lasts": dice.uniform(3, 7)}
    if "lasts" in more:
        more["lasts"] = round(more["lasts"], 2)
    return Strike(at=at, kind=kind, **more)
