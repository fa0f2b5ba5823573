"""A running inventory_sync that knows three warehouses and some items."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Literal

import httpx
import pytest

from crossdock import Service
from crossdock.testing import Desk
from crossdock_contracts import Address, LineQuantity, Money, PaymentTerms, Quantity, Reason
from crossdock_contracts.catalog import ItemChanged, WarehouseChanged
from crossdock_contracts.orders import OrderAccepted, OrderCancelled, OrderLine
from crossdock_contracts.returns import InspectedLine, ReturnInspected
from crossdock_contracts.shipments import ShipmentFailed, ShipmentShipped, cartons

NOW = datetime(2026, 3, 1, tzinfo=UTC)
HERE = Address(name="Here")
ZERO = Money.zero("USD")
Lines = tuple[tuple[str, int], ...]
Receive = Callable[..., Awaitable[httpx.Response]]


class Make:
    """Events with what matters to stock; the rest is filled in."""

    def warehouse(self, name: str, priority: int, active: bool = True) -> WarehouseChanged:
        """A warehouse of the catalog."""
        return WarehouseChanged(
            warehouse_id=name, name=name, address=HERE, changed_at=NOW, priority=priority,
            active=active,
        )  # fmt: skip

    def item(self, sku: str, uom: str = "EA") -> ItemChanged:
        """An item of the catalog, 12 to a case."""
        return ItemChanged(
            sku=sku, description=sku, status="active", stock_uom=uom, changed_at=NOW,
            conversions={"CA": Decimal(12)},
        )  # fmt: skip

    def lines(self, *lines: tuple[str, int]) -> tuple[LineQuantity, ...]:
        """Lines numbered from 1."""
        return tuple(
            LineQuantity(line_no=n, sku=sku, quantity=Quantity(Decimal(q), "EA"))
            for n, (sku, q) in enumerate(lines, 1)
        )

    def accepted(self, order_id: str, *lines: tuple[str, int]) -> OrderAccepted:
        """An accepted order."""
        return OrderAccepted(
            order_id=order_id, channel="api", customer_id="CUST-1", accepted_at=NOW,
            currency="USD", net_total=ZERO, tax_total=ZERO, total=ZERO, ship_to=HERE,
            terms=PaymentTerms(net_days=30),
            lines=tuple(
                OrderLine(
                    line_no=line.line_no, sku=line.sku, description=line.sku, unit_price=ZERO,
                    quantity=line.quantity, net=ZERO,
                )
                for line in self.lines(*lines)
            ),
        )  # fmt: skip

    def shipped(
        self, order_id: str, where: str, *lines: tuple[str, int], short: Lines = ()
    ) -> ShipmentShipped:
        """A shipment on its way."""
        return ShipmentShipped(
            order_id=order_id, shipment_id=f"SHP-{order_id[4:]}-1", warehouse_id=where,
            shipped_at=NOW, lines=self.lines(*lines), short=self.lines(*short),
            cartons=cartons(self.lines(*lines)),
        )  # fmt: skip

    def cancelled(self, order_id: str, *lines: tuple[str, int]) -> OrderCancelled:
        """A cancellation by the customer."""
        return OrderCancelled(
            order_id=order_id, cancelled_at=NOW, cancelled_by="customer", lines=self.lines(*lines),
            reason=Reason(code="customer", text="changed their mind"),
        )  # fmt: skip

    def failed(self, shipped: ShipmentShipped, text: str) -> ShipmentFailed:
        """The same shipment, failed."""
        return ShipmentFailed(
            order_id=shipped.order_id, shipment_id=shipped.shipment_id, lines=shipped.lines,
            warehouse_id=shipped.warehouse_id, failed_at=NOW,
            reason=Reason(code="failed", text=text),
        )  # fmt: skip

    def inspected(self, *dispositions: Literal["restock", "scrap"]) -> ReturnInspected:
        """A return of two A per disposition, in MID."""
        return ReturnInspected(
            order_id="ORD-0", return_id="RMA-0-1", warehouse_id="MID", inspected_at=NOW,
            lines=tuple(
                InspectedLine(
                    line_no=1, sku="A", quantity=Quantity(Decimal(2), "EA"),
                    shipment_id="SHP-0-1", disposition=disposition,
                )
                for disposition in dispositions
            ),
        )  # fmt: skip


@pytest.fixture
def make() -> Make:
    """Events with what matters to stock."""
    return Make()


@pytest.fixture
def service() -> Service:
    """The service under test."""
    from inventory_sync.app import service

    return service


@pytest.fixture
async def shop(desk: Desk, make: Make) -> Desk:
    """The service with EAST before MID before WEST, and items A to D."""
    names = ("EAST", "MID", "WEST")
    await desk.deliver(
        *(make.warehouse(name, n) for n, name in enumerate(names)),
        *(make.item(sku) for sku in "ABCD"),
    )
    return desk


@pytest.fixture
def receive(shop: Desk) -> Receive:
    """Post a receipt: `await receive("R1", "EAST", "A", 10)`."""

    async def post(
        receipt_id: str, where: str, sku: str, quantity: Any, **more: Any
    ) -> httpx.Response:
        body = {"receipt_id": receipt_id, "warehouse_id": where, "sku": sku, "quantity": quantity}
        return await shop.http.post("/receipts", json=body | more)

    return post
