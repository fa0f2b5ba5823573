"""What is known of warehouses, items, prices, levels, purchases and shipments."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec

from crossdock import Tx
from crossdock_contracts import Address, LineQuantity
from crossdock_contracts.catalog import (
    ItemChanged,
    PriceChanged,
    PurchaseOrderChanged,
    WarehouseChanged,
)
from crossdock_contracts.inventory import LevelChanged
from crossdock_contracts.partners import SalesReported
from crossdock_contracts.shipments import ShipmentRequested

from ..profiles import Profile

# Of which customer, supplier, warehouse or carrier a partner's profile speaks.
PARTNER_OF = """
select profile::text from partners
 where profile ->> 'role' = $1 and profile ->> $2 = $3 order by partner_id limit 1"""

PUT_WAREHOUSE = """
insert into warehouses (warehouse_id, partner_id, address) values ($1, $2, $3::jsonb)
on conflict (warehouse_id) do update
   set partner_id = excluded.partner_id, address = excluded.address"""

PUT_ITEM = """
insert into items (sku, description, aliases) values ($1, $2, $3)
on conflict (sku) do update
   set description = excluded.description, aliases = excluded.aliases"""

NAMES = "select sku, aliases from items where sku = any($1) or aliases && $1"

DESCRIBED = "select sku, description from items where sku = any($1)"

# A price that changed is to be told again.
PUT_PRICE = """
insert into prices (price_id, customer_id, sku, price) values ($1, $2, $3, $4::jsonb)
on conflict (price_id) do update set price = excluded.price, told = false"""

# What was not told yet, and is told from here on.
UNTOLD = """
update prices set told = true where customer_id = $1 and not told returning price::text as price"""

PUT_LEVEL = """
insert into levels (sku, warehouse_id, available, uom) values ($1, $2, $3, $4)
on conflict (sku, warehouse_id) do update
   set available = excluded.available, uom = excluded.uom"""

# The items that a customer has a price of, with what all warehouses together could promise.
OWN_STOCK = """
select p.sku, i.description, i.aliases, l.uom, sum(l.available) as available
  from (select distinct sku from prices where customer_id = $1) p
  join items i using (sku) join levels l using (sku)
 group by p.sku, i.description, i.aliases, l.uom order by p.sku"""

PUT_PURCHASE = """
insert into purchases (po_number, supplier_id, warehouse_id, content)
values ($1, $2, $3, $4::jsonb)
on conflict (po_number) do update
   set supplier_id = excluded.supplier_id, warehouse_id = excluded.warehouse_id,
       content = excluded.content"""

PURCHASE = "select content::text from purchases where po_number = $1"

PUT_DISPATCH = """
insert into dispatches (shipment_id, order_id, warehouse_id, lines)
values ($1, $2, $3, $4::jsonb) on conflict do nothing"""

DISPATCH = """
select shipment_id, order_id, warehouse_id, lines::text as lines from dispatches
 where shipment_id = $1"""

# Whoever moves the date sends the report: a second replica finds it moved.
TAKE_TURN = """
insert into reports (partner_id, document, sent_at) values ($1, $2, $3)
on conflict (partner_id, document) do update set sent_at = excluded.sent_at
 where reports.sent_at <= $4 returning true"""

PUT_SOLD = """
insert into sell_through (partner_id, ends_on, location, item, sku, begins_on, sold, returned,
                          on_hand, uom)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
on conflict (partner_id, ends_on, location, item) do update
   set sku = excluded.sku, begins_on = excluded.begins_on, sold = excluded.sold,
       returned = excluded.returned, on_hand = excluded.on_hand, uom = excluded.uom"""

SOLD = """
select partner_id, begins_on, ends_on, location, item, sku, sold, returned, on_hand, uom
  from sell_through
 where ($1::text is null or partner_id = $1) and ($2::text is null or sku = $2)
 order by ends_on desc, partner_id, location, item limit $3"""


class Place(NamedTuple):
    """A warehouse: where it is, and which 3PL runs it."""

    partner_id: str | None
    address: Address


class Dispatch(NamedTuple):
    """A shipment as a warehouse was asked for it."""

    shipment_id: str
    order_id: str
    warehouse_id: str
    lines: tuple[LineQuantity, ...]


class Stock(NamedTuple):
    """What could be promised of an item."""

    sku: str
    description: str
    aliases: list[str]
    uom: str
    available: Decimal


async def partner_of(tx: Tx, role: str, field: str, party_id: str) -> Profile | None:
    """The partner in a role that stands for a canonical id; None when there is none."""
    found = await tx.fetchval(PARTNER_OF, role, field, party_id)
    return None if found is None else Profile.model_validate_json(found)


def put_warehouse(tx: Tx, event: WarehouseChanged) -> None:
    """Keep where a warehouse is, and who runs it."""
    tx.write(PUT_WAREHOUSE, event.warehouse_id, event.partner_id, _json(event.address))


async def place(tx: Tx, warehouse_id: str) -> Place | None:
    """A warehouse; None when it is not known (yet)."""
    sql = "select partner_id, address::text from warehouses where warehouse_id = $1"
    row = await tx.fetchrow(sql, warehouse_id)
    if row is None:
        return None
    return Place(row["partner_id"], msgspec.json.decode(row["address"], type=Address))


def put_item(tx: Tx, event: ItemChanged) -> None:
    """Keep what an item is called."""
    tx.write(PUT_ITEM, event.sku, event.description, list(event.aliases))


async def names(tx: Tx, ids: Iterable[str]) -> dict[str, str]:
    """Which of our items some ids lead to."""
    rows = await tx.fetch(NAMES, list(ids))
    return {name: row["sku"] for row in rows for name in (*row["aliases"], row["sku"])}


async def called(tx: Tx, profile: Profile, ids: Iterable[str]) -> dict[str, str]:
    """Which of our items some ids lead to, those that were agreed with the partner first."""
    return {**await names(tx, ids), **profile.items}


async def descriptions(tx: Tx, skus: Iterable[str]) -> dict[str, str]:
    """What items are called."""
    rows = await tx.fetch(DESCRIBED, list(skus))
    return {row["sku"]: row["description"] for row in rows}


def put_price(tx: Tx, event: PriceChanged) -> None:
    """Keep a customer's price, to be told."""
    tx.write(PUT_PRICE, event.price_id, event.customer_id, event.sku, _json(event))


async def untold_prices(tx: Tx, customer_id: str) -> list[PriceChanged]:
    """A customer's prices that were not told, by item; they are told from here on."""
    rows = await tx.fetch(UNTOLD, customer_id)
    found = [msgspec.json.decode(row["price"], type=PriceChanged) for row in rows]
    return sorted(found, key=lambda price: price.sku)


def put_level(tx: Tx, event: LevelChanged) -> None:
    """Keep what a warehouse could promise."""
    free = event.available
    tx.write(PUT_LEVEL, event.sku, event.warehouse_id, free.value, free.uom)


async def own_stock(tx: Tx, customer_id: str) -> list[Stock]:
    """What a customer could order of the items it has a price of."""
    return [Stock(**row) for row in await tx.fetch(OWN_STOCK, customer_id)]


def put_purchase(tx: Tx, event: PurchaseOrderChanged) -> None:
    """Keep a purchase order of ours."""
    tx.write(PUT_PURCHASE, event.po_number, event.supplier_id, event.warehouse_id, _json(event))


async def purchase(tx: Tx, po_number: str) -> PurchaseOrderChanged | None:
    """A purchase order of ours; None when there is none."""
    found = await tx.fetchval(PURCHASE, po_number)
    return None if found is None else msgspec.json.decode(found, type=PurchaseOrderChanged)


def put_dispatch(tx: Tx, event: ShipmentRequested) -> None:
    """Keep what a warehouse was asked for."""
    where = event.order_id, event.warehouse_id
    tx.write(PUT_DISPATCH, event.shipment_id, *where, _json(event.lines))


async def dispatch(tx: Tx, shipment_id: str) -> Dispatch | None:
    """A shipment as it was asked for; None when no warehouse was."""
    row = await tx.fetchrow(DISPATCH, shipment_id)
    if row is None:
        return None
    lines = msgspec.json.decode(row["lines"], type=tuple[LineQuantity, ...])
    return Dispatch(row["shipment_id"], row["order_id"], row["warehouse_id"], lines)


async def take_turn(tx: Tx, partner_id: str, document: str, before: datetime) -> bool:
    """Whether a report is due: the last one was sent before that moment, or never."""
    return bool(await tx.fetchval(TAKE_TURN, partner_id, document, tx.now, before))


def put_sold(tx: Tx, event: SalesReported) -> None:
    """Keep what a customer sold; the same period told again replaces what it said."""
    for line in event.lines:
        values = [line.sold, line.returned, line.on_hand]
        uom = next((value.uom for value in values if value), "EA")
        amounts = [value.value if value else None for value in values]
        item = next(iter(line.items.values()), "")
        key = event.partner_id, event.ends_on, line.location, item
        tx.write(PUT_SOLD, *key, line.sku, event.begins_on, *amounts, uom)


async def sold(tx: Tx, partner_id: str | None, sku: str | None, limit: int) -> list[Any]:
    """What was sold, the newest period first."""
    return await tx.fetch(SOLD, partner_id, sku, limit)


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
