"""Invoicing as it is deployed, and the words other services say to it."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from crossdock import Service
from crossdock_contracts import (
    Address,
    EarlyPayment,
    LineQuantity,
    Money,
    PaymentTerms,
    Quantity,
    Tax,
)
from crossdock_contracts.catalog import ItemChanged
from crossdock_contracts.orders import OrderAccepted, OrderLine
from crossdock_contracts.returns import InspectedLine, ReturnInspected
from crossdock_contracts.shipments import ShipmentShipped, cartons

NOW = datetime(2025, 3, 1, 12, tzinfo=UTC)


def usd(amount: str) -> Money:
    """Dollars."""
    return Money(Decimal(amount), "USD")


def quantity_of(line_no: int, quantity: int) -> LineQuantity:
    """Some of an order line; line 1 is of item A, line 2 of B."""
    sku = " AB"[line_no] if line_no < 3 else "C"
    return LineQuantity(line_no=line_no, sku=sku, quantity=Quantity(Decimal(quantity), "EA"))


class Words:
    """Events as the services that own them say them, about one order unless told otherwise."""

    def item(self, sku: str, gl_code: str = "4000") -> ItemChanged:
        """An item with its revenue account."""
        return ItemChanged(
            sku=sku,
            description=sku,
            status="active",
            stock_uom="EA",
            changed_at=NOW,
            gl_code=gl_code,
        )

    def accepted(self, order_id: str = "ORD-7", customer_id: str = "C1") -> OrderAccepted:
        """Three of A at 0.3333 with two taxes, and ten of B at 2.00 without: 21.00 and 0.09 tax."""
        taxes = tuple(
            Tax(jurisdiction=name, code="STANDARD", rate=Decimal(rate), amount=usd(amount))
            for name, rate, amount in (("US-NC", "0.0475", "0.05"), ("US-NC-WAKE", "0.04", "0.04"))
        )
        lines = (
            self._line(1, "A", 3, "0.3333", "1.00", taxes),
            self._line(2, "B", 10, "2.00", "20.00", ()),
        )
        return OrderAccepted(
            order_id=order_id,
            channel="edi",
            customer_id=customer_id,
            accepted_at=NOW,
            currency="USD",
            lines=lines,
            net_total=usd("21.00"),
            tax_total=usd("0.09"),
            total=usd("21.09"),
            ship_to=Address(name="Ann"),
            terms=PaymentTerms(
                net_days=45, early_payment=EarlyPayment(rate=Decimal("0.02"), within=10)
            ),
            customer_po="PO-1",
            partner_id="ACME",
        )

    def _line(
        self, n: int, sku: str, quantity: int, price: str, net: str, taxes: tuple[Tax, ...]
    ) -> OrderLine:
        return OrderLine(
            line_no=n,
            sku=sku,
            description=f"Item {sku}",
            quantity=Quantity(Decimal(quantity), "EA"),
            unit_price=usd(price),
            net=usd(net),
            taxes=taxes,
            customer_line=f"00{n}",
        )

    def shipped(
        self, lines: dict[int, int], n: int = 1, order_id: str = "ORD-7"
    ) -> ShipmentShipped:
        """What left with the order's n-th shipment."""
        left = tuple(quantity_of(line_no, quantity) for line_no, quantity in lines.items())
        return ShipmentShipped(
            order_id=order_id,
            shipment_id=f"SHP-{order_id.removeprefix('ORD-')}-{n}",
            warehouse_id="RDU",
            shipped_at=NOW,
            lines=left,
            cartons=cartons(left),
        )

    def inspected(self, *back: tuple[int, int, int], n: int = 1) -> ReturnInspected:
        """What came back: line, quantity, and the shipment it left with."""
        lines = tuple(
            InspectedLine(
                line_no=line_no,
                sku=quantity_of(line_no, quantity).sku,
                quantity=Quantity(Decimal(quantity), "EA"),
                shipment_id=f"SHP-7-{shipment}",
                disposition="restock",
            )
            for line_no, quantity, shipment in back
        )
        return ReturnInspected(
            order_id="ORD-7",
            return_id=f"RMA-7-{n}",
            warehouse_id="RDU",
            inspected_at=NOW,
            lines=lines,
        )


@pytest.fixture
def words() -> Words:
    """The vocabulary of the tests."""
    return Words()


@pytest.fixture
def service() -> Service:
    """Invoicing as it is deployed."""
    from invoicing.app import service

    return service


@pytest.fixture
def pay(desk: Any) -> Callable[..., Any]:
    """Post a payment of customer C1 over HTTP."""

    async def post(amount: str, key: str = "key-1", **more: Any) -> Any:
        body = {"customer_id": "C1", "amount": amount, "currency": "USD", **more}
        return await desk.http.post("/payments", json=body, headers={"Idempotency-Key": key})

    return post
