"""What suppliers send: answers to our orders, advices of shipments, notices that bill, prices."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, time
from typing import Literal

from crossdock import Tx
from crossdock_contracts import Money, Quantity
from crossdock_contracts.partners import (
    AdviceReceived,
    AnsweredLine,
    BillingNoticeReceived,
    PricesReceived,
    PurchaseOrderLine,
    QuotedPrice,
    ResponseReceived,
)

from .. import outbound
from .. import store as partners
from ..edi.mapping.billing_notice.model import BillingNotice
from ..edi.mapping.goods import Goods
from ..edi.mapping.lines import Line
from ..edi.mapping.order_response.model import AcknowledgedLine, LineStatus, OrderResponse
from ..edi.mapping.price_catalogue.model import PriceCatalogue
from ..edi.mapping.ship_notice.model import ShipNotice
from ..logistics import documents, store
from ..logistics.domain import sku_of
from .incoming import Incoming

Answer = Literal["accepted", "changed", "backordered", "rejected"]
ANSWERS: dict[LineStatus, Answer] = {
    "accepted": "accepted",
    "price_changed": "changed",
    "quantity_changed": "changed",
    "backordered": "backordered",
    "rejected": "rejected",
}


async def take_response(tx: Tx, incoming: Incoming) -> None:
    """Say what becomes of our order; anything but a plain yes goes to a person too."""
    told: OrderResponse = incoming.model
    said = ResponseReceived(
        **incoming.source(tx),
        po_number=told.po_number,
        status=told.kind,
        lines=tuple(
            answered
            for number, entry in enumerate(told.lines, 1)
            for answered in _answered(number, entry)
        ),
    )
    tx.emit(said)
    if told.kind != "accepted":
        _tell_response(tx, said, told.reasons)


def _answered(number: int, entry: AcknowledgedLine) -> Iterable[AnsweredLine]:
    """One for each promise: a line may be accepted in part and wait in part."""
    for promise in entry.promises:
        yield AnsweredLine(
            line_no=number,
            status=ANSWERS[promise.status],
            quantity=promise.quantity,
            partner_line=entry.line.number,
            items=dict(entry.line.items),
            unit_price=entry.line.price,
            ships_on=promise.ships_on,
        )


def _tell_response(tx: Tx, said: ResponseReceived, reasons: Iterable[str]) -> None:
    changes = [
        f"line {line.partner_line or line.line_no}: {line.status},"
        f" {line.quantity.value:f} {line.quantity.uom}"
        for line in said.lines
        if line.status != "accepted"
    ]
    why = "; ".join([*changes, *reasons]) or "no reason was given"
    tx.raise_exception(
        code=f"purchase_order_{'rejected' if said.status == 'rejected' else 'answered'}",
        text=f"{said.partner_id} answers {said.po_number} with {said.status}: {why}",
        team="partner_desk",
        about=said.po_number,
        context={
            "po_number": said.po_number,
            "partner_id": said.partner_id,
            "document_id": said.document_id,
        },
    )


async def take_advice(tx: Tx, incoming: Incoming) -> None:
    """Say what is on its way; a 3PL that shall receive it is told too."""
    told: ShipNotice = incoming.model
    lines = [*told.lines, *(line for pack in told.packs for line in pack.lines)]
    times = documents.TransferTimes(
        shipped_at=told.shipped_at, expected_at=told.expected_at, carrier=told.carrier
    )
    await _advise(tx, incoming, told.po_number, told.shipment_id, _goods(lines), times)


async def take_billing_notice(tx: Tx, incoming: Incoming) -> None:
    """Say what is on its way, and that it was billed."""
    told: BillingNotice = incoming.model
    times = documents.TransferTimes(shipped_at=datetime.combine(told.issued_on, time(), UTC))
    goods = [
        Goods(number=line.partner_line, items=line.items, quantity=line.quantity)
        for line in told.lines
    ]
    await _advise(tx, incoming, told.po_number, told.shipment_reference, goods, times)
    tx.emit(
        BillingNoticeReceived(
            **incoming.source(tx),
            po_number=told.po_number,
            shipment_reference=told.shipment_reference,
            invoice_number=told.invoice_number,
            total=told.total,
        )
    )


async def take_prices(tx: Tx, incoming: Incoming) -> None:
    """Say a supplier's prices; they change nothing here."""
    told: PriceCatalogue = incoming.model
    tx.emit(
        PricesReceived(
            **incoming.source(tx),
            reference=told.reference or incoming.record.document_id,
            currency=told.currency,
            prices=tuple(
                QuotedPrice(
                    items=dict(price.items),
                    price=Money(price.amount, told.currency),
                    uom=price.uom,
                    description=price.description,
                    minimum=price.minimum,
                    valid_from=price.valid_from,
                    valid_until=price.valid_until,
                )
                for price in told.prices
            ),
        )
    )


async def _advise(
    tx: Tx,
    incoming: Incoming,
    po_number: str,
    reference: str,
    goods: list[Goods],
    times: documents.TransferTimes,
) -> None:
    tx.emit(
        AdviceReceived(
            **incoming.source(tx),
            po_number=po_number,
            shipment_reference=reference,
            lines=tuple(_advised(number, line) for number, line in enumerate(goods, 1)),
            shipped_at=times.shipped_at,
            expected_at=times.expected_at,
            carrier=times.carrier,
        )
    )
    order = await store.purchase(tx, po_number)
    place = await store.place(tx, order.warehouse_id) if order else None
    if order is None or place is None or place.partner_id is None:
        return
    warehouse = await partners.partner(tx, place.partner_id)
    if warehouse is not None:
        ours = {line.supplier_item: line.sku for line in order.lines if line.supplier_item}
        ours |= {line.sku: line.sku for line in order.lines}
        said = [_as_ours(line, ours) for line in goods]
        advice = documents.transfer_advice(order, reference, said, times)
        name = f"{incoming.profile.partner_id}-{reference}"
        await outbound.send(
            tx, warehouse, "transfer_advice", name, advice, po_number=order.po_number
        )


def _advised(number: int, line: Goods) -> PurchaseOrderLine:
    return PurchaseOrderLine(
        line_no=number,
        quantity=line.quantity,
        partner_line=line.number,
        items=dict(line.items),
        description=line.description,
    )


def _as_ours(line: Goods, ours: dict[str, str]) -> Goods:
    sku = sku_of(line.items, ours)
    return Goods(
        number=line.number,
        items={"VN": sku},
        quantity=line.quantity,
        description=line.description,
    )


def _goods(lines: Iterable[Line]) -> list[Goods]:
    """Lines of packs put together by item and unit."""
    found: dict[tuple[str, str, str], Goods] = {}
    for line in lines:
        key = line.number, str(sorted(line.items.items())), line.quantity.uom
        before = found[key].quantity.value if key in found else 0
        found[key] = Goods(
            number=line.number,
            items=line.items,
            quantity=Quantity(before + line.quantity.value, line.quantity.uom),
            description=line.description,
        )
    return list(found.values())
