"""Orders, advices and receipts as they come: kept, compared, and doubts put before people."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal

from msgspec.structs import replace

from crossdock import Reject, Tx
from crossdock.ids import digest
from crossdock_contracts import Team
from crossdock_contracts.catalog import PurchaseOrderChanged
from crossdock_contracts.partners import AdviceReceived, ReceiptConfirmed

from .. import receipts
from .. import store as books
from ..domain import Item, Refused
from ..receipts import Receipt
from . import domain, store
from .domain import NOTHING, Doubt
from .store import Order

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def copy_order(tx: Tx, event: PurchaseOrderChanged) -> None:
    """Keep an order as the ERP has it."""
    store.put_order(tx, event)


async def take_advice(tx: Tx, event: AdviceReceived) -> None:
    """Match an advice with its order; the same advice again changes nothing."""
    content = digest(replace(event, document_id="", received_at=EPOCH))
    if await store.advice_digest(tx, event) == content:
        return
    found = await store.orders(tx, [event.po_number])
    if not found:
        text = f"there is no purchase order {event.po_number or '(none named)'}"
        _raise(tx, Doubt("asn_unmatched", text), _of(event), "partner_desk")
        return
    [order] = found
    items = await _items(tx, order)
    matched = domain.match(order.lines, event.lines, items)
    store.put_advice(tx, event, content, matched.quantities)
    ordered = domain.in_stock(order.lines, items)
    before = await store.announced(tx, order.po_number, event.shipment_reference, only=False)
    doubts = domain.advice_doubts(ordered, before, matched, event.expected_at, order.due_on)
    for doubt in doubts:
        _raise(tx, doubt, {**_of(event), "supplier_id": order.supplier_id}, "partner_desk")


async def take_receipt(tx: Tx, event: ReceiptConfirmed) -> None:
    """Book what a 3PL counted in, and hold it against what was announced or ordered."""
    names = [name for name in (event.order_number, event.shipment_reference) if name]
    numbers = await store.orders_of(tx, names)
    po_number = event.order_number if event.order_number in numbers else next(iter(numbers), "")
    try:
        booked, new = await receipts.take_in(tx, list(_receipts(event, po_number)))
    except Refused as no:
        raise Reject(
            f"{event.partner_id} counted {event.reference} in: {no.text}",
            code=f"receipt_{no.code}",
            team="warehouse",
            context={**no.context, "document_id": event.document_id},
        ) from no
    if not new or not po_number:
        return
    counted: dict[str, Decimal] = {}
    for one in booked:
        counted[one.sku] = counted.get(one.sku, NOTHING) + one.quantity
    damaged = {line.sku: line.damaged.value for line in event.lines if line.damaged}
    announced = await store.announced(tx, po_number, event.shipment_reference)
    if not announced:
        [order] = await store.orders(tx, [po_number])
        announced = domain.in_stock(order.lines, await _items(tx, order))
    about = {"po_number": po_number, "receipt": event.reference, "document_id": event.document_id}
    for doubt in domain.receipt_doubts(announced, counted, damaged):
        _raise(tx, doubt, about, "warehouse")


async def check_receipts(tx: Tx, references: Iterable[str]) -> None:
    """After receipts over HTTP: more than was ordered is told at once; less may still come."""
    for order in await store.orders(tx, await store.orders_of(tx, set(references))):
        ordered = domain.in_stock(order.lines, await _items(tx, order))
        received = await store.received(tx, order.po_number)
        about = {"po_number": order.po_number, "supplier_id": order.supplier_id}
        for doubt in domain.receipt_doubts(ordered, received, {}):
            if doubt.code == "receipt_over":
                _raise(tx, doubt, about, "warehouse")


async def tell_late(tx: Tx, today: date) -> int:
    """Tell of orders that were due and are not all here, each once; how many were looked at."""
    orders = await store.late(tx, today)
    for order in orders:
        store.mark_late(tx, order.po_number)
        ordered = domain.in_stock(order.lines, await _items(tx, order))
        missing = domain.missing(ordered, await store.received(tx, order.po_number))
        if missing:
            text = f"was due on {order.due_on}: {'; '.join(missing)}"
            about = {"po_number": order.po_number, "supplier_id": order.supplier_id}
            _raise(tx, Doubt("purchase_late", text), about, "warehouse")
    return len(orders)


def _receipts(event: ReceiptConfirmed, po_number: str) -> Iterable[Receipt]:
    """One receipt per line; its id is the 3PL's own number, so a repetition is known again."""
    name = "".join(c if c.isalnum() or c in "._-" else "-" for c in event.reference)[:40]
    for line in event.lines:
        if line.quantity.value:
            yield Receipt(
                receipt_id=f"{event.partner_id[:24]}:{name}:{line.line_no}",
                warehouse_id=event.warehouse_id,
                sku=line.sku,
                quantity=line.quantity.value,
                uom=line.quantity.uom,
                source="purchase" if po_number else "transfer",
                reference=po_number or event.order_number or event.shipment_reference,
            )


async def _items(tx: Tx, order: Order) -> dict[str, Item]:
    return await books.items(tx, {line.sku for line in order.lines})


def _of(event: AdviceReceived) -> dict[str, str]:
    return {
        "po_number": event.po_number,
        "partner_id": event.partner_id,
        "shipment_reference": event.shipment_reference,
        "document_id": event.document_id,
    }


def _raise(tx: Tx, doubt: Doubt, about: dict[str, str], team: Team) -> None:
    number = about["po_number"] or about.get("shipment_reference", "")
    name = f"purchase order {number}" if about["po_number"] else f"advice {number}"
    if reference := about.get("shipment_reference"):
        name = f"{name}, advice {reference}"
    tx.raise_exception(
        code=doubt.code,
        text=f"{name}: {doubt.text}",
        team=team,
        about=number or about.get("document_id", ""),
        context=about,
    )
