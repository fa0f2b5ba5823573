"""Suppliers and shops by file: goods, prices, stock and sales."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from pathlib import Path

from msgspec.structs import replace
from papers import AT, file, pieces, sent, usd

from crossdock.testing import Desk
from crossdock_contracts.catalog import (
    ItemChanged,
    PriceChanged,
    PurchaseLine,
    PurchaseOrderChanged,
)
from crossdock_contracts.exceptions import ExceptionRaised
from crossdock_contracts.inventory import LevelChanged
from crossdock_contracts.partners import (
    AdviceReceived,
    BillingNoticeReceived,
    PricesReceived,
    ResponseReceived,
    SalesReported,
)
from partner_edi.edi.finding import Finding
from partner_edi.edi.mapping.inventory_report import edifact as stock_edifact
from partner_edi.edi.mapping.purchase_order import edifact as order_edifact
from partner_edi.edi.mapping.purchase_order import x12 as order_x12
from partner_edi.edi.mapping.purchase_order.model import PurchaseOrder
from partner_edi.edi.mapping.transfer_advice import x12 as advice_x12

Drop = Callable[[str, str, bytes], Awaitable[Path]]


PURCHASE = PurchaseOrderChanged(
    po_number="PO-1",
    supplier_id="VEND-1",
    warehouse_id="RENO",
    currency="USD",
    ordered_on=date(2026, 7, 1),
    lines=(
        PurchaseLine(
            line_no=1, sku="A1", quantity=pieces(100), unit_price=usd("0.85"), supplier_item="X-1"
        ),
    ),
    changed_at=AT,
)

# Two cartons of one item.
NOTICE = [
    ("BSN", "00", "RC-2", "20260709", "0815", "0001"),
    ("HL", "1", "", "S", "1"),
    ("DTM", "011", "20260709"),
    ("HL", "2", "1", "O", "1"),
    ("PRF", "PO-1"),
    ("HL", "3", "2", "P", "1"),
    ("MAN", "GM", "106141411928374657"),
    ("HL", "4", "3", "I", "0"),
    ("LIN", "1", "VN", "X-1"),
    ("SN1", "1", "60", "EA"),
    ("HL", "5", "2", "P", "1"),
    ("MAN", "GM", "106141411928374664"),
    ("HL", "6", "5", "I", "0"),
    ("LIN", "1", "VN", "X-1"),
    ("SN1", "1", "40", "EA"),
    ("CTT", "6"),
]


def faultless(order: PurchaseOrder | None, findings: list[Finding]) -> PurchaseOrder:
    """An order that our own reader takes without a finding."""
    assert findings == []
    assert order is not None
    return order


async def test_a_supplier_gets_our_order_answers_and_ships_it(
    known: Desk, root: Path, drop: Drop
) -> None:
    """Our order goes out once; a plain yes is no person's business, another price is."""
    await known.deliver(PURCHASE, PURCHASE)
    await known.errands_done()
    [segments] = sent(root, "RUBBERCO", "850")
    order = faultless(*order_x12.read(segments))
    [line] = order.lines
    assert (order.po_number, line.quantity, line.unit_price) == ("PO-1", pieces(100), usd("0.85"))
    assert line.items == {"VN": "X-1", "BP": "A1"}
    assert order.ship_to is not None
    assert order.ship_to.location_code == "RENO"
    for control, (kind, price, status) in enumerate((("AD", "0.85", "IA"), ("AC", "0.9", "IP")), 1):
        answer = [
            ("BAK", "00", kind, "PO-1", "20260701", "", "", "", "SO-7", "20260702"),
            ("PO1", "1", "100", "EA", price, "", "VN", "X-1"),
            ("ACK", status, "100", "EA", "068", "20260709"),
            ("CTT", "1"),
        ]
        await drop("RUBBERCO", f"855-{control}.edi", file("855", answer, "RUBBERCO", control))
    yes, other = await known.emitted(ResponseReceived)
    assert (yes.po_number, yes.status) == ("PO-1", "accepted")
    assert yes.lines[0].ships_on == date(2026, 7, 9)
    assert (other.status, other.lines[0].unit_price) == ("changed", usd("0.9"))
    [raised] = await known.emitted(ExceptionRaised)
    assert (raised.code, raised.about) == ("purchase_order_answered", "PO-1")
    await drop("RUBBERCO", "856.edi", file("856", NOTICE, "RUBBERCO", 3))
    [advice] = await known.emitted(AdviceReceived)
    assert (advice.po_number, advice.shipment_reference) == ("PO-1", "RC-2")
    [goods] = advice.lines
    assert (goods.items, goods.quantity) == ({"VN": "X-1"}, pieces(100))


async def test_a_supplier_that_speaks_edifact(known: Desk, root: Path, drop: Drop) -> None:
    """ORDERS out; an ORDRSP that confirms a part, and the DESADV of it."""
    await known.deliver(replace(PURCHASE, po_number="PO-2", supplier_id="VEND-2"))
    await known.errands_done()
    [segments] = sent(root, "GUMMI", "ORDERS")
    order = faultless(*order_edifact.read(segments))
    [line] = order.lines
    assert (order.po_number, line.quantity, line.unit_price) == ("PO-2", pieces(100), usd("0.85"))
    assert set(line.items.values()) == {"X-1", "A1"}
    answer = [
        ("BGM", "231", "AB-7", "4"),
        ("DTM", ["137", "20260702", "102"]),
        ("RFF", ["ON", "PO-2"]),
        ("LIN", "1", "3", ["X-1", "SA"]),
        ("QTY", ["21", "100", "PCE"]),
        ("QTY", ["113", "60", "PCE"]),
        ("DTM", ["67", "20260709", "102"]),
        ("QTY", ["83", "40", "PCE"]),
        ("UNS", "S"),
        ("CNT", ["2", "1"]),
    ]
    await drop("GUMMI", "ordrsp.edi", file("ORDRSP", answer, "GUMMI", 1))
    [told] = await known.emitted(ResponseReceived)
    assert (told.po_number, told.status) == ("PO-2", "changed")
    assert [(part.status, part.quantity, part.ships_on) for part in told.lines] == [
        ("changed", pieces(60), date(2026, 7, 9)),
        ("backordered", pieces(40), None),
    ]
    [raised] = await known.emitted(ExceptionRaised)
    assert (raised.code, raised.about) == ("purchase_order_answered", "PO-2")
    notice = [
        ("BGM", "351", "LS-7", "9"),
        ("DTM", ["137", "202607090815", "203"]),
        ("DTM", ["11", "20260709", "102"]),
        ("RFF", ["ON", "PO-2"]),
        ("CPS", "1"),
        ("PAC", "1"),
        ("CPS", "2", "1"),
        ("PAC", "1", "", ["CT"]),
        ("PCI", "33E"),
        ("GIN", "BJ", ["106141411928374657"]),
        ("LIN", "1", "", ["X-1", "SA"]),
        ("QTY", ["12", "60", "PCE"]),
        ("CNT", ["2", "1"]),
    ]
    await drop("GUMMI", "desadv.edi", file("DESADV", notice, "GUMMI", 2))
    [advice] = await known.emitted(AdviceReceived)
    assert (advice.po_number, advice.shipment_reference) == ("PO-2", "LS-7")
    [goods] = advice.lines
    assert (set(goods.items.values()), goods.quantity) == ({"X-1"}, pieces(60))
    assert advice.shipped_at == datetime(2026, 7, 9, tzinfo=UTC)
    [segments] = sent(root, "RENO-3PL", "943")
    expected, _ = advice_x12.read(segments)
    assert expected is not None
    assert [(one.items, one.quantity) for one in expected.lines] == [({"VN": "A1"}, pieces(60))]


async def test_a_supplier_ships_bills_and_says_prices(known: Desk, root: Path, drop: Drop) -> None:
    """What is on its way is told to the mesh and, in a 943, to the 3PL that shall count it."""
    await known.deliver(PURCHASE)
    notice = [
        ("BHT", "0004", "00", "RC-1", "20260709"),
        ("HL", "1", "", "S", "1"),
        ("REF", "IV", "RI-1"),
        ("HL", "2", "1", "O", "1"),
        ("PRF", "PO-1"),
        ("HL", "3", "2", "I", "0"),
        ("IT1", "1", "100", "EA", "0.85", "", "VN", "X-1"),
        ("TDS", "8500"),
    ]
    await drop("RUBBERCO", "857.edi", file("857", notice, "RUBBERCO"))
    [advice] = await known.emitted(AdviceReceived)
    assert (advice.po_number, advice.lines[0].items) == ("PO-1", {"VN": "X-1"})
    [bill] = await known.emitted(BillingNoticeReceived)
    assert (bill.invoice_number, bill.total) == ("RI-1", usd("85.00"))
    [segments] = sent(root, "RENO-3PL", "943")
    expected, findings = advice_x12.read(segments)
    assert findings == []
    assert expected is not None
    assert (expected.order_number, expected.lines[0].items) == ("PO-1", {"VN": "A1"})
    prices = [
        ("BCT", "PC", "PL-1"),
        ("DTM", "097", "20260710"),
        ("CUR", "SE", "USD"),
        ("LIN", "1", "VN", "X-1"),
        ("CTP", "", "UCP", "0.89", "1", "EA"),
        ("CTT", "1"),
    ]
    await drop("RUBBERCO", "832.edi", file("832", prices, "RUBBERCO", 2))
    [told] = await known.emitted(PricesReceived)
    assert (told.reference, told.prices[0].price) == ("PL-1", usd("0.89"))


async def test_a_shop_is_told_what_it_may_order_and_tells_what_it_sold(
    known: Desk, root: Path, drop: Drop
) -> None:
    """Only items it has a price of; sales are kept by place, and told again replace themselves."""
    free = {"on_hand": pieces(50), "reserved": pieces(8), "available": pieces(42)}
    await known.deliver(
        ItemChanged(sku="B2", description="Other", status="active", stock_uom="EA", changed_at=AT),
        LevelChanged(sku="A1", warehouse_id="RENO", changed_at=AT, **free),
        LevelChanged(sku="B2", warehouse_id="RENO", changed_at=AT, **free),
        PriceChanged(
            price_id="P1", customer_id="CUST-SHOP", sku="A1", unit_price=usd("9.50"), changed_at=AT
        ),
    )
    async with asyncio.timeout(15):
        while not (sent(root, "SHOP", "INVRPT") and sent(root, "SHOP", "PRICAT")):
            await asyncio.sleep(0.05)
    [segments] = sent(root, "SHOP", "INVRPT")
    report, _ = stock_edifact.read(segments)
    assert report is not None
    [line] = report.lines
    assert (line.items, line.quantity) == ({"VN": "A1", "UP": "012345678905"}, pieces(42))
    rows = [
        ("XQ", "H", "20260701", "20260707"),
        ("N9", "RF", "W27"),
        ("LIN", "1", "UP", "012345678905"),
        ("ZA", "QS"),
        ("SDQ", "EA", "92", "0042", "12", "0043", "3"),
        ("ZA", "QA", "30", "EA"),
        ("CTT", "1"),
    ]
    for control in (1, 2):
        await drop("STORE", f"852-{control}.edi", file("852", rows, "STORE", control))
    told = (await known.emitted(SalesReported))[0]
    assert [(s.location, s.sku, s.sold, s.on_hand) for s in told.lines] == [
        ("0042", "A1", pieces(12), None),
        ("0043", "A1", pieces(3), None),
        ("", "A1", None, pieces(30)),
    ]
    listed = (await known.http.get("/sell-through", params={"sku": "A1"})).json()["sold"]
    assert [(row["location"], row["sold"]) for row in listed] == [
        ("", None),
        ("0042", "12"),
        ("0043", "3"),
    ]
