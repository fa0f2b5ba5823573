"""EDIFACT partner: ORDERS in; CONTRL, ORDRSP, DESADV and INVOIC out; REMADV at the end."""

from __future__ import annotations

from decimal import Decimal

from ..reckoning import Check
from ..world import World
from .partner import Partner, invoices_of
from .retailer import is_sscc


async def play(world: World) -> list[Check]:
    """The same cycle in the other standard."""
    partner = Partner(world, "NORDWERK")
    partner.send_sample("ORDERS")
    control = await partner.gets("a CONTRL", "CONTRL")
    response = await partner.gets("an order response (ORDRSP)", "ORDRSP")
    order_id = response.first("BGM", 2)
    notice = await partner.gets("a ship notice (DESADV)", "DESADV")
    bill = await partner.gets("an invoice (INVOIC)", "INVOIC")
    total = next(moa[1].split(":")[1] for moa in bill.all("MOA") if moa[1].startswith("77:"))
    number = bill.first("BGM", 2)
    partner.send(
        "REMADV",
        "",
        f"""
        BGM+481+ZA-2026-77+9
        DTM+138:20261128:102
        CUX+2:EUR:4
        DOC+380+{number}
        MOA+12:{total}:EUR
        UNS+S
        MOA+12:{total}:EUR
        """,
    )

    async def settled() -> bool:
        found = await invoices_of(world, order_id)
        return all(Decimal(str(invoice["open"]["amount"])) == 0 for invoice in found)

    await world.until("the REMADV applied", settled)
    plates = [gin[2] for gin in notice.all("GIN") if gin[1] == "BJ"]
    shipped = [qty[1].split(":")[1] for qty in notice.all("QTY")]
    return [
        Check("ORDERS: acknowledged by CONTRL", control.first("UCI", 4) == "7", ""),
        Check(
            "ORDRSP: accepted without amendment",
            response.first("BGM", 3) == "29",
            response.first("BGM", 3),
        ),
        Check("DESADV: 40 and 6 shipped", sorted(shipped) == ["40", "6"], f"{shipped}"),
        Check("its plates are right", bool(plates) and all(map(is_sscc, plates)), f"{len(plates)}"),
        Check("INVOIC and REMADV: billed and settled in EUR", Decimal(total) == 387, total),
    ]
