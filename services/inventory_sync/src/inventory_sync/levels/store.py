"""What is said of levels of stock: asked for, or told after a change."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from weakref import WeakKeyDictionary

from crossdock import Tx

# Levels that were marked, as they are now: a mark that is seen here has its change seen as well,
# and a change that commits later has left a mark of its own.
UNSAID = """
with said as (
    delete from unsaid_levels
     where ctid = any(array(select ctid from unsaid_levels limit $1))
    returning sku, warehouse_id
)
select sku, warehouse_id, uom, on_hand, reserved, on_hand - reserved as available
  from stock where (sku, warehouse_id) in (select * from said)
 order by sku, warehouse_id"""

# What could be promised now, per known item and active warehouse.
AVAILABLE = """
select i.sku, coalesce(s.uom, i.stock_uom) as uom, w.warehouse_id,
       case when w.active then s.on_hand - s.reserved else 0 end as available
  from items i left join stock s using (sku) left join warehouses w using (warehouse_id)
 where i.sku = any($1) order by i.sku, w.priority, w.warehouse_id"""

LEVELS = """
select sku, warehouse_id, uom, on_hand, reserved, on_hand - reserved as available
  from stock
 where ($1::text is null or sku = $1) and ($2::text is null or warehouse_id = $2)
 order by sku, warehouse_id limit $3"""

_marked: WeakKeyDictionary[Tx, set[tuple[str, str]]] = WeakKeyDictionary()


def to_mark(tx: Tx, changed: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Those of some levels that this transaction has not marked yet: the caller does.

    They are said soon after the commit; the last of many changes is what will be said.
    """
    tx.wake("say_levels")
    known = _marked.setdefault(tx, set())
    new = [level for level in changed if level not in known]
    known.update(new)
    return new


async def take_unsaid(tx: Tx, limit: int) -> list[Any]:
    """Levels that have changed since they were said, as they are now."""
    return await tx.fetch(UNSAID, limit)


async def available(tx: Tx, skus: Iterable[str]) -> list[Any]:
    """What could be promised, a row per known item and warehouse."""
    return await tx.fetch(AVAILABLE, sorted(set(skus)))


async def listed(tx: Tx, sku: str | None, warehouse_id: str | None, limit: int) -> list[Any]:
    """What the books say, by SKU and warehouse."""
    return await tx.fetch(LEVELS, sku, warehouse_id, limit)
