"""EDIFACT partner: ORDERS in; CONTRL, ORDRSP, DESADV and INVOIC out; REMADV at the end."""

from __future__ import annotations

from decimal import Decimal

from ..reckoning import Check
from ..world import World
from .partner import Partner, invoices_of
from .retailer import is_sscc

PO = "NW-4500123"
ORDER = f"""
    BGM+220+{PO}+9
    DTM+137:20261120:102
    DTM+2:20261127:102
    NAD+BY+4012345000009::9
    NAD+DP+4012345000016::9++Nordwerk Lager 2+Kaiweg 3+Hamburg++20457+DE
    CUX+2:EUR:4
    LIN+10++00614141000067:EN
    QTY+21:40:PCE
    PRI+AAA:6.90
    LIN+20++HYD-FLT-10M:SA
    IMD+F++:::Hydraulic filter
    QTY+21:6:PCE
    PRI+AAA:18.50
    UNS+S
    CNT+2:2
"""


async def play(world: World) -> list[Check]:
    """The same cycle in the other standard."""
    partner = Partner(world, "NORDWERK", "14", "4012345000009", standard="EDIFACT")
    partner.send("ORDERS", "", ORDER)
    control = await partner.gets("a CONTRL", "CONTRL")
    response = await partner.gets("an order response (ORDRSP)", "ORDRSP")
    order_id = response.first("BGM", 2)
    notice = await partner.gets("a ship notice (DESADV)", "DESADV")
    bill = await partner.gets("an invoice (INVOIC)", "INVOIC")
    partner.acknowledge()
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
