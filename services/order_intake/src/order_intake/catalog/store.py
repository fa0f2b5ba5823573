"""Every statement on the copy of the master data. An older change never overwrites a newer one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from typing import Any

import msgspec

from crossdock import Tx
from crossdock_contracts import Address, Money
from crossdock_contracts.catalog import CreditChanged, CustomerChanged, ItemChanged, PriceChanged

from .book import Book, Credit, Customer, Item, Price

encode = msgspec.json.Encoder().encode
read_address = msgspec.json.Decoder(Address).decode
read_conversions = msgspec.json.Decoder(dict[str, Decimal]).decode

# A row per customer, then a row per customer, name, item and price: what is said once is read once.
# The planner must not see how long the arrays are: it would plan anew each time, to win less than
# that costs.
BOOKS = """
    select asked.customer_id, asked.itself,
           c.customer_id as known, c.name, c.status, c.currency, c.payment_terms_days,
           c.tax_exempt, c.ship_to::text as ship_to,
           k.limit_amount, k.currency as limit_currency, k.on_hold,
           n.name as called, i.sku, i.description, i.status as item_status, i.stock_uom,
           i.conversions::text as conversions, i.tax_code, i.list_amount, i.list_currency,
           p.price_id, p.amount, p.currency as price_currency, p.valid_from, p.valid_until
      from unnest((select $1::text[]), (select $2::text[]), (select $3::text[]))
        as asked (customer_id, itself, name)
      left join customers c on c.customer_id = asked.itself
      left join credit k on k.customer_id = asked.itself
      left join item_names n on n.name = asked.name
      left join items i on i.sku = n.sku
      left join prices p on p.customer_id = asked.customer_id and p.sku = n.sku"""


async def open_books(tx: Tx, names: Mapping[str, Collection[str]]) -> dict[str, Book]:
    """All that orders are checked against, by customer: one statement for all names they use."""
    asked: list[tuple[str, str | None, str | None]] = [(who, who, None) for who in names]
    asked += [(who, None, name) for who in names for name in sorted(names[who])]
    rows = await tx.fetch(BOOKS, *map(list, zip(*asked, strict=True)))
    items, prices = _items(rows), _prices(rows)
    return {
        who: Book(_customer(row), _credit(row), items, prices[who])
        for row in rows
        if (who := row["itself"]) is not None
    }


def _items(rows: Iterable[Any]) -> dict[str, tuple[Item, ...]]:
    """Items by every name asked for: each is made once, however many rows and names it has."""
    made: dict[str, Item] = {}
    named = defaultdict[str, dict[str, Item]](dict)
    for row in rows:
        sku = row["sku"]
        if sku is None:
            continue
        if sku not in made:
            made[sku] = _item(row)
        named[row["called"]][sku] = made[sku]
    return {name: tuple(found.values()) for name, found in named.items()}


def _prices(rows: Iterable[Any]) -> dict[str, dict[str, tuple[Price, ...]]]:
    """Contract prices by customer and SKU."""
    found = defaultdict[tuple[str, str], dict[str, Price]](dict)
    for row in rows:
        if row["price_id"] is not None:
            unit_price = Money(row["amount"], row["price_currency"])
            price = Price(unit_price, row["valid_from"], row["valid_until"])
            found[row["customer_id"], row["sku"]][row["price_id"]] = price
    prices = defaultdict[str, dict[str, tuple[Price, ...]]](dict)
    for (who, sku), each in found.items():
        prices[who][sku] = tuple(each.values())
    return prices


def _customer(row: Any) -> Customer | None:
    if row["known"] is None:
        return None
    return Customer(
        customer_id=row["known"],
        name=row["name"],
        status=row["status"],
        currency=row["currency"],
        payment_terms_days=row["payment_terms_days"],
        tax_exempt=row["tax_exempt"],
        ship_to=read_address(row["ship_to"]),
    )


def _credit(row: Any) -> Credit | None:
    if row["limit_amount"] is None:
        return None
    return Credit(Money(row["limit_amount"], row["limit_currency"]), row["on_hold"])


def _item(row: Any) -> Item:
    listed = row["list_amount"]
    return Item(
        sku=row["sku"],
        description=row["description"],
        status=row["item_status"],
        stock_uom=row["stock_uom"],
        conversions=read_conversions(row["conversions"]),
        tax_code=row["tax_code"],
        list_price=None if listed is None else Money(listed, row["list_currency"]),
    )


def put_customer(tx: Tx, event: CustomerChanged) -> None:
    """A customer as the ERP knows it now."""
    tx.write(
        """insert into customers (customer_id, name, status, currency, payment_terms_days,
               tax_exempt, ship_to, changed_at)
           values ($1, $2, $3, $4, $5, $6, $7::text::jsonb, $8)
           on conflict (customer_id) do update
              set name = excluded.name, status = excluded.status, currency = excluded.currency,
                  payment_terms_days = excluded.payment_terms_days,
                  tax_exempt = excluded.tax_exempt, ship_to = excluded.ship_to,
                  changed_at = excluded.changed_at
            where customers.changed_at <= excluded.changed_at""",
        event.customer_id,
        event.name,
        event.status,
        event.currency,
        event.payment_terms_days,
        event.tax_exempt,
        encode(event.ship_to).decode(),
        event.changed_at,
    )


def put_credit(tx: Tx, event: CreditChanged) -> None:
    """How far a customer may owe us."""
    tx.write(
        """insert into credit (customer_id, limit_amount, currency, on_hold, changed_at)
           values ($1, $2, $3, $4, $5)
           on conflict (customer_id) do update
              set limit_amount = excluded.limit_amount, currency = excluded.currency,
                  on_hold = excluded.on_hold, changed_at = excluded.changed_at
            where credit.changed_at <= excluded.changed_at""",
        event.customer_id,
        event.limit.amount,
        event.limit.currency,
        event.on_hold,
        event.changed_at,
    )


async def put_item(tx: Tx, event: ItemChanged) -> None:
    """An item with all its names; names it lost go, in the same statement."""
    listed = event.list_price
    await tx.execute(
        """with newer as (
               insert into items (sku, description, status, stock_uom, conversions, tax_code,
                   list_amount, list_currency, changed_at)
               values ($1, $2, $3, $4, $5::text::jsonb, $6, $7, $8, $9)
               on conflict (sku) do update
                  set description = excluded.description, status = excluded.status,
                      stock_uom = excluded.stock_uom, conversions = excluded.conversions,
                      tax_code = excluded.tax_code, list_amount = excluded.list_amount,
                      list_currency = excluded.list_currency, changed_at = excluded.changed_at
                where items.changed_at <= excluded.changed_at
               returning sku),
           gone as (
               delete from item_names n using newer
                where n.sku = newer.sku and n.name <> all($10::text[]))
           insert into item_names (name, sku)
           select name, newer.sku from newer, unnest($10::text[]) as given (name)
           on conflict do nothing""",
        event.sku,
        event.description,
        event.status,
        event.stock_uom,
        encode(event.conversions).decode(),
        event.tax_code,
        listed.amount if listed else None,
        listed.currency if listed else None,
        event.changed_at,
        sorted({event.sku, *event.aliases}),
    )


def put_price(tx: Tx, event: PriceChanged) -> None:
    """A contract price."""
    tx.write(
        """insert into prices (price_id, customer_id, sku, amount, currency, valid_from,
               valid_until, changed_at)
           values ($1, $2, $3, $4, $5, $6, $7, $8)
           on conflict (price_id) do update
              set customer_id = excluded.customer_id, sku = excluded.sku,
                  amount = excluded.amount, currency = excluded.currency,
                  valid_from = excluded.valid_from, valid_until = excluded.valid_until,
                  changed_at = excluded.changed_at
            where prices.changed_at <= excluded.changed_at""",
        event.price_id,
        event.customer_id,
        event.sku,
        event.unit_price.amount,
        event.unit_price.currency,
        event.valid_from,
        event.valid_until,
        event.changed_at,
    )
