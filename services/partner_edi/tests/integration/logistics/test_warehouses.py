"""A 3PL by file: what it is asked, and what it says."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from papers import PLACED, REQUESTED, file, pieces, sent

from crossdock.testing import Desk
from crossdock_contracts.exceptions import ExceptionRaised
from crossdock_contracts.partners import (
    ReceiptConfirmed,
    ShipmentConfirmed,
)
from partner_edi.edi.mapping.warehouse_order import x12 as order_x12

Drop = Callable[[str, str, bytes], Awaitable[Path]]


async def test_a_3pl_is_asked_and_answers(known: Desk, root: Path, drop: Drop) -> None:
    """A 940 goes out once; a 945 is told by our lines; one that is not ours goes to a person."""
    await known.deliver(PLACED, REQUESTED, REQUESTED)
    await known.errands_done()
    [segments] = sent(root, "RENO-3PL", "940")
    asked, findings = order_x12.read(segments)
    assert findings == []
    assert asked is not None
    assert (asked.shipment_id, asked.warehouse) == ("SHP-1-1", "RENO")
    assert [(line.items, line.description) for line in asked.lines] == [
        ({"VN": "A1"}, "Widget")
    ] * 2
    rows = [
        ("W06", "F", "SHP-1-1", "20260711", "R-1"),
        ("N9", "BM", "BOL-7"),
        ("N1", "WH", "Reno 3PL"),
        ("G62", "11", "20260711"),
        ("W27", "M", "RDWY"),
        ("LX", "1"),
        ("MAN", "GM", "106141411928374657"),
        ("MAN", "CP", "1Z9"),
        ("W12", "CC", "15", "12", "3", "EA", "", "UP", "012345678905"),
        ("W03", "12"),
    ]
    await drop("RENO-3PL", "945.edi", file("945", rows, "RENO-3PL"))
    [told] = await known.emitted(ShipmentConfirmed)
    assert [(line.line_no, line.quantity) for line in told.lines] == [
        (1, pieces(10)),
        (2, pieces(2)),
    ]
    assert (told.carrier, told.bill_of_lading, told.remainder) == ("RDWY", "BOL-7", "short")
    assert told.cartons[0].sscc == "106141411928374657"
    waits = [(row if row[0] != "W12" else ("W12", "BP", *row[2:])) for row in rows]
    await drop("RENO-3PL", "945-bp.edi", file("945", waits, "RENO-3PL", 4))
    _, follows = await known.emitted(ShipmentConfirmed)
    assert (follows.lines, follows.remainder) == (told.lines, "follows")
    strange = [(row if row[0] != "W06" else ("W06", "F", "SHP-9", "20260711")) for row in rows]
    await drop("RENO-3PL", "945b.edi", file("945", strange, "RENO-3PL", 2))
    assert [e.code for e in await known.emitted(ExceptionRaised)] == ["document_unmatched"]
    receipt = [
        ("W17", "F", "20260712", "WR-1", "PO-1", "RC-1"),
        ("N1", "WH", "Reno 3PL"),
        ("W07", "90", "EA", "", "VN", "A1"),
        ("W13", "10", "EA", "01"),
        ("W14", "90"),
    ]
    await drop("RENO-3PL", "944.edi", file("944", receipt, "RENO-3PL", 3))
    [counted] = await known.emitted(ReceiptConfirmed)
    [line] = counted.lines
    assert (line.sku, line.quantity, line.damaged) == ("A1", pieces(90), pieces(10))
    assert (counted.order_number, counted.warehouse_id) == ("PO-1", "RENO")
