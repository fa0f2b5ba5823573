"""FUSSY and EURO, two partners of these tests: what they write, and what they find."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from crossdock.testing import Desk
from crossdock_contracts import Address, Money, PaymentTerms, Quantity
from crossdock_contracts.exceptions import ExceptionRaised
from crossdock_contracts.orders import OrderAccepted, OrderLine, OrderPlaced, RequestedLine
from partner_edi import book
from partner_edi.edi.document import EDIFACT_MARKS, Cover, Row, write

Drop = Callable[[str, str, bytes], Awaitable[Path]]
AT = datetime(2026, 7, 10, 8, 30, tzinfo=UTC)
TEN = Money(Decimal("10.00"), "USD")
ONE = Quantity(Decimal(1), "EA")
ORDER: dict[str, Any] = {
    "order_id": "ORD-1", "customer_id": "CUST-FUSSY", "customer_po": "PO1", "partner_id": "FUSSY",
    "channel": "edi", "currency": "USD",
}  # fmt: skip
PLACED = OrderPlaced(
    **ORDER,
    placed_at=AT,
    lines=(RequestedLine(line_no=1, item="A1", quantity=ONE, unit_price=TEN),),
)
LINE = OrderLine(line_no=1, sku="A1", description="Widget", quantity=ONE, unit_price=TEN, net=TEN)
ACCEPTED = OrderAccepted(
    **ORDER,
    accepted_at=AT,
    lines=(LINE,),
    net_total=TEN,
    tax_total=Money.zero("USD"),
    total=TEN,
    ship_to=Address(name="Store", city="Raleigh", region="NC", postal_code="27601"),
    terms=PaymentTerms(net_days=30),
)
FUSSY: dict[str, Any] = {
    "sender": ("08", "FUSSY"), "receiver": ("01", "US"), "written_at": AT, "version": "005010",
}  # fmt: skip
FUSSY_PROFILE = book.read(Path(__file__).parent / "profiles" / "FUSSY.yaml")
EURO = Cover(
    sender=("14", "4012345000009"),
    receiver=("14", "5412345000013"),
    control=7,
    written_at=AT,
    version="D:96A:UN",
    marks=EDIFACT_MARKS._replace(repetition=""),
)


def purchase_order(number: str = "PO1") -> list[Row]:
    """An 850 of one line."""
    return [
        ("BEG", "00", "NE", number, "", "20260709"),
        ("PO1", "1", "1", "EA", "10", "", "VN", "A1"),
        ("CTT", "1"),
    ]


def from_fussy(*documents: tuple[str, list[Row]], control: int = 1) -> bytes:
    """A file as FUSSY writes it."""
    return write(documents, Cover(**FUSSY, control=control)).encode()


def outbox(root: Path, partner_id: str, code: str) -> list[str]:
    """Files in a partner's outbox, by set."""
    return [p.read_text() for p in sorted((root / partner_id / "outbox").glob(f"{code}_*.edi"))]


async def codes(desk: Desk) -> list[str]:
    """The codes of what was put before people."""
    return [event.code for event in await desk.emitted(ExceptionRaised)]


async def listed(desk: Desk, **filters: str) -> list[dict[str, Any]]:
    """Documents as the API lists them."""
    response = await desk.http.get("/documents", params=filters)
    found: list[dict[str, Any]] = response.json()
    return found
