"""Documents out: 855, 856 and 810 as the order proceeds, and the partner's answers to them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from crossdock.testing import Desk
from crossdock_contracts import Address, LineQuantity, Money, PaymentTerms, Quantity, Reason
from crossdock_contracts.exceptions import ExceptionRaised
from crossdock_contracts.invoices import InvoiceIssued, InvoiceLine
from crossdock_contracts.orders import (
    OrderAccepted,
    OrderLine,
    OrderPlaced,
    OrderRejected,
    RequestedLine,
)
from crossdock_contracts.partners import AcknowledgementReceived, DocumentSent
from crossdock_contracts.shipments import Carton, ShipmentShipped
from partner_edi.edi.document import Cover, write

Drop = Callable[[str, str, bytes], Awaitable[Path]]
Sample = Callable[[str], bytes]
AT = datetime(2026, 7, 10, 8, 30, tzinfo=UTC)
TEN = Money(Decimal("10.00"), "USD")
ONE = Quantity(Decimal(1), "EA")
PIECE = LineQuantity(line_no=1, sku="A1", quantity=ONE)
COMMON: dict[str, Any] = {"order_id": "ORD-1", "customer_id": "CUST-SENDER"}
PARTNER: dict[str, Any] = {"customer_po": "PO12345", "partner_id": "SENDER"}
ASKED = RequestedLine(line_no=1, item="VENDORSKU", quantity=ONE, unit_price=TEN)
PLACED = OrderPlaced(
    **COMMON, **PARTNER, channel="edi", placed_at=AT, currency="USD", lines=(ASKED,)
)
ACCEPTED = OrderAccepted(
    **COMMON,
    **PARTNER,
    channel="edi",
    accepted_at=AT,
    currency="USD",
    lines=(
        OrderLine(line_no=1, sku="A1", description="Widget", quantity=ONE, unit_price=TEN, net=TEN),
    ),
    net_total=TEN,
    tax_total=Money.zero("USD"),
    total=TEN,
    ship_to=Address(name="Store", city="Raleigh", region="NC", postal_code="27601"),
    terms=PaymentTerms(net_days=30),
)
SHIPPED = ShipmentShipped(
    order_id="ORD-1",
    shipment_id="SHP-1-1",
    warehouse_id="EAST",
    shipped_at=AT,
    lines=(PIECE,),
    cartons=(Carton(sscc="003540232000000017", contents=(PIECE,)),),
)
ISSUED = InvoiceIssued(
    **COMMON,
    **PARTNER,
    invoice_id="INV-1-1",
    shipment_id="SHP-1-1",
    issued_at=AT,
    due_at=AT,
    currency="USD",
    lines=(
        InvoiceLine(
            line_no=1, sku="A1", description="Widget", quantity=ONE, unit_price=TEN, net=TEN
        ),
    ),
    net_total=TEN,
    tax_total=Money.zero("USD"),
    total=TEN,
)


def outbox(root: Path) -> dict[str, str]:
    """Files of the partner by set; 997s left out."""
    files = sorted((root / "SENDER" / "outbox").iterdir())
    return {p.name[:3]: p.read_text() for p in files if not p.name.startswith("997")}


async def test_an_order_goes_from_855_to_810(
    desk: Desk, drop: Drop, sample: Sample, root: Path
) -> None:
    """Each step of the order is told in its document, once, in the partner's own words."""
    await drop("SENDER", "po.edi", sample("032"))
    await desk.deliver(PLACED, ACCEPTED, ACCEPTED)
    await desk.deliver(SHIPPED, ISSUED)
    await desk.errands_done()
    files = outbox(root)
    assert sorted(files) == ["810", "855", "856"]
    assert "BAK*00*AD*PO12345*20260709" in files["855"]
    assert "PO1*1*1*EA*10**VN*VENDORSKU~" in files["855"]
    assert "MAN*GM*003540232000000017~" in files["856"]
    assert "TDS*1000~" in files["810"]
    sent = [event for event in await desk.emitted(DocumentSent) if event.set_code != "997"]
    assert {(e.set_code, e.order_id, e.reference) for e in sent} == {
        ("855", "ORD-1", "ORD-1"),
        ("856", "ORD-1", "SHP-1-1"),
        ("810", "ORD-1", "INV-1-1"),
    }
    everything = await desk.emitted(DocumentSent)
    numbers = sorted(int(event.control_number.split("/")[1]) for event in everything)
    assert numbers == [1, 2, 3, 4]
    async with desk.begin() as tx:
        [order] = await tx.fetch("select * from audit.documents where set_code = '850'")
    assert (order["order_id"], order["state"]) == ("ORD-1", "translated")


async def test_a_shipment_that_is_heard_before_its_order_waits(desk: Desk, root: Path) -> None:
    """Streams arrive in any order; nothing is lost and nothing is sent twice."""
    await desk.deliver(SHIPPED, ISSUED)
    assert len(await desk.parked()) == 2
    await desk.deliver(PLACED, ACCEPTED)
    await desk.unparked()
    await desk.errands_done()
    assert sorted(outbox(root)) == ["810", "855", "856"]


async def test_orders_of_nobodys_partner_send_nothing(desk: Desk, root: Path) -> None:
    """An order from the shop is remembered, so that its shipment does not wait for ever."""
    plain = OrderPlaced(
        **COMMON, channel="api", placed_at=AT, currency="USD", lines=(ASKED,), customer_po="X"
    )
    await desk.deliver(plain)
    await desk.deliver(SHIPPED)
    assert await desk.parked() == []
    await desk.errands_done()
    assert await desk.emitted(DocumentSent) == []


async def test_a_rejected_order_is_told_with_its_reason(
    desk: Desk, drop: Drop, sample: Sample, root: Path
) -> None:
    """855 with RJ, the reason in words and IR on the line."""
    await drop("SENDER", "po.edi", sample("032"))
    reason = Reason(code="unknown_item", text="Line 1: VENDORSKU is not an item.")
    refused = OrderRejected(
        **COMMON, **PARTNER, channel="edi", rejected_at=AT, reasons=(reason,), lines=(ASKED,)
    )
    await desk.deliver(PLACED, refused)
    await desk.errands_done()
    text = outbox(root)["855"]
    assert "BAK*00*RJ*PO12345" in text
    assert "MSG*Line 1: VENDORSKU is not an item.~" in text
    assert "ACK*IR*1*EA~" in text


async def test_a_997_marks_our_document_and_a_refusal_is_raised(desk: Desk, drop: Drop) -> None:
    """Accepted is recorded; rejected reaches a person before the partner charges back."""
    await desk.deliver(PLACED, ACCEPTED)
    await desk.deliver(SHIPPED)
    await desk.errands_done()
    for control, answer in ((1, "A"), (2, "R")):
        rows = [
            ("AK1", "PR", str(control)),
            ("AK2", "855" if control == 1 else "856", "0001"),
            ("AK5", answer),
            ("AK9", answer, "1", "1", "1"),
        ]
        cover = Cover(
            sender=("ZZ", "SENDER"),
            receiver=("ZZ", "RECEIVER"),
            control=control,
            written_at=AT,
            version="004010",
            usage="T",
        )
        text = write([("997", rows)], cover)
        await drop("SENDER", f"ack{control}.edi", text.encode())
    answers = await desk.emitted(AcknowledgementReceived)
    assert [(a.document_id, a.status) for a in answers] == [
        ("855-ORD-1", "accepted"),
        ("856-SHP-1-1", "rejected"),
    ]
    [raised] = await desk.emitted(ExceptionRaised)
    assert (raised.code, raised.order_id) == ("document_refused", "ORD-1")
    states = {d["document_id"]: d["state"] for d in (await desk.http.get("/documents")).json()}
    assert (states["855-ORD-1"], states["856-SHP-1-1"]) == ("acknowledged", "rejected")
