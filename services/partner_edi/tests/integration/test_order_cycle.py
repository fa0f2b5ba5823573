"""The order cycle with one partner's files: changes, stock, money and returns, in its own words."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from crossdock.testing import Desk
from crossdock_contracts import (
    Address,
    Allocation,
    LineQuantity,
    Money,
    PaymentTerms,
    Quantity,
    Reason,
)
from crossdock_contracts.inventory import StockBackordered, StockReserved
from crossdock_contracts.orders import (
    AnsweredChange,
    OrderAccepted,
    OrderChangeAnswered,
    OrderChanged,
    OrderLine,
    OrderPlaced,
)
from crossdock_contracts.partners import (
    ChangeReceived,
    PurchaseOrderReceived,
    RemittanceReceived,
    ReturnRequested,
)
from crossdock_contracts.returns import ReturnAuthorized, ReturnLine
from partner_edi.edi.document import Cover, write

Drop = Callable[[str, str, bytes], Awaitable[Path]]
AT = datetime(2026, 7, 10, 8, 30, tzinfo=UTC)
SCENE = Path(__file__).parents[4] / "infra" / "demo" / "data" / "scene" / "profiles"


@pytest.fixture
def desk_settings(root: Path) -> dict[str, Any]:
    """The partners of the EDI demo."""
    return {"root": root, "profiles": SCENE, "quiet_seconds": 0.0, "patience_seconds": 0.0}


def usd(amount: str) -> Money:
    """Dollars."""
    return Money(Decimal(amount), "USD")


def each(value: int, uom: str = "EA") -> Quantity:
    """So many."""
    return Quantity(Decimal(value), uom)


def file(code: str, control: int, body: str) -> bytes:
    """A file of MERIDIAN."""
    rows = [line.strip().split("*") for line in body.strip().splitlines()]
    cover = Cover(
        sender=("08", "9251550000"), receiver=("ZZ", "CROSSDOCK"), control=control, written_at=AT,
        version="004010", group=("MERIDIAN", "CROSSDOCK"),
    )  # fmt: skip
    return write([(code, rows)], cover).encode()


ORDER = """
    BEG*00*SA*4711**20261120
    PO1*1*10*EA*2.5**VN*A
    PO1*2*2*BX*30**BP*M-40017
"""
LINES = (
    OrderLine(
        line_no=1, sku="A", description="", quantity=each(10), unit_price=usd("2.50"),
        net=usd("25.00"), customer_line="1",
    ),
    OrderLine(
        line_no=2, sku="SAF-HAT-WHT", description="", quantity=each(24), unit_price=usd("2.50"),
        net=usd("60.00"), customer_line="2", ordered=each(2, "CA"),
    ),
)  # fmt: skip
COMMON: dict[str, Any] = {
    "order_id": "ORD-1", "channel": "edi", "customer_id": "CUST-MERIDIAN", "currency": "USD",
    "customer_po": "4711", "partner_id": "MERIDIAN",
}  # fmt: skip


@pytest.fixture
async def ordered(desk: Desk, drop: Drop) -> Desk:
    """Ten of A and two boxes of hats are accepted."""
    await drop("MERIDIAN", "850.edi", file("850", 1, ORDER))
    await desk.deliver(
        OrderPlaced(placed_at=AT, lines=(), **COMMON),
        OrderAccepted(
            accepted_at=AT, lines=LINES, net_total=usd("85.00"), tax_total=usd("0"),
            total=usd("85.00"), ship_to=Address(name="DC 4"), terms=PaymentTerms(net_days=30),
            **COMMON,
        ),
    )  # fmt: skip
    return desk


def sent(root: Path, code: str) -> list[str]:
    """The documents of a set in the partner's outbox."""
    return [p.read_text() for p in sorted((root / "MERIDIAN" / "outbox").glob(f"{code}_*"))]


async def test_units_and_numbers_of_the_partner_become_ours_and_back(
    ordered: Desk, root: Path
) -> None:
    """A box is a case, M-40017 a hat; the answer waits for stock and says what is backordered."""
    [received] = await ordered.emitted(PurchaseOrderReceived)
    assert received.lines[1].quantity == each(2, "CA")
    assert received.lines[1].items == {"BP": "SAF-HAT-WHT"}
    assert sent(root, "855") == []
    place = {"order_id": "ORD-1", "reservation_id": "R"}
    parts = tuple(
        Allocation(line_no=no, sku=sku, warehouse_id="EAST", quantity=each(n))
        for no, sku, n in ((1, "A", 7), (2, "SAF-HAT-WHT", 24))
    )
    await ordered.deliver(StockReserved(**place, reserved_at=AT, allocations=parts))
    assert sent(root, "855") == []
    waits = (LineQuantity(line_no=1, sku="A", quantity=each(3)),)
    await ordered.deliver(StockBackordered(order_id="ORD-1", backordered_at=AT, lines=waits))
    await ordered.errands_done()
    [text] = sent(root, "855")
    assert "ACK*IA*7*EA~" in text
    assert "ACK*IB*3*EA~" in text
    assert "ACK*IA*2*BX~" in text


async def test_a_change_is_told_and_answered_in_the_partners_words(
    ordered: Desk, drop: Drop, root: Path
) -> None:
    """860 in, 865 out: what the lines are now, and why one of them is not as asked."""
    body = """
        BCH*04*SA*4711**3*20261120*****20261121
        POC*1*QI*12*12*EA*2.5**VN*A
        POC*2*DI*0*0*BX
        POC*9*AI*1*1*EA***BP*M-77
    """
    await drop("MERIDIAN", "860.edi", file("860", 2, body))
    [change] = await ordered.emitted(ChangeReceived)
    assert [(x.action, x.partner_line, x.quantity) for x in change.lines] == [
        ("change", "1", each(12)),
        ("delete", "2", each(0, "CA")),
        ("add", "9", each(1)),
    ]
    more = OrderLine(
        line_no=1, sku="A", description="", quantity=each(12), unit_price=usd("2.50"),
        net=usd("30.00"), customer_line="1",
    )  # fmt: skip
    why = Reason(code="unknown_item", text="Nobody knows M-77.")
    await ordered.deliver(
        OrderChanged(
            order_id="ORD-1", changed_at=AT, changed_by="MERIDIAN", lines=(more, LINES[1]),
            total=usd("90.00"),
        ),
        OrderChangeAnswered(
            order_id="ORD-1", customer_id="CUST-MERIDIAN", partner_id="MERIDIAN",
            customer_po="4711", document_id=change.document_id, answered_at=AT, status="changed",
            lines=(
                AnsweredChange(status="accepted", quantity=each(12), line_no=1),
                AnsweredChange(status="changed", quantity=each(12), line_no=2),
                AnsweredChange(
                    status="refused", quantity=each(0), customer_line="9", reason=why
                ),
            ),
        ),
    )  # fmt: skip
    await ordered.errands_done()
    [text] = sent(root, "865")
    assert "BCA*00*AC*4711**3*20261120" in text
    assert "MSG*Nobody knows M-77.~" in text
    assert "ACK*IA*12*EA~" in text
    assert "ACK*IQ*1*BX~" in text
    assert "ACK*IR*0*EA~" in text


async def test_a_remittance_names_invoices_claims_and_credits(ordered: Desk, drop: Drop) -> None:
    """An 820 becomes one event with what was paid and what was kept back."""
    body = """
        BPR*I*70*C*ACH************20261127
        TRN*1*ACH-1
        RMR*IV*INV-1-1**78*85*2
        ADX*-5*01*CM*CLM-1
        RMR*CM*CRM-1-1-1**8
    """
    await drop("MERIDIAN", "820.edi", file("820", 3, body))
    [paid] = await ordered.emitted(RemittanceReceived)
    invoice, credit = paid.documents
    assert (paid.reference, paid.amount, paid.customer_id) == ("ACH-1", usd("70"), "CUST-MERIDIAN")
    assert (invoice.paid, invoice.billed, invoice.discount) == (usd("78"), usd("85"), usd("2"))
    assert (invoice.deductions[0].amount, invoice.deductions[0].reference) == (usd("5"), "CLM-1")
    assert (credit.reference, credit.paid) == ("CRM-1-1-1", usd("-8"))


async def test_a_return_is_found_in_the_order_or_refused_at_once(
    ordered: Desk, drop: Drop, root: Path
) -> None:
    """Boxes are asked for in pieces; the RMA goes back as a 180; what is in no order is refused."""
    body = """
        BGN*00*{0}*20261128
        PRF*{1}
        BLI*BP*M-40017*1*BX
        RDR**DM**wet
    """
    await drop("MERIDIAN", "180.edi", file("180", 4, body.format("RGA-1", "4711")))
    await drop("MERIDIAN", "180b.edi", file("180", 5, body.format("RGA-2", "4799")))
    [asked] = await ordered.emitted(ReturnRequested)
    assert (asked.order_id, asked.reference) == ("ORD-1", "RGA-1")
    assert (asked.lines[0].line_no, asked.lines[0].quantity) == (2, each(12))
    assert asked.lines[0].reason.code == "damaged"
    back = ReturnLine(
        line_no=2, sku="SAF-HAT-WHT", quantity=each(12), shipment_id="SHP-1-1",
        reason=asked.lines[0].reason, invoice_id="INV-1-1",
    )  # fmt: skip
    await ordered.deliver(
        ReturnAuthorized(
            order_id="ORD-1", return_id="RMA-1-1", customer_id="CUST-MERIDIAN", authorized_at=AT,
            lines=(back,), document_id=asked.document_id,
        )
    )  # fmt: skip
    await ordered.errands_done()
    refused, given = sorted(sent(root, "180"), key=lambda text: "RMA-1-1" in text)
    assert "BGN*11*RGA-2*" in refused
    assert "*U~" in refused
    assert "BGN*11*RMA-1-1*20260710***RGA-1**AP~" in given
    assert "N9*RZ*RMA-1-1~" in given
    assert "BLI*BP*M-40017*1*BX" in given
