"""One customer, three items and their prices, as the ERP would tell of them."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from crossdock_contracts import Address, Allocation, Event, LineQuantity, Money, Quantity, Reason
from crossdock_contracts.catalog import CreditChanged, CustomerChanged, ItemChanged, PriceChanged
from crossdock_contracts.inventory import (
    CancellationApplied,
    ReservationReleased,
    StockBackordered,
    StockReserved,
)
from crossdock_contracts.invoices import InvoiceIssued, InvoiceLine
from crossdock_contracts.partners import PurchaseOrderLine, PurchaseOrderReceived
from crossdock_contracts.shipments import ShipmentShipped, cartons

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ADDRESS = Address(name="Acme", city="Raleigh", region="NC", country="US")


def usd(amount: str | Decimal) -> Money:
    """Dollars."""
    return Money(Decimal(amount), "USD")


def each(value: str | Decimal) -> Quantity:
    """Pieces."""
    return Quantity(Decimal(value), "EA")


def customer(customer_id: str = "C1", **changed: Any) -> CustomerChanged:
    """An active customer in North Carolina."""
    given: dict[str, Any] = {"name": "Acme", "status": "active", "currency": "USD"} | changed
    given.setdefault("changed_at", AT)
    return CustomerChanged(customer_id=customer_id, bill_to=ADDRESS, ship_to=ADDRESS, **given)


def credit(customer_id: str = "C1", limit: str = "100000", **changed: Any) -> CreditChanged:
    """A credit limit."""
    return CreditChanged(
        customer_id=customer_id, limit=usd(limit), **({"changed_at": AT} | changed)
    )


def item(sku: str = "A", **changed: Any) -> ItemChanged:
    """An item in pieces and cases of 12."""
    given: dict[str, Any] = {
        "description": f"Item {sku}",
        "status": "active",
        "stock_uom": "EA",
        "conversions": {"CA": Decimal(12)},
        "aliases": (f"GTIN-{sku}",),
        "changed_at": AT,
    }
    return ItemChanged(sku=sku, **(given | changed))


def price(sku: str = "A", amount: str = "2.50", **changed: Any) -> PriceChanged:
    """A contract price of customer C1."""
    given: dict[str, Any] = {"customer_id": "C1", "changed_at": AT} | changed
    price_id = f"{given['customer_id']}:{sku}"
    return PriceChanged(price_id=price_id, sku=sku, unit_price=usd(amount), **given)


MASTER: tuple[Event, ...] = (
    customer(),
    credit(),
    item("A"),
    item("B"),
    item("OLD", status="discontinued"),
    price("A", "2.50"),
    price("B", "10.00"),
)


def purchase_order(po_number: str = "4711", **changed: Any) -> PurchaseOrderReceived:
    """Ten of A by its GTIN, from a partner."""
    line = PurchaseOrderLine(
        line_no=1,
        quantity=each("10"),
        partner_line="0001",
        items={"BP": "THEIRS-1", "UP": "GTIN-A"},
        unit_price=usd("2.50"),
    )
    given: dict[str, Any] = {
        "partner_id": "ACME",
        "document_id": "DOC-1",
        "customer_id": "C1",
        "received_at": AT,
        "purpose": "original",
        "lines": (line,),
        "currency": "USD",
    }
    return PurchaseOrderReceived(po_number=po_number, **(given | changed))


def _lines(quantities: dict[int, str], sku: str) -> tuple[LineQuantity, ...]:
    return tuple(
        LineQuantity(line_no=no, sku=sku, quantity=each(n)) for no, n in quantities.items()
    )


def _allocations(quantities: dict[int, str], sku: str) -> tuple[Allocation, ...]:
    return tuple(
        Allocation(line_no=no, sku=sku, warehouse_id="EAST", quantity=each(n))
        for no, n in quantities.items()
    )


def reserved(
    order_id: str, quantities: dict[int, str], from_backorder: bool = False, sku: str = "A"
) -> StockReserved:
    """Stock set aside in EAST."""
    return StockReserved(
        order_id=order_id,
        reservation_id="R-1",
        reserved_at=AT,
        allocations=_allocations(quantities, sku),
        from_backorder=from_backorder,
    )


def freed(order_id: str, quantities: dict[int, str], sku: str = "A") -> ReservationReleased:
    """Stock that is not set aside any more."""
    return ReservationReleased(
        order_id=order_id,
        released_at=AT,
        allocations=_allocations(quantities, sku),
        reason=Reason(code="not_found", text="The warehouse could not find it."),
    )


def backordered(order_id: str, quantities: dict[int, str], sku: str = "A") -> StockBackordered:
    """No stock."""
    return StockBackordered(order_id=order_id, backordered_at=AT, lines=_lines(quantities, sku))


def answered(
    order_id: str, dropped: dict[int, str] | None = None, kept: dict[int, str] | None = None
) -> CancellationApplied:
    """Inventory's answer to a cancellation."""
    return CancellationApplied(
        order_id=order_id,
        customer_id="C1",
        applied_at=AT,
        dropped=_lines(dropped or {}, "A"),
        kept=_lines(kept or {}, "A"),
    )


def shipped(
    order_id: str, quantities: dict[int, str], number: int = 1, sku: str = "A"
) -> ShipmentShipped:
    """Goods that left EAST."""
    return ShipmentShipped(
        order_id=order_id,
        shipment_id=f"SHP-{order_id[4:]}-{number}",
        warehouse_id="EAST",
        shipped_at=AT,
        lines=_lines(quantities, sku),
        cartons=cartons(_lines(quantities, sku), tracking_number="1Z999"),
        carrier="UPSN",
    )


def invoiced(
    order_id: str, quantities: dict[int, str], total: str, number: int = 1, sku: str = "A"
) -> InvoiceIssued:
    """A bill for one shipment."""
    nothing = usd("0")
    lines = tuple(
        InvoiceLine(
            line_no=no,
            sku=sku,
            description="",
            quantity=each(n),
            unit_price=nothing,
            net=nothing,
        )
        for no, n in quantities.items()
    )
    return InvoiceIssued(
        order_id=order_id,
        invoice_id=f"INV-{order_id[4:]}-{number}",
        shipment_id=f"SHP-{order_id[4:]}-{number}",
        customer_id="C1",
        issued_at=AT,
        due_at=AT,
        currency="USD",
        lines=lines,
        net_total=nothing,
        tax_total=nothing,
        total=usd(total),
    )
