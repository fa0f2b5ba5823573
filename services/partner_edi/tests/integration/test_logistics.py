"""Warehouses, carriers, suppliers and shops by file: what they are sent, and what they say."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from crossdock.testing import Desk
from crossdock_contracts import Address, FreightCharge, LineQuantity, Money, Quantity
from crossdock_contracts.catalog import (
    ItemChanged,
    PriceChanged,
    PurchaseLine,
    PurchaseOrderChanged,
    WarehouseChanged,
)
from crossdock_contracts.exceptions import ExceptionRaised
from crossdock_contracts.inventory import LevelChanged
from crossdock_contracts.orders import OrderPlaced, RequestedLine
from crossdock_contracts.partners import (
    AdviceReceived,
    BillingNoticeReceived,
    FreightBilled,
    PricesReceived,
    ReceiptConfirmed,
    SalesReported,
    ShipmentConfirmed,
    StatusReported,
    TenderAnswered,
)
from crossdock_contracts.shipments import CarrierAssigned, ShipmentRequested
from partner_edi.edi import envelope
from partner_edi.edi.document import EDIFACT_MARKS, Cover, write
from partner_edi.edi.mapping.carrier_status import edifact as status_edifact
from partner_edi.edi.mapping.carrier_status import model as status
from partner_edi.edi.mapping.inventory_report import edifact as stock_edifact
from partner_edi.edi.mapping.load_tender import x12 as tender_x12
from partner_edi.edi.mapping.transfer_advice import x12 as advice_x12
from partner_edi.edi.mapping.warehouse_order import x12 as order_x12

Drop = Callable[[str, str, bytes], Awaitable[Path]]
AT = datetime(2026, 7, 10, 8, 30, tzinfo=UTC)
HERE = Address(
    name="Somewhere", street=("1 Dock Road",), city="Reno", region="NV", postal_code="89521"
)
PROFILES = {
    "RENO-3PL": """
role: warehouse
warehouse_id: RENO
inbound: {releases: ["004010"], documents: [warehouse_shipment, transfer_receipt]}
outbound: {release: "004010", documents: [warehouse_order, transfer_advice]}
""",
    "ROADWAY": """
role: carrier
carrier: RDWY
freight: {amount: "5.00", percent: "2"}
inbound: {releases: ["004010"], documents: [tender_response, carrier_status, freight_invoice]}
outbound: {release: "004010", documents: [load_tender]}
""",
    "SPEDITION": """
role: carrier
carrier: SPED
standard: EDIFACT
inbound: {releases: ["D:96A:UN"], documents: [carrier_status]}
""",
    "RUBBERCO": """
role: supplier
supplier_id: VEND-1
inbound: {releases: ["004010"], documents: [billing_notice, price_catalogue]}
""",
    "SHOP": """
role: customer
customer_id: CUST-SHOP
standard: EDIFACT
inbound: {releases: ["D:96A:UN"], documents: [sales_report]}
outbound:
  release: D:96A:UN
  documents: [inventory_report, price_catalogue]
  every: {inventory_report: 1h, price_catalogue: 1h}
""",
    "STORE": """
role: customer
customer_id: CUST-STORE
inbound: {releases: ["004010"], documents: [sales_report, receiving_advice]}
""",
}


@pytest.fixture
def desk_settings(root: Path, tmp_path: Path) -> dict[str, Any]:
    """Profiles of this test's partners."""
    folder = tmp_path / "profiles"
    folder.mkdir()
    for name, more in PROFILES.items():
        groups = "" if "EDIFACT" in more else f"groups: [{name}]\nour_group: CROSSDOCK\n"
        (folder / f"{name}.yaml").write_text(
            f"partner_id: {name}\nname: {name}\n"
            f"addresses: [{{qualifier: ZZ, id: {name}}}]\n"
            f"our_addresses: [{{qualifier: ZZ, id: CROSSDOCK}}]\n{groups}usage: T\n{more}"
        )
    return {
        "root": root,
        "profiles": folder,
        "quiet_seconds": 0.0,
        "patience_seconds": 0.0,
    }


@pytest.fixture
async def known(desk: Desk) -> Desk:
    """A service that knows an item, a 3PL's warehouse and its partners."""
    async with asyncio.timeout(10):
        while len((await desk.http.get("/partners")).json()) < len(PROFILES):
            await asyncio.sleep(0.02)
    await desk.deliver(
        WarehouseChanged(
            warehouse_id="RENO", name="Reno", address=HERE, changed_at=AT, partner_id="RENO-3PL"
        ),
        ItemChanged(
            sku="A1",
            description="Widget",
            status="active",
            stock_uom="EA",
            changed_at=AT,
            aliases=("012345678905",),
        ),
    )
    return desk


def pieces(value: int) -> Quantity:
    """So many."""
    return Quantity(Decimal(value), "EA")


def usd(amount: str) -> Money:
    """Dollars."""
    return Money(Decimal(amount), "USD")


def file(code: str, rows: Sequence[Any], sender: str, control: int = 1) -> bytes:
    """A partner's document in its envelope."""
    edifact = not code.isdigit()
    cover = Cover(
        sender=("ZZ", sender),
        receiver=("ZZ", "CROSSDOCK"),
        control=control,
        written_at=AT,
        version="D:96A:UN" if edifact else "004010",
        usage="T",
        **({"marks": EDIFACT_MARKS._replace(repetition="")} if edifact else {}),
    )
    return write([(code, rows)], cover).encode()


def sent(root: Path, partner: str, code: str) -> list[Any]:
    """The documents of a set that lie in a partner's outbox, as segments."""
    found = []
    for path in sorted(root.glob(f"{partner}/outbox/*")):
        reading = envelope.read([path.read_bytes()])
        for interchange in reading.interchanges:
            for group in interchange.groups:
                found += [one.segments for one in group.sets if one.code == code]
    return found


REQUESTED = ShipmentRequested(
    order_id="ORD-1",
    shipment_id="SHP-1-1",
    warehouse_id="RENO",
    requested_at=AT,
    lines=(
        LineQuantity(line_no=1, sku="A1", quantity=pieces(10)),
        LineQuantity(line_no=2, sku="A1", quantity=pieces(5)),
    ),
    ship_to=HERE,
    partner_id="RENO-3PL",
)
PLACED = OrderPlaced(
    order_id="ORD-1",
    customer_id="CUST-1",
    channel="api",
    placed_at=AT,
    currency="USD",
    lines=(RequestedLine(line_no=1, item="A1", quantity=pieces(15)),),
)


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
    strange = [(row if row[0] != "W06" else ("W06", "F", "SHP-9", "20260711")) for row in rows]
    await drop("RENO-3PL", "945b.edi", file("945", strange, "RENO-3PL", 2))
    assert [e.code for e in await known.emitted(ExceptionRaised)] == ["document_unmatched"]
    receipt = [
        ("W17", "F", "20260712", "WR-1", "PO-1", "RC-1"),
        ("W07", "90", "EA", "", "VN", "A1"),
        ("W13", "10", "EA", "01"),
        ("W14", "90"),
    ]
    await drop("RENO-3PL", "944.edi", file("944", receipt, "RENO-3PL", 3))
    [counted] = await known.emitted(ReceiptConfirmed)
    [line] = counted.lines
    assert (line.sku, line.quantity, line.damaged) == ("A1", pieces(90), pieces(10))
    assert (counted.order_number, counted.warehouse_id) == ("PO-1", "RENO")


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
