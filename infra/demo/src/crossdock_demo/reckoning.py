"""The reckoning: what the demo expected, what it found, and the summary it leaves behind."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any, NamedTuple

from .orders import COUNT
from .scenario import BROKEN_FILE, BROKEN_PARTNER, FILES, STRANGER_FILE, TRACED_PARTNER, Notes
from .world import World


class Check(NamedTuple):
    """One expected outcome: its sentence, whether it happened, and the values seen."""

    text: str
    held: bool
    seen: str


class Facts(NamedTuple):
    """What the mesh says at the end."""

    events: Counter[str]
    edi_in: Counter[str]
    edi_out: Counter[str]
    documents: list[dict[str, Any]]
    timeline: dict[str, Any]
    ledger: dict[str, Any]
    orders: dict[str, dict[str, Any]]
    status: list[dict[str, Any]]
    audit: dict[str, Any]
    audit_exit: int


async def gather(
    world: World, notes: Notes, status: list[dict[str, Any]], audit: dict[str, Any], code: int
) -> Facts:
    """Ask the services and look into the folders."""
    documents = await world.get("partner_edi", "/documents", limit=1000)
    traced = notes.answers["partner_orders"][TRACED_PARTNER]
    return Facts(
        events=await world.event_counts(),
        edi_in=Counter(d["set_code"] for d in documents if d["direction"] == "in"),
        edi_out=world.written(),
        documents=documents,
        timeline=await world.get("control_tower", f"/orders/{traced}/timeline"),
        ledger=await world.get("erp", "/ledger"),
        orders={
            case: await world.get("order_intake", f"/orders/{order_id}")
            for case, order_id in notes.by_case.items()
        },
        status=status,
        audit=audit,
        audit_exit=code,
    )


def summary(notes: Notes, facts: Facts, seconds: float) -> dict[str, Any]:
    """The figures of `var/demo/summary.json`."""
    events = facts.events
    return {
        "orders_placed": events["orders.placed"],
        "orders_accepted": events["orders.accepted"],
        "orders_rejected": events["orders.rejected"],
        "orders_held": events["orders.held"],
        "orders_completed": events["orders.completed"],
        "shipments": events["shipments.shipped"],
        "invoices_issued": events["invoices.issued"],
        "credit_memos": events["invoices.credited"],
        "payments_applied": events["payments.applied"],
        "edi_in": dict(sorted(facts.edi_in.items())),
        "edi_out": dict(sorted(facts.edi_out.items())),
        "dead": sum(row["dead"] for row in facts.status),
        "parked": sum(row["parked"] for row in facts.status),
        "audit_violations": facts.audit["violations"],
        "events": sum(events.values()),
        "trace": {
            "order_id": notes.answers["partner_orders"][TRACED_PARTNER],
            "trace_id": facts.timeline["trace_ids"][0],
            "services": facts.timeline["services"],
        },
        "seconds": round(seconds, 1),
    }


def checks(notes: Notes, facts: Facts) -> list[Check]:
    """Everything the demo promises, as sentences that hold or do not."""
    return [*_orders(notes, facts), *_edi(notes, facts), *_money(notes, facts), *_health(facts)]


def _orders(notes: Notes, facts: Facts) -> list[Check]:
    events, orders = facts.events, facts.orders
    placed = COUNT + len(FILES)
    two = {s["warehouse_id"] for s in orders["two_warehouses"]["shipments"]}
    partial = orders["partial"]["shipments"]
    replayed = notes.answers["replayed"] and notes.answers["replayed_same"]
    held = orders["customer_on_hold"]["status"]
    rejected = orders["unknown_item"]
    reasons = ", ".join(reason["code"] for reason in rejected["reasons"])
    packs = orders["cases_of_twelve"]["lines"][0]
    return [
        _equal(
            f"{COUNT} API orders and {len(FILES)} from 850 files", events["orders.placed"], placed
        ),
        _equal(
            "an unknown item rejects its order, and only that one", events["orders.rejected"], 1
        ),
        _check("the rejection names the item", rejected["status"] == "rejected", reasons),
        _equal("all others are accepted, but one on hold", events["orders.accepted"], placed - 2),
        _equal("every accepted order is completed", events["orders.completed"], placed - 2),
        _check("an order on hold still waits", held == "held", held),
        _check("a credit hold was released", orders["credit_hold"]["status"] == "completed", ""),
        _check("a backorder waited", notes.answers["was_backordered"], ""),
        _check("and was filled by a receipt", orders["backorder"]["status"] == "completed", ""),
        _check("one line shipped from two warehouses", len(two) == 2, ", ".join(sorted(two))),
        _check(
            "half shipped first, the rest later", len(partial) == 2, f"{len(partial)} shipments"
        ),
        _check(
            "three packs became 36 pieces", Decimal(str(packs["shipped"])) == 36, packs["shipped"]
        ),
        _check("a repeated key placed no second order", replayed, ""),
    ]


def _edi(notes: Notes, facts: Facts) -> list[Check]:
    states = Counter((d["set_code"], d["state"]) for d in facts.documents)
    refused = {d["file_name"] for d in facts.documents if d["state"] == "rejected"}
    out = facts.edi_out
    seen = f"{dict(out)}"
    duplicates = [d for d in facts.documents if d["state"] == "duplicate"]
    return [
        _equal("three 850 became orders", states["850", "translated"], len(FILES)),
        _check(
            "the file sent twice is known as a duplicate",
            len(duplicates) >= 1,
            f"{len(duplicates)}",
        ),
        _check(
            "a stranger's file is refused and kept", STRANGER_FILE in refused, f"{sorted(refused)}"
        ),
        _check("so is a broken one", BROKEN_FILE in refused, BROKEN_PARTNER),
        _check("and one that is no EDI at all", "unreadable.edi" in refused, ""),
        _check("855 for the two partners that want one", out["855"] == 2, seen),
        _check("856 and 810 for each partner's order", out["856"] >= 3 and out["810"] >= 3, seen),
        _check("997 for what was received", out["997"] >= 3, seen),
        _check(
            "one trace from the 850 to the 810",
            len(facts.timeline["trace_ids"]) == 1,
            ", ".join(facts.timeline["trace_ids"]),
        ),
    ]


def _money(notes: Notes, facts: Facts) -> list[Check]:
    events = facts.events
    booked = Counter(document["kind"] for document in facts.ledger["entries"])
    invoices = facts.orders["returned"]["invoices"]
    credited = sum(Decimal(str(invoice["credited"])) for invoice in invoices)
    paid = facts.orders["paid"]["invoices"][0]
    return [
        _equal("one invoice per shipment", events["invoices.issued"], events["shipments.shipped"]),
        _equal("the return ended in a credit memo", events["invoices.credited"], 1),
        _check("which the order knows", credited > 0, f"{credited}"),
        _equal("a payment reported twice is applied once", events["payments.applied"], 1),
        _check("and settles its invoice", Decimal(str(paid["open"])) == 0, f"open {paid['open']}"),
        _equal(
            "every invoice is in the ERP's ledger", booked["invoices"], events["invoices.issued"]
        ),
        _equal("and so is the credit memo", booked["credit-memos"], 1),
    ]


def _health(facts: Facts) -> list[Check]:
    dead = sum(row["dead"] for row in facts.status)
    parked = sum(row["parked"] for row in facts.status)
    violations = facts.audit["violations"]
    return [
        _equal("nothing is dead", dead, 0),
        _equal("nothing is parked", parked, 0),
        _check("the audit finds nothing", facts.audit_exit == 0, f"{violations} violations"),
        _equal("and nothing in flight", facts.audit["in_flight"], 0),
    ]


def _check(text: str, held: bool, seen: object) -> Check:
    return Check(text, bool(held), str(seen))


def _equal(text: str, seen: int, wanted: int) -> Check:
    return Check(text, seen == wanted, f"{seen}" if seen == wanted else f"{seen}, not {wanted}")
