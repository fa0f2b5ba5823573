"""Every kind of order, from its document or request to its invoice, and what users see of it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hands import Hands
from story import CUSTOMER, PARTNER, Story

pytestmark = pytest.mark.mesh

SERVICES_OF_AN_ORDER = {
    "order_intake",
    "inventory_sync",
    "shipment_tracking",
    "invoicing",
    "erp_bridge",
}


async def timeline(hands: Hands, order_id: str) -> Any:
    """An order's story as the control tower tells it."""
    return await hands.get("control_tower", f"/orders/{order_id}/timeline")


async def shown(hands: Hands, order_id: str) -> Any:
    """Where an order stands, as order_intake answers."""
    return await hands.get("order_intake", f"/orders/{order_id}")


async def test_an_order_becomes_an_invoice(hands: Hands, story: Story) -> None:
    """What was ordered over HTTP shipped, was billed at the agreed price, and is in the ledger."""
    order = await shown(hands, story.plain)
    assert order["status"] == "completed"
    for line in order["lines"]:
        assert line["ordered"] == line["shipped"] == line["invoiced"]
    [invoice] = (await hands.get("invoicing", "/invoices", order_id=story.plain))["invoices"]
    net = sum(Decimal(line["net"]["amount"]) for line in invoice["invoice"]["lines"])
    assert net == Decimal("6.67") * 10 + Decimal("2.56") * 3
    assert Decimal(invoice["total"]["amount"]) >= net
    entries = (await hands.get("erp", "/ledger"))["entries"]
    assert invoice["invoice_id"] in str(entries)


async def test_a_repeated_key_is_the_same_order(hands: Hands) -> None:
    """The second answer is the first one's, with 200 and a header that says so."""
    lines = [("BRG-6204-2RS", 1)]
    first = await hands.place(lines, key="the-same")
    again = await hands.place(lines, key="the-same")
    other = await hands.place([("BRG-6204-2RS", 2)], key="the-same")
    assert (first.status_code, again.status_code, other.status_code) == (201, 200, 409)
    assert again.json()["order_id"] == first.json()["order_id"]
    assert again.headers["Idempotency-Replayed"] == "true"
    await hands.quiet()


async def test_a_partners_file_becomes_its_invoice_in_one_trace(hands: Hands, story: Story) -> None:
    """From the 850 to the 810: every document written once, one trace over all services."""
    documents = await hands.get("partner_edi", "/documents", partner=PARTNER)
    sent = sorted(d["set_code"] for d in documents if d["direction"] == "out")
    assert [code for code in sent if code != "997"] == ["810", "855", "856"]
    written = "".join(f.read_text() for f in hands.edi.glob(f"{PARTNER}/outbox/*"))
    for code in ("997", "855", "856", "810"):
        assert f"ST*{code}*" in written
    told = await timeline(hands, story.partner)
    assert len(told["trace_ids"]) == 1
    assert set(told["services"]) >= SERVICES_OF_AN_ORDER | {"partner_edi"}
    assert told["steps"][0]["type"].startswith("partners.purchase_order_received")
    assert "partners.document_sent.v1" in {step["type"] for step in told["steps"]}


async def test_a_partial_shipment_is_billed_twice(hands: Hands, story: Story) -> None:
    """Half left at once and the rest later: two shipments, two invoices, nothing left open."""
    order = await shown(hands, story.partial)
    assert order["status"] == "completed"
    invoices = (await hands.get("invoicing", "/invoices", order_id=story.partial))["invoices"]
    billed = [Decimal(i["invoice"]["lines"][0]["quantity"]["value"]) for i in invoices]
    assert billed == [6, 6]
    assert len({i["invoice"]["shipment_id"] for i in invoices}) == 2


async def test_a_backorder_waits_and_is_released(hands: Hands, story: Story) -> None:
    """The line without stock waited while the other shipped, and left when goods came in."""
    motors, bearings = story.waited["lines"]
    assert (Decimal(motors["backordered"]), Decimal(motors["shipped"])) == (4, 0)
    assert Decimal(bearings["shipped"]) == 2
    order = await shown(hands, story.backordered)
    assert [Decimal(line["shipped"]) for line in order["lines"]] == [4, 2]
    assert order["status"] == "completed"


async def test_a_return_ends_in_a_credit_memo(hands: Hands, story: Story) -> None:
    """Two came back, one went to stock, both were credited at the invoiced price."""
    returned = await hands.get("returns", f"/returns/{story.return_id}")
    assert returned["state"] == "closed"
    [invoice] = (await hands.get("invoicing", "/invoices", order_id=story.returned))["invoices"]
    assert len(invoice["credit_memo_ids"]) == 1
    assert Decimal(invoice["credited"]["amount"]) * 3 == Decimal(invoice["total"]["amount"])
    memo = await hands.get("invoicing", f"/credit-memos/{invoice['credit_memo_ids'][0]}")
    assert memo["return_id"] == story.return_id


async def test_a_payment_settles_its_invoice(hands: Hands, story: Story) -> None:
    """Said twice, applied once; the customer owes that much less."""
    invoice = await hands.get("invoicing", f"/invoices/{story.paid_invoice}")
    assert Decimal(invoice["open"]["amount"]) == 0
    assert invoice["settled_at"]
    payment = await hands.get("invoicing", f"/payments/{story.payment_id}")
    assert [part["invoice_id"] for part in payment["applications"]] == [story.paid_invoice]
    found = await hands.get("invoicing", f"/receivables/{CUSTOMER}")
    [account] = found["accounts"]
    amounts = {name: Decimal(account[name]["amount"]) for name in account}
    assert amounts["balance"] == amounts["invoiced"] - amounts["credited"] - amounts["paid"]
    order = await shown(hands, story.plain)
    assert Decimal(order["invoices"][0]["open"]) == 0


async def test_the_order_command_tells_the_timeline(hands: Hands, story: Story) -> None:
    """In words for people, as JSON for programs; an order nobody knows is one line and exit 1."""
    told = await timeline(hands, story.plain)
    people = await hands.crossdock("order", story.plain)
    programs = await hands.crossdock("order", story.plain, "--json")
    nobody = await hands.crossdock("order", "ORD-1")
    assert (people.code, programs.code, nobody.code) == (0, 0, 1)
    assert programs.json == told
    for expected in (story.plain, "completed", "invoices.issued", told["trace_ids"][0]):
        assert expected in people.out
    assert nobody.err == "crossdock: nothing was heard of ORD-1\n"


async def test_the_commands_that_look_agree_with_a_quiet_mesh(hands: Hands) -> None:
    """status, parked, dead and audit say that all is well, to people and to programs."""
    status = await hands.crossdock("status", "--json")
    rows = {row["service"]: row for row in status.json}
    assert set(rows) == set(hands.services)
    for row in rows.values():
        assert (row["parked"], row["dead"], row["outbox"], row["errands"]) == (0, 0, 0, 0)
        assert row["replicas"] == 1
        assert row["trouble"] == []
    table = await hands.crossdock("status")
    assert all(name in table.out for name in rows)
    for command in ("parked", "dead"):
        assert await hands.crossdock(command) == (0, "none\n", "")
    audit = await hands.crossdock("audit", "--json")
    assert (audit.code, audit.json["violations"], audit.json["in_flight"]) == (0, 0, 0)
    assert all(row["checked"] for row in audit.json["invariants"])
    assert (await hands.crossdock("audit")).code == 0


async def test_tail_shows_what_is_stored(hands: Hands, story: Story) -> None:
    """The latest events of a subject, with their bodies."""
    said = await hands.crossdock("tail", "orders.accepted", "--since", "1000", "--count", "3")
    assert said.code == 0
    lines = said.out.strip().splitlines()
    assert len(lines) == 3
    assert all(" orders.accepted.v2 ORD-" in line for line in lines)
    assert (await hands.crossdock("tail", "nothing", "--count", "1")).code == 1
