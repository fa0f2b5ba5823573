"""Retailer: 850 and its change 860, what is backordered, three shipments, 810, and the 820."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ..reckoning import Check
from ..world import World
from .partner import Document, Partner, invoices_of

PO = "MER-7001"
MOTORS = {
    "receipt_id": "PO-9001-1", "warehouse_id": "MID", "sku": "ELC-MTR-2HP-T", "quantity": "4",
    "uom": "EA", "source": "purchase", "reference": "PO-9001",
}  # fmt: skip
CLAIM = Decimal("12.50")


async def play(world: World) -> list[Check]:
    """From the purchase order to the money, with a change in between."""
    partner = Partner(world, "MERIDIAN")
    partner.send_sample("850")
    response = await partner.gets("an order response (855)", "855")
    partner.send_sample("860")
    answer = await partner.gets("an answer to the change (865)", "865")
    await world.post("warehouse", "/receipts", MOTORS)
    order_id = answer.first("BCA", 9)

    async def completed() -> bool:
        found = await world.get("order_intake", f"/orders/{order_id}")
        return bool(found["status"] == "completed")

    await world.until(f"{order_id} completed", completed)
    issued = await invoices_of(world, order_id)
    notices = await partner.gets_all("ship notices (856)", "856", len(issued))
    bills = await partner.gets_all("invoices (810)", "810", len(issued))
    await _pay(world, partner, issued)
    await partner.settled()
    return [
        *_checks(response, answer, partner),
        *_goods(notices, bills, issued),
        *await _money(world, order_id),
    ]


async def _pay(world: World, partner: Partner, issued: list[dict[str, Any]]) -> None:
    """All invoices in one 820; of the first a claim is kept back, the 820 comes a second time."""
    rows, total = [], Decimal(0)
    for n, invoice in enumerate(issued):
        billed = Decimal(str(invoice["total"]["amount"]))
        paid = billed - CLAIM if n == 0 else billed
        total += paid
        rows.append(f"RMR*IV*{invoice['invoice_id']}**{paid}*{billed}")
        rows += [f"ADX*{-CLAIM}*01*CM*CLM-31"] if n == 0 else []
    body = f"BPR*I*{total}*C*ACH************20261127\nTRN*1*ACH-88001\nENT*1\n" + "\n".join(rows)
    for _ in range(2):
        partner.send("820", "RA", body)

    async def applied() -> bool:
        found = await world.get("invoicing", "/receivables/CUST-MERIDIAN")
        return any(Decimal(str(a["paid"]["amount"])) == total for a in found["accounts"])

    await world.until("the 820 applied", applied)


def _checks(response: Document, answer: Document, partner: Partner) -> list[Check]:
    acks = [(ack[1], ack[2]) for ack in response.all("ACK")]
    changed = [(ack[1], ack[2]) for ack in answer.all("ACK")]
    units = [line[3] for line in response.all("PO1")]
    return [
        Check(
            "850: the 855 accepts two lines and tells the backorder of the third",
            acks == [("IA", "20"), ("IA", "2"), ("IB", "6")],
            f"{acks}",
        ),
        Check("in the retailer's own units", units == ["EA", "BX", "EA"], f"{units}"),
        Check(
            "860: more, less and a new line are done; another price is refused (865)",
            changed == [("IA", "25"), ("IR", "2"), ("IA", "4"), ("IA", "12")],
            f"{changed}",
        ),
        Check(
            "each group received has its 997",
            len([d for d in partner.received() if d.code == "997"]) >= 2,
            "",
        ),
    ]


def _goods(
    notices: list[Document], bills: list[Document], issued: list[dict[str, Any]]
) -> list[Check]:
    levels = {"-".join(hl[3] for hl in notice.all("HL")[:4]) for notice in notices}
    plates = [man[2] for notice in notices for man in notice.all("MAN") if man[1] == "GM"]
    shipped: dict[str, Decimal] = {}
    for notice in notices:
        for lin, sn1 in zip(notice.all("LIN"), notice.all("SN1"), strict=True):
            shipped[lin[1]] = shipped.get(lin[1], Decimal(0)) + Decimal(sn1[2])
    told = {number: int(value) for number, value in sorted(shipped.items())}
    billed = sum(Decimal(bill.first("TDS", 1)) / 100 for bill in bills)
    due = sum(Decimal(str(invoice["total"]["amount"])) for invoice in issued)
    return [
        Check("856: shipment, order, pack, item", levels == {"S-O-P-I"}, ", ".join(levels)),
        Check(
            "each pack has an SSCC-18 whose check digit is right",
            bool(plates) and all(map(is_sscc, plates)),
            f"{len(plates)}",
        ),
        Check(
            "shipped is what was ordered and changed",
            told == {"1": 25, "2": 2, "3": 4, "4": 12},
            f"{told}",
        ),
        Check("810: billed to the cent what the books say", billed == due, f"{billed}"),
    ]


async def _money(world: World, order_id: str) -> list[Check]:
    invoices = await invoices_of(world, order_id)
    left = [Decimal(str(invoice["open"]["amount"])) for invoice in invoices]
    codes = {told["code"] for told in await world.raised()}
    return [
        Check(
            "820: applied once to the named invoices, the claim stays open",
            sorted(left) == sorted([CLAIM, *[Decimal(0)] * (len(left) - 1)]),
            ", ".join(map(str, left)),
        ),
        Check(
            "people hear of the refused price, the short payment and the second 820",
            {"change_refused", "invoice_short_paid", "remittance_repeated"} <= codes,
            ", ".join(sorted(codes)),
        ),
    ]


def is_sscc(text: str) -> bool:
    """Eighteen digits, the last of which proves the others (GS1 modulo 10)."""
    weighted = sum(int(d) * (3, 1)[at % 2] for at, d in enumerate(reversed(text[:17])))
    return len(text) == 18 and text.isdigit() and (weighted + int(text[17])) % 10 == 0
