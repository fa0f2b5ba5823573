"""Events turned into the documents a partner gets: order response, ship notice, invoice."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

import msgspec

from crossdock_contracts import Address, LineQuantity, Quantity
from crossdock_contracts.invoices import InvoiceCredited, InvoiceIssued, InvoiceLine
from crossdock_contracts.orders import OrderAccepted, OrderRejected, RequestedLine
from crossdock_contracts.partners import PurchaseOrderLine
from crossdock_contracts.shipments import Carton, ShipmentShipped

from . import domain
from .edi.mapping.credit_note.model import CreditNote
from .edi.mapping.invoice.model import BilledLine, Invoice
from .edi.mapping.lines import Line
from .edi.mapping.order_response.model import AcknowledgedLine, OrderResponse, Promise
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
    return promised(order, {}, event.accepted_at.date())


def promised(order: KnownOrder, waiting: Mapping[int, Decimal], on: date) -> OrderResponse:
    """An answer that accepts, and says of each line how much waits for stock."""
    lines = tuple(_promised(line, waiting.get(line.line_no, Decimal(0))) for line in order.lines)
    said = {promise.status for line in lines for promise in line.promises}
    return OrderResponse(
        kind="changed" if said - {"accepted"} else "accepted",
        po_number=order.po_number,
        po_date=order.po_date or on,
        order_id=order.order_id,
        acknowledged_on=on,
        currency=order.lines[0].unit_price.currency if order.lines else "",
        lines=lines,
    )


def _promised(line: domain.KnownLine, waiting: Decimal) -> AcknowledgedLine:
    now = Promise(line.status, _part(line, line.stock.value - waiting))
    later = Promise("backordered", _part(line, waiting))
    promises = tuple(promise for promise in (now, later) if promise.quantity.value > 0)
    return AcknowledgedLine(goods(line, line.stock), promises)


def _part(line: domain.KnownLine, value: Decimal) -> Quantity:
    return goods(line, Quantity(value, line.stock.uom)).quantity


def rejection(
    event: OrderRejected, po_date: date | None, asked: Mapping[int, PurchaseOrderLine]
) -> OrderResponse:
    """An answer that rejects, with the reasons in words."""
    lines = tuple(
        AcknowledgedLine(
            _asked(line, asked.get(line.line_no)), (Promise("rejected", line.quantity),)
        )
        for line in event.lines
    )
    return OrderResponse(
        kind="rejected",
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


def credit(event: InvoiceCredited, order: KnownOrder) -> CreditNote:
    """A credit note for one credit memo."""
    return CreditNote(
        credit_id=event.credit_memo_id,
        credited_on=event.credited_at.date(),
        invoice_id=event.invoice_id,
        total=event.total,
        lines=tuple(_billed(line, order) for line in event.lines),
        po_number=order.po_number or event.customer_po,
        order_id=event.order_id,
        return_id=event.return_id or "",
    )


def goods(line: domain.KnownLine, stock: Quantity) -> Line:
    """A stock quantity of a line as the partner knows it."""
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
        return goods(line, content.quantity)
    number, items = str(content.line_no), {"VN": content.sku}
    return Line(number=number, quantity=content.quantity, items=items)


def _pack(carton: Carton, order: KnownOrder) -> Pack:
    lines = tuple(_shipped(content, order) for content in carton.contents)
    return Pack(carton.sscc or "", lines, carton.tracking_number)


def _billed(entry: InvoiceLine, order: KnownOrder) -> BilledLine:
    line = order.line(entry.line_no)
    # A price that was changed since the order was accepted is billed in the invoice's own unit.
    if line is not None and line.unit_price == entry.unit_price:
        return BilledLine(goods(line, entry.quantity), entry.taxes)
    billed = Line(
        number=(line.partner_line if line else entry.customer_line) or str(entry.line_no),
        quantity=entry.quantity,
        items=(line.items if line else {}) or {"VN": entry.sku},
        price=entry.unit_price,
        description=entry.description,
    )
    return BilledLine(billed, entry.taxes)
