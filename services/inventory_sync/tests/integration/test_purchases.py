"""Purchase orders, advices and receipts with real servers: differences reach people, once."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from crossdock.testing import Desk
from crossdock_contracts import Money, Quantity
from crossdock_contracts.catalog import PurchaseLine, PurchaseOrderChanged
from crossdock_contracts.exceptions import ExceptionRaised
from crossdock_contracts.inventory import StockReceived
from crossdock_contracts.partners import (
    AdviceReceived,
    PurchaseOrderLine,
    ReceiptConfirmed,
    ReceiptLine,
)
from inventory_sync import purchases

NOW = datetime(2026, 3, 1, tzinfo=UTC)
DUE = date(2026, 3, 10)


def pieces(value: int) -> Quantity:
    """So many."""
    return Quantity(Decimal(value), "EA")


ORDER = PurchaseOrderChanged(
    po_number="PO-1",
    supplier_id="VEND-1",
    warehouse_id="EAST",
    currency="USD",
    ordered_on=date(2026, 2, 20),
    lines=(
        PurchaseLine(
            line_no=1,
            sku="A",
            quantity=pieces(100),
            unit_price=Money(Decimal(1), "USD"),
            supplier_item="X-A",
        ),
    ),
    changed_at=NOW,
    due_on=DUE,
)
ADVICE = AdviceReceived(
    partner_id="RUBBERCO",
    po_number="PO-1",
    document_id="856-1",
    received_at=NOW,
    shipment_reference="RC-1",
    lines=(PurchaseOrderLine(line_no=1, quantity=pieces(100), items={"VN": "X-A"}),),
    expected_at=NOW,
)


def counted(value: int, damaged: int = 0) -> ReceiptConfirmed:
    """The 3PL counted so many of A in."""
    bad = pieces(damaged) if damaged else None
    return ReceiptConfirmed(
        partner_id="RENO-3PL",
        reference="WR-1",
        document_id="944-1",
        received_at=NOW,
        warehouse_id="EAST",
        counted_at=NOW,
        lines=(ReceiptLine(line_no=1, sku="A", quantity=pieces(value), damaged=bad),),
        order_number="PO-1",
        shipment_reference="RC-1",
    )


async def told(desk: Desk) -> list[tuple[str, str]]:
    """What was put before people."""
    return [(event.code, event.text) for event in await desk.emitted(ExceptionRaised)]


async def test_what_was_announced_and_counted_is_stock_without_a_word(shop: Desk) -> None:
    """Order, advice and receipt agree; each said twice changes nothing."""
    again = replace(ADVICE, document_id="856-2", received_at=NOW + timedelta(hours=1))
    await shop.deliver(ORDER)
    await shop.deliver(ADVICE, again)
    await shop.deliver(counted(100))
    await shop.deliver(replace(counted(100), document_id="944-2"))
    [received] = await shop.emitted(StockReceived)
    assert (received.sku, received.source, received.reference) == ("A", "purchase", "PO-1")
    async with shop.begin() as tx:
        await purchases.tell_late(tx, DUE + timedelta(days=1))
    assert await told(shop) == []


async def test_a_short_receipt_is_told_with_its_numbers(shop: Desk) -> None:
    """What is damaged is not stock."""
    await shop.deliver(ORDER)
    await shop.deliver(ADVICE)
    await shop.deliver(counted(90, damaged=8))
    assert (await shop.http.get("/stock/A")).json()["on_hand"] == "90"
    [(code, text)] = await told(shop)
    assert code == "receipt_short"
    assert text == "purchase order PO-1: A: 100 announced, 90 received, 8 damaged"


async def test_an_advice_without_an_order_or_for_other_goods_is_told(shop: Desk) -> None:
    """An unmatched ASN, an announcement beyond the order, and one that comes too late."""
    await shop.deliver(replace(ADVICE, po_number="PO-9"))
    await shop.deliver(ORDER)
    other = PurchaseOrderLine(line_no=2, quantity=pieces(5), items={"VN": "X-Z"})
    much = PurchaseOrderLine(line_no=1, quantity=pieces(101), items={"VN": "X-A"})
    late = datetime(2026, 3, 12, tzinfo=UTC)
    await shop.deliver(replace(ADVICE, lines=(much, other), expected_at=late))
    found = await told(shop)
    assert [code for code, _ in found] == ["asn_unmatched", "asn_unmatched", "asn_over", "asn_late"]
    assert "PO-9" in found[0][1]
    assert "5 EA of VN X-Z" in found[1][1]
    assert "A: 100 ordered, 101 announced" in found[2][1]


async def test_an_order_that_does_not_come_is_told_once(shop: Desk, receive: Any) -> None:
    """With what is missing; goods beyond the order are told when they are booked."""
    await shop.deliver(ORDER)
    await receive("R1", "EAST", "A", 40, reference="PO-1")
    for day in (DUE, DUE + timedelta(days=1), DUE + timedelta(days=2)):
        async with shop.begin() as tx:
            await purchases.tell_late(tx, day)
    assert [code for code, _ in await told(shop)] == ["purchase_late"]
    await receive("R2", "EAST", "A", 61, reference="PO-1")
    code, text = (await told(shop))[-1]
    assert (code, text) == (
        "receipt_over",
        "purchase order PO-1: A: 100 announced, 101 received",
    )


async def test_a_receipt_of_an_unknown_item_waits_for_a_person(shop: Desk) -> None:
    """Nothing of it is booked."""
    strange = ReceiptLine(line_no=2, sku="NO", quantity=pieces(1))
    receipt = counted(5)
    await shop.deliver(ORDER)
    await shop.deliver(replace(receipt, lines=(*receipt.lines, strange)))
    assert await shop.emitted(StockReceived) == []
    [dead] = await shop.dead()
    assert dead["key"] == "RENO-3PL/WR-1"
    assert [code for code, _ in await told(shop)] == ["receipt_unknown_item"]
