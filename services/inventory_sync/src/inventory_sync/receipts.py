"""Receipts and adjustments: checked as a whole, booked once, and shared out at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from crossdock import Tx
from crossdock_contracts import Event, Reason, Uom
from crossdock_contracts.values import Sku, WarehouseId

from . import announce, store, waiting
from .domain import Item, Kind, Movement, Refused, Warehouse, measured, plain, positive

DocumentId = Annotated[str, Meta(pattern="^[A-Za-z0-9._:/-]{1,80}$")]
Text = Annotated[str, Meta(max_length=400)]
Source = Literal["opening", "purchase", "transfer", "return"]
KINDS: dict[Source, Kind] = {"opening": "opening", "return": "restock"}


class Receipt(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Goods that came into a warehouse, in the item's stock unit or another it knows."""

    receipt_id: DocumentId
    warehouse_id: WarehouseId
    sku: Sku
    quantity: Decimal
    uom: Uom | None = None
    source: Source = "purchase"
    reference: Text = ""


class Adjustment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A correction in stock units, signed, with who made it and why."""

    adjustment_id: DocumentId
    warehouse_id: WarehouseId
    sku: Sku
    quantity: Decimal
    by: Annotated[str, Meta(min_length=1, max_length=80)]
    reason: Annotated[str, Meta(min_length=1, max_length=400)]


class Booked(msgspec.Struct, frozen=True, kw_only=True):
    """What is in the ledger for a document, the first time and every time."""

    document_id: str
    kind: Kind
    warehouse_id: str
    sku: str
    quantity: Decimal
    uom: str
    booked_at: datetime
    source: str = ""
    reference: str = ""
    by: str = ""


async def take_in(tx: Tx, receipts: Sequence[Receipt]) -> tuple[list[Booked], bool]:
    """Book receipts, all or none; False when every one of them had been booked before."""
    await _lock(tx, "receipt", [(r.receipt_id, r.sku) for r in receipts])
    places, items = await _known(tx, receipts)
    moves: dict[str, Movement] = {}
    for receipt in receipts:
        moved = _receipt(receipt, items[receipt.sku])
        if moves.setdefault(moved.movement_id, moved) != moved:
            raise _conflict(moved.movement_id)
    return await _book(tx, moves, places)


async def correct(tx: Tx, adjustment: Adjustment) -> tuple[Booked, bool]:
    """Book an adjustment; False when it had been booked before."""
    await _lock(tx, "adjustment", [(adjustment.adjustment_id, adjustment.sku)])
    places, items = await _known(tx, [adjustment])
    quantity = measured(adjustment.quantity)
    if not quantity:
        raise Refused("bad_quantity", "an adjustment by 0 changes nothing", quantity=0)
    movement = Movement(
        f"adjustment:{adjustment.adjustment_id}",
        adjustment.sku,
        adjustment.warehouse_id,
        items[adjustment.sku].stock_uom,
        "adjustment",
        quantity,
        reference=adjustment.reason,
        booked_by=adjustment.by,
    )
    [booked], new = await _book(tx, {movement.movement_id: movement}, places)
    return booked, new


async def _lock(tx: Tx, kind: str, documents: Sequence[tuple[str, str]]) -> None:
    """The documents too: the same id must not be booked twice at one time for two SKUs."""
    skus = {f"sku:{sku}" for _, sku in documents}
    await tx.lock(*skus, *{f"{kind}:{document_id}" for document_id, _ in documents})


async def _known(
    tx: Tx, documents: Sequence[Receipt | Adjustment]
) -> tuple[dict[str, Warehouse], dict[str, Item]]:
    """The warehouses and items that these documents name; Refused names the first unknown one."""
    places = await store.warehouses(tx, {document.warehouse_id for document in documents})
    items = await store.items(tx, {document.sku for document in documents})
    for document in documents:
        where, sku = document.warehouse_id, document.sku
        if where not in places:
            raise Refused("unknown_warehouse", f"no warehouse {where!r}", warehouse_id=where)
        if sku not in items:
            raise Refused("unknown_item", f"no item {sku!r} in the catalog", sku=sku)
    return places, items


def _receipt(receipt: Receipt, item: Item) -> Movement:
    """A receipt as a line of the ledger."""
    return Movement(
        f"receipt:{receipt.receipt_id}",
        receipt.sku,
        receipt.warehouse_id,
        item.stock_uom,
        KINDS.get(receipt.source, "receipt"),
        positive(item.in_stock_unit(receipt.quantity, receipt.uom)),
        source=receipt.source,
        reference=receipt.reference,
    )


async def _book(
    tx: Tx, moves: Mapping[str, Movement], places: Mapping[str, Warehouse]
) -> tuple[list[Booked], bool]:
    """Book what is new, answer what is known as it was booked, refuse what differs from it."""
    before = await store.movements(tx, list(moves))
    for movement_id, (known, _) in before.items():
        if known != moves[movement_id]:
            raise _conflict(movement_id)
    new = [moved for moved in moves.values() if moved.movement_id not in before]
    books = await store.open_books(tx, {moved.sku for moved in new})
    for moved in new:
        books.book(moved, places[moved.warehouse_id])
        tx.emit(_said(tx, moved))
    if new:
        for event in await waiting.serve(tx, books, new[0].movement_id):
            tx.emit(event)
    booked = [
        _booked(moved, before[moved.movement_id][1] if moved.movement_id in before else tx.now)
        for moved in moves.values()
    ]
    return booked, bool(new)


def _said(tx: Tx, moved: Movement) -> Event:
    document_id = moved.movement_id.partition(":")[2]
    if moved.kind == "adjustment":
        reason = Reason(code="count", text=moved.reference)
        return announce.adjusted(document_id, moved, tx.now, reason)
    return announce.received(document_id, moved, tx.now)


def _booked(moved: Movement, at: datetime) -> Booked:
    return Booked(
        document_id=moved.movement_id.partition(":")[2],
        kind=moved.kind,
        warehouse_id=moved.warehouse_id,
        sku=moved.sku,
        quantity=plain(moved.quantity),
        uom=moved.uom,
        booked_at=at,
        source=moved.source,
        reference=moved.reference,
        by=moved.booked_by,
    )


def _conflict(movement_id: str) -> Refused:
    kind, _, document_id = movement_id.partition(":")
    text = f"{kind} {document_id} was given before with other content; give a correction a new id"
    return Refused("already_booked", text, document_id=document_id)
