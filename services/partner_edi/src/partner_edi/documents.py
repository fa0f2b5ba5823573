"""Events turned into the documents a partner gets: order response, ship notice, invoice."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

import msgspec

from crossdock_contracts import Address, LineQuantity, Quantity
from crossdock_contracts.invoices import InvoiceIssued, InvoiceLine
from crossdock_contracts.orders import OrderAccepted, OrderRejected, RequestedLine
from crossdock_contracts.partners import PurchaseOrderLine
from crossdock_contracts.shipments import Carton, ShipmentShipped

from . import domain
from .edi.mapping.invoice.model import BilledLine, Invoice
from .edi.mapping.lines import Line
from .edi.mapping.order_response.model import AcknowledgedLine, OrderResponse
from .edi.mapping.ship_notice.model import Pack, ShipNotice


class KnownOrder(msgspec.Struct, frozen=True, kw_only=True):
    """A partner's order as this service remembers it."""

    order_id: str
    partner_id: str
    po_number: str
    po_date: date | None = None
    ship_to: Address | None = None
    lines: tuple[domain.KnownLine, ...] = ()

    def line(self, line_no: int) -> domain.KnownLine | None:
        """The line of that number; None when the order has none such."""
        return next((line for line in self.lines if line.line_no == line_no), None)


def acceptance(event: OrderAccepted, order: KnownOrder) -> OrderResponse:
    """An answer that accepts, line by line."""
    lines = tuple(AcknowledgedLine(_goods(line, line.stock), line.status) for line in order.lines)
    return OrderResponse(
        kind="AC" if domain.changed(order.lines) else "AD",
        po_number=order.po_number,
        po_date=order.po_date or event.accepted_at.date(),
        order_id=event.order_id,
        acknowledged_on=event.accepted_at.date(),
        currency=event.currency,
        lines=lines,
    )


def rejection(
    event: OrderRejected, po_date: date | None, asked: Mapping[int, PurchaseOrderLine]
) -> OrderResponse:
    """An answer that rejects, with the reasons in words."""
    lines = tuple(
        AcknowledgedLine(_asked(line, asked.get(line.line_no)), "IR") for line in event.lines
    )
    return OrderResponse(
        kind="RJ",
        po_number=event.customer_po,
        po_date=po_date or event.rejected_at.date(),
        order_id=event.order_id,
        acknowledged_on=event.rejected_at.date(),
        reasons=tuple(reason.text for reason in event.reasons),
        lines=lines,
    )


def notice(event: ShipmentShipped, order: KnownOrder, written_at: datetime) -> ShipNotice:
    """A ship notice for one shipment, with packs when they hold exactly what shipped."""
    packed = domain.packed_exactly(event)
    packs = tuple(_pack(carton, order) for carton in event.cartons) if packed else ()
    return ShipNotice(
        shipment_id=event.shipment_id,
        order_id=event.order_id,
        po_number=order.po_number,
        po_date=order.po_date,
        shipped_at=event.shipped_at,
        written_at=written_at,
        warehouse_id=event.warehouse_id,
        ship_to=event.ship_to or order.ship_to,
        carrier=event.carrier,
        tracking_number=next(iter(event.tracking_numbers), ""),
        bill_of_lading=event.bill_of_lading,
        packs=packs,
        lines=tuple(_shipped(line, order) for line in event.lines),
    )


def bill(event: InvoiceIssued, order: KnownOrder) -> Invoice:
    """An invoice for one invoice."""
    return Invoice(
        invoice_id=event.invoice_id,
        invoiced_on=event.issued_at.date(),
        due_on=event.due_at.date(),
        terms_days=event.payment_terms_days,
        early_payment=event.early_payment,
        order_id=event.order_id,
        shipment_id=event.shipment_id,
        po_number=order.po_number or event.customer_po,
        po_date=order.po_date,
        total=event.total,
        lines=tuple(_billed(line, order) for line in event.lines),
        ship_to=order.ship_to,
    )


def _goods(line: domain.KnownLine, stock: Quantity) -> Line:
    quantity, price = line.in_partner_units(stock)
    return Line(
        number=line.partner_line or str(line.line_no),
        quantity=quantity,
        items=line.items or {"VN": line.sku},
        price=price,
        description=line.description,
    )


def _asked(line: RequestedLine, asked: PurchaseOrderLine | None) -> Line:
    return Line(
        number=(asked.partner_line if asked else line.customer_line) or str(line.line_no),
        quantity=line.quantity,
        items=asked.items if asked else {"VN": line.item},
        price=line.unit_price,
        description=asked.description if asked else "",
    )


def _shipped(content: LineQuantity, order: KnownOrder) -> Line:
    line = order.line(content.line_no)
    if line is not None:
        return _goods(line, content.quantity)
    number, items = str(content.line_no), {"VN": content.sku}
    return Line(number=number, quantity=content.quantity, items=items)


def _pack(carton: Carton, order: KnownOrder) -> Pack:
    lines = tuple(_shipped(content, order) for content in carton.contents)
    return Pack(carton.sscc or "", lines, carton.tracking_number)


def _billed(entry: InvoiceLine, order: KnownOrder) -> BilledLine:
    line = order.line(entry.line_no)
    # A price that was changed since the order was accepted is billed in the invoice's own unit.
    if line is not None and line.unit_price == entry.unit_price:
        return BilledLine(_goods(line, entry.quantity), entry.taxes)
    goods = Line(
        number=(line.partner_line if line else entry.customer_line) or str(entry.line_no),
        quantity=entry.quantity,
        items=(line.items if line else {}) or {"VN": entry.sku},
        price=entry.unit_price,
        description=entry.description,
    )
    return BilledLine(goods, entry.taxes)
