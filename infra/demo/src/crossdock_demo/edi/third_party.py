"""3PL: 940 out, 945 in, of a part; the rest follows on a second one, and all of it is billed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ..reckoning import Check
from ..world import World
from .partner import Document, Partner, invoices_of
from .supplier import ITEM, WAREHOUSE


async def place(world: World, quantity: int, key: str) -> str:
    """An order for so many, over the API; its id."""
    body = {
        "customer_id": "CUST-FLINT",
        "lines": [{"item": ITEM, "quantity": str(quantity)}],
    }
    answer = await world.post("order_intake", "/orders", body, key=key)
    return str(answer["order_id"])


async def asked(reno: Partner, order_id: str, n: int) -> Document:
    """The 940 of the nth shipment of an order."""
    shipment_id = f"SHP-{order_id.removeprefix('ORD-')}-{n}"
    return await reno.gets(
        f"a shipping order (940) for {shipment_id}",
        "940",
        lambda document: document.first("W05", 2) == shipment_id,
    )


def left(order: Document, quantity: int, number: str) -> str:
    """What left of a 940, as its 945."""
    wanted = int(order.first("W01", 1))
    # What does not leave now follows: the 3PL back-orders it.
    status = "CC" if quantity == wanted else "BP"
    return f"""
        W06*F*{order.first("W05", 2)}*20261126*R-{number}
        N1*WH*Reno 3PL*92*{WAREHOUSE}
        N9*BM*BOL-{number}
        G62*11*20261126
        W27*M*RDWY
        LX*1
        MAN*CP*PRO-{number}
        W12*{status}*{wanted}*{quantity}*{wanted - quantity}*EA**VN*{ITEM}
        W03*{quantity}
    """


async def play(world: World) -> list[Check]:
    """Ninety-six of a hundred leave at first."""
    reno = Partner(world, "RENO-3PL")
    order_id = await place(world, 100, "edi-3pl")
    first = await asked(reno, order_id, 1)
    body = left(first, 96, "1")
    for _ in range(2):
        reno.send("945", "SW", body)
    second = await asked(reno, order_id, 2)
    reno.send("945", "SW", left(second, 4, "2"))

    async def completed() -> bool:
        found = await world.get("order_intake", f"/orders/{order_id}")
        return bool(found["status"] == "completed")

    await world.until(f"{order_id} completed", completed)
    await reno.settled()
    invoices = await invoices_of(world, order_id)
    billed = [_quantity(invoice) for invoice in invoices]
    requests = await _requests(world, order_id)
    stock = await world.get("inventory_sync", f"/stock/{ITEM}")
    return [
        Check(
            "940: our shipment, our SKU, the customer's address",
            (first.first("W01", 1), first.first("W01", 5), first.first("N4", 1))
            == ("100", ITEM, "Flint"),
            " ".join(first.all("W01")[0]),
        ),
        Check(
            "945: ninety-six left, four follow and are asked for",
            second.first("W01", 1) == "4",
            f"{requests} shipments",
        ),
        Check(
            "billed is what left, each shipment once",
            sorted(billed) == [Decimal(4), Decimal(96)],
            ", ".join(map(str, billed)),
        ),
        Check(
            "what left is off the books",
            Decimal(stock["on_hand"]) == 490 - 100,
            stock["on_hand"],
        ),
    ]


def _quantity(invoice: dict[str, Any]) -> Decimal:
    lines = invoice["invoice"]["lines"]
    return sum((Decimal(line["quantity"]["value"]) for line in lines), Decimal(0))


async def _requests(world: World, order_id: str) -> int:
    found = await world.get("shipment_tracking", "/shipments", order_id=order_id)
    return len(found["shipments"])
