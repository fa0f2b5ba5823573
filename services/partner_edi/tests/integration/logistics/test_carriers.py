"""Carriers by file: loads offered, statuses and bills."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from decimal import Decimal
from pathlib import Path

import msgspec
from papers import AT, HERE, PLACED, REQUESTED, file, sent, usd

from crossdock.testing import Desk
from crossdock_contracts import FreightCharge
from crossdock_contracts.partners import (
    FreightBilled,
    StatusReported,
    TenderAnswered,
)
from crossdock_contracts.shipments import CarrierAssigned
from partner_edi.edi.mapping.carrier_status import edifact as status_edifact
from partner_edi.edi.mapping.carrier_status import model as status
from partner_edi.edi.mapping.load_tender import x12 as tender_x12

Drop = Callable[[str, str, bytes], Awaitable[Path]]


async def test_a_carrier_is_offered_a_load_and_answers(known: Desk, root: Path, drop: Drop) -> None:
    """204 out; 990, 214 and 210 are told with what was agreed; an IFTSTA as a 214."""
    charges = (
        FreightCharge(kind="linehaul", amount=usd("200.00"), code="400"),
        FreightCharge(kind="fuel", amount=usd("40.00"), code="FUE"),
    )
    assigned = CarrierAssigned(
        order_id="ORD-1",
        shipment_id="SHP-1-1",
        warehouse_id="RENO",
        carrier="RDWY",
        assigned_at=AT,
        quoted=charges,
        total=usd("240.00"),
        ship_to=HERE,
        lines=REQUESTED.lines,
    )
    await known.deliver(PLACED, assigned, msgspec.structs.replace(assigned, carrier="NONE"))
    await known.errands_done()
    [segments] = sent(root, "ROADWAY", "204")
    offered, _ = tender_x12.read(segments)
    assert offered is not None
    assert (offered.shipment_id, offered.charge) == ("SHP-1-1", usd("240.00"))
    files = {
        "990": [("B1", "RDWY", "SHP-1-1", "", "D"), ("K1", "NO TRUCKS")],
        "214": [
            ("B10", "PRO-1", "SHP-1-1", "RDWY"),
            ("LX", "1"),
            ("AT7", "D1", "NS", "", "", "20260713", "1530", "LT"),
            ("MS1", "RENO", "NV"),
        ],
        "210": [
            ("B3", "", "FB-1", "SHP-1-1", "PP", "", "20260714", "24500", "", "", "", "RDWY"),
            ("LX", "1"),
            ("L5", "1", "FREIGHT"),
            ("L1", "1", "", "", "20500", "", "", "", "400"),
            ("LX", "2"),
            ("L1", "2", "", "", "4000", "", "", "", "FUE"),
            ("L3", "", "", "", "", "24500"),
        ],
    }
    for control, (code, rows) in enumerate(files.items(), 1):
        await drop("ROADWAY", f"{code}.edi", file(code, rows, "ROADWAY", control))
    [no] = await known.emitted(TenderAnswered)
    assert (no.answer, no.reason, no.carrier) == ("declined", "NO TRUCKS", "RDWY")
    [told] = await known.emitted(StatusReported)
    assert (told.statuses[0].code, told.statuses[0].place) == ("D1", "RENO NV")
    [bill] = await known.emitted(FreightBilled)
    assert (bill.total, [c.kind for c in bill.charges]) == (usd("245.00"), ["linehaul", "fuel"])
    assert (bill.tolerance.amount, bill.tolerance.rate) == (usd("5.00"), Decimal("0.02"))
    same = status.CarrierStatus(
        statuses=(status.Status(code="D1", at=AT),), shipment_id="SHP-1-1", tracking_number="T1"
    )
    rows = status_edifact.write(same)
    await drop("SPEDITION", "iftsta.edi", file("IFTSTA", rows, "SPEDITION"))
    assert [s.code for s in (await known.emitted(StatusReported))[1].statuses] == ["D1"]
