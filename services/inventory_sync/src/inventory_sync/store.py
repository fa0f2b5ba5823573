"""Every statement of inventory_sync. Stock of a SKU is read and written under its lock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from weakref import WeakKeyDictionary

from crossdock import Tx

from . import levels
from .domain import (
    Bin,
    Books,
    Demand,
    Item,
    Movement,
    Portion,
    Reservation,
    Shelf,
    Warehouse,
)

# The stock of SKUs, in one fixed order: a second guard where somebody forgot the lock.
LOAD = """
select s.sku, s.warehouse_id, s.uom, s.on_hand, s.reserved, w.priority, w.active
  from stock s join warehouses w using (warehouse_id)
 where s.sku = any($1) order by s.sku, s.warehouse_id for update of s"""

# What an order has reserved, and what of it has neither shipped nor been released.
ORDER = """
select line_no, sku, warehouse_id, reserved - shipped - released as open
  from reservations where order_id = $1"""

# What of each line of an order warehouses were given and did not give back, shipped or not.
HELD = """
select line_no, sum(reserved - released) as quantity
  from reservations where order_id = $1 group by line_no"""

# Who waits for SKUs, the oldest first.
QUEUE = """
select order_id, line_no, sku, uom, quantity, since
  from backorders where sku = any($1) order by sequence"""

# What changed in the books, in one statement: the stock, a mark that its levels are to be said, and
# what was reserved. A line can be reserved in the same warehouse again, when its backorder is
# served from there.
SAVE = """
with saved as (
    insert into stock as s (sku, warehouse_id, uom, on_hand, reserved)
    select * from unnest($1::text[], $2::text[], $3::text[], $4::numeric[], $5::numeric[])
    on conflict (sku, warehouse_id)
    do update set on_hand = excluded.on_hand, reserved = excluded.reserved
), marked as (
    insert into unsaid_levels (sku, warehouse_id) select * from unnest($6::text[], $7::text[])
)
insert into reservations as r (order_id, line_no, sku, warehouse_id, reserved)
select * from unnest($8::text[], $9::int[], $10::text[], $11::text[], $12::numeric[])
on conflict (order_id, line_no, warehouse_id)
do update set reserved = r.reserved + excluded.reserved"""

# What became of reservations: shipped, released, or shipped beyond what was reserved.
SETTLE = """
update reservations r
   set reserved = r.reserved + t.reserved, shipped = r.shipped + t.shipped,
       released = r.released + t.released
  from unnest($2::int[], $3::text[], $4::numeric[], $5::numeric[], $6::numeric[])
       as t (line_no, warehouse_id, reserved, shipped, released)
 where r.order_id = $1 and r.line_no = t.line_no and r.warehouse_id = t.warehouse_id"""

BOOK = """
insert into movements
       (at, movement_id, sku, warehouse_id, uom, kind, quantity, source, reference, booked_by)
select $1, * from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
                         $7::numeric[], $8::text[], $9::text[], $10::text[])"""

WAIT = """
insert into backorders (order_id, line_no, sku, uom, quantity, since)
select * from unnest($1::text[], $2::int[], $3::text[], $4::text[], $5::numeric[],
                     $6::timestamptz[])
on conflict (order_id, line_no) do update set quantity = excluded.quantity"""

SERVED = """
delete from backorders b using unnest($1::text[], $2::int[]) as t (order_id, line_no)
 where b.order_id = t.order_id and b.line_no = t.line_no"""

MOVEMENTS = """
select at, movement_id, sku, warehouse_id, uom, kind, quantity, source, reference, booked_by
  from movements where movement_id = any($1)"""

SHIPPED = "select true from movements where kind = 'shipment' and movement_id = any($1) limit 1"

WAREHOUSES = "select warehouse_id, priority, active from warehouses where warehouse_id = any($1)"

ITEMS = "select sku, stock_uom, uoms, factors from items where sku = any($1)"

PUT_WAREHOUSE = """
insert into warehouses (warehouse_id, name, priority, active) values ($1, $2, $3, $4)
on conflict (warehouse_id) do update
   set name = excluded.name, priority = excluded.priority, active = excluded.active"""

PUT_ITEM = """
insert into items (sku, stock_uom, uoms, factors) values ($1, $2, $3, $4)
on conflict (sku) do update
   set stock_uom = excluded.stock_uom, uoms = excluded.uoms, factors = excluded.factors"""

# A unit in which an item still lies somewhere, though it is not its stock unit.
OTHER_UNIT = "select uom from stock where sku = $1 and uom <> $2 and on_hand > 0 limit 1"

# SKUs that somebody waits for although a warehouse has some of them.
STRANDED = """
select distinct sku from stock s
 where warehouse_id = $1 and on_hand > reserved
   and exists (select 1 from backorders b where b.sku = s.sku)"""

BACKORDERS = """
select order_id, line_no, sku, quantity, uom, since
  from backorders where $1::text is null or sku = $1 order by sequence limit $2"""

LOCK = "sku:"

# Shelves that a transaction has read and locked: in a batch of many orders each SKU is read once.
_read: WeakKeyDictionary[Tx, dict[str, Shelf]] = WeakKeyDictionary()


async def open_books(tx: Tx, skus: Iterable[str], order_id: str | None = None) -> Books:
    """The stock of these SKUs and, if one is named, the reservations of an order.

    The first to ask reads all that the batch has locked: its other orders find theirs there.
    """
    wanted = set(skus)
    known = _read.setdefault(tx, {})
    if not wanted <= known.keys():
        locked = {name.removeprefix(LOCK) for name in tx.locked if name.startswith(LOCK)}
        missing = sorted((wanted | locked) - known.keys())
        known.update((sku, Shelf()) for sku in missing)
        for row in await tx.fetch(LOAD, missing):
            warehouse = Warehouse(row["warehouse_id"], row["priority"], row["active"])
            known[row["sku"]][warehouse.warehouse_id] = Bin(
                row["sku"], warehouse, row["uom"], row["on_hand"], row["reserved"]
            )
    shelves = {sku: known[sku] for sku in wanted}
    return Books(shelves, await _reservations(tx, order_id) if order_id else None)


async def _reservations(tx: Tx, order_id: str) -> dict[tuple[int, str, str], Reservation]:
    return {
        (row["line_no"], row["sku"], row["warehouse_id"]): Reservation(row["open"])
        for row in await tx.fetch(ORDER, order_id)
    }


async def held(tx: Tx, order_id: str) -> dict[int, Decimal]:
    """How much of each of an order's lines is reserved or has shipped."""
    return {row["line_no"]: row["quantity"] for row in await tx.fetch(HELD, order_id)}


def save(tx: Tx, books: Books) -> None:
    """Write what has changed in the books, with the transaction's next read or its commit."""
    if books.touched:
        stock = [
            (b.sku, b.warehouse.warehouse_id, b.uom, b.on_hand, b.reserved)
            for b in books.touched.values()
        ]
        marks = levels.to_mark(tx, books.touched)
        taken = [_reservation_row(portion) for portion in books.taken]
        tx.write(SAVE, *_columns(stock, 5), *_columns(marks, 2), *_columns(taken, 5))
    if books.movements:
        tx.write(BOOK, tx.now, *_columns([_movement_row(m) for m in books.movements], 9))


def settle(tx: Tx, order_id: str, books: Books) -> None:
    """Write what became of the order's reservations."""
    rows = [
        (line_no, warehouse_id, held.reserved, held.shipped, held.released)
        for (line_no, _, warehouse_id), held in books.order.items()
        if held.reserved or held.shipped or held.released
    ]
    if rows:
        tx.write(SETTLE, order_id, *_columns(rows, 5))


def save_queue(tx: Tx, queue: Sequence[Demand]) -> None:
    """Write how much these lines wait for now; those that wait for nothing leave the queue."""
    waiting = [line for line in queue if line.quantity > 0]
    served = [(line.order_id, line.line_no) for line in queue if line.quantity <= 0]
    if waiting:
        rows = [(w.order_id, w.line_no, w.sku, w.uom, w.quantity, w.since) for w in waiting]
        tx.write(WAIT, *_columns(rows, 6))
    if served:
        tx.write(SERVED, *_columns(served, 2))


async def queue_for(tx: Tx, skus: Iterable[str]) -> list[Demand]:
    """Who waits for these SKUs, the oldest first."""
    return [Demand(*row.values()) for row in await tx.fetch(QUEUE, sorted(skus))]


def _reservation_row(portion: Portion) -> tuple[Any, ...]:
    return (
        portion.order_id,
        portion.line_no,
        portion.sku,
        portion.warehouse_id,
        portion.quantity,
    )


def _movement_row(moved: Movement) -> tuple[Any, ...]:
    return (
        moved.movement_id,
        moved.sku,
        moved.warehouse_id,
        moved.uom,
        moved.kind,
        moved.quantity,
        moved.source,
        moved.reference,
        moved.booked_by,
    )


def _columns(rows: Sequence[tuple[Any, ...]], width: int) -> list[list[Any]]:
    """Rows as the arrays that unnest() takes."""
    return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(width)]


async def movements(tx: Tx, movement_ids: Sequence[str]) -> dict[str, tuple[Movement, datetime]]:
    """Lines of the ledger that are there already, by id, with when they were booked."""
    rows = await tx.fetch(MOVEMENTS, list(movement_ids))
    return {row["movement_id"]: (Movement(*list(row.values())[1:]), row["at"]) for row in rows}


async def has_shipped(tx: Tx, movement_ids: Sequence[str]) -> bool:
    """Whether any of these shipments is in the ledger."""
    return bool(await tx.fetchval(SHIPPED, list(movement_ids)))


async def warehouses(tx: Tx, warehouse_ids: Iterable[str]) -> dict[str, Warehouse]:
    """The warehouses that are known, by id."""
    rows = await tx.fetch(WAREHOUSES, sorted(warehouse_ids))
    return {row["warehouse_id"]: Warehouse(*row.values()) for row in rows}


async def items(tx: Tx, skus: Iterable[str]) -> dict[str, Item]:
    """The items that are known, by SKU."""
    rows = await tx.fetch(ITEMS, sorted(skus))
    return {
        row["sku"]: Item(
            row["sku"],
            row["stock_uom"],
            dict(zip(row["uoms"], row["factors"], strict=True)),
        )
        for row in rows
    }


def put_warehouse(tx: Tx, warehouse: Warehouse, name: str) -> None:
    """Keep a copy; shelves read before may show what the warehouse was."""
    tx.write(PUT_WAREHOUSE, warehouse.warehouse_id, name, warehouse.priority, warehouse.active)
    _read.pop(tx, None)


def put_item(tx: Tx, item: Item) -> None:
    """Keep a copy."""
    uoms: dict[str, Decimal] = item.conversions
    tx.write(PUT_ITEM, item.sku, item.stock_uom, list(uoms), list(uoms.values()))


async def other_unit(tx: Tx, item: Item) -> str | None:
    """The unit in which stock of the item lies, where it is not the item's own."""
    found = await tx.fetchval(OTHER_UNIT, item.sku, item.stock_uom)
    return None if found is None else str(found)


async def stranded(tx: Tx, warehouse_id: str) -> list[str]:
    """SKUs that somebody waits for although this warehouse has some."""
    return [row["sku"] for row in await tx.fetch(STRANDED, warehouse_id)]


async def backorders(tx: Tx, sku: str | None, limit: int) -> list[Any]:
    """Who waits, the oldest first."""
    return await tx.fetch(BACKORDERS, sku, limit)
