"""Every statement that places orders, each for many at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

import msgspec

from crossdock import Tx
from crossdock_contracts import ExternalId
from crossdock_contracts.orders import OrderLine, OrderPlaced

from ..domain import Account, Decision

encode = msgspec.json.Encoder().encode
read_order = msgspec.json.Decoder(OrderPlaced).decode
read_decision = msgspec.json.Decoder(Decision).decode


# The lines as agreed, all of each still open. An array of arrays would have to be as long
# everywhere: the rates go as text.
ADD_LINES = """
    insert into order_lines (order_id, line_no, sku, description, uom, ordered, unit_price,
        tax_rates, customer_item, customer_line, open)
    select order_id, line_no, sku, description, uom, ordered, unit_price,
           tax_rates::numeric[], customer_item, customer_line, ordered
      from unnest($1::text[], $2::int[], $3::text[], $4::text[], $5::text[], $6::numeric[],
               $7::numeric[], $8::text[], $9::text[], $10::text[])
        as given (order_id, line_no, sku, description, uom, ordered, unit_price, tax_rates,
               customer_item, customer_line)"""

# Orders with their lines and the beginning of their history: one round trip for all of it.
ADD_ORDERS = f"""
    with agreed as ({ADD_LINES}),
    kept as (
        insert into orders (order_id, status, customer_id, currency, placed, decision)
        select order_id, status, customer_id, currency, placed::jsonb, decision::jsonb
          from unnest($11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[])
            as given (order_id, status, customer_id, currency, placed, decision))
    insert into order_history (order_id, at, what, text)
    select order_id, $20, what, text
      from unnest($17::text[], $18::text[], $19::text[]) with ordinality
        as given (order_id, what, text, nth)
     order by nth"""  # noqa: S608 - both halves stand here


class Claim(NamedTuple):
    """Who has a key: its order, what was asked, and whether it was taken just now."""

    order_id: str
    body_hash: str
    new: bool


async def claim(tx: Tx, hashes: Mapping[str, str]) -> dict[str, Claim]:
    """Take keys, each with the hash of what is asked under it, or learn who has them.

    A second taker waits here until the first has committed; sorted, nobody waits in a circle.
    """
    rows = await tx.fetch(
        """insert into claims (key, body_hash)
           select key, body_hash from unnest($1::text[], $2::text[]) as asked (key, body_hash)
            order by key
           on conflict (key) do nothing returning key, order_id""",
        list(hashes),
        list(hashes.values()),
    )
    claims = {row["key"]: Claim(row["order_id"], hashes[row["key"]], True) for row in rows}
    if taken := [key for key in hashes if key not in claims]:
        found = await tx.fetch(
            "select key, order_id, body_hash from claims where key = any($1::text[])", taken
        )
        claims |= {row["key"]: Claim(row["order_id"], row["body_hash"], False) for row in found}
    return claims


async def find_claim(tx: Tx, key: str) -> str | None:
    """The order that has a key."""
    found = await tx.fetchval("select order_id from claims where key = $1", key)
    return None if found is None else str(found)


class State(NamedTuple):
    """An order as it was placed and decided, and what became of it."""

    status: str
    order: OrderPlaced
    decision: Decision


async def find(tx: Tx, order_ids: Collection[str]) -> dict[str, State]:
    """The orders that there are, by their id."""
    if not order_ids:
        return {}
    rows = await tx.fetch(
        """select order_id, status, placed::text as placed, decision::text as decision
             from orders where order_id = any($1::text[])""",
        list(order_ids),
    )
    return {
        row["order_id"]: State(
            row["status"], read_order(row["placed"]), read_decision(row["decision"])
        )
        for row in rows
    }


async def expose(tx: Tx, amounts: Mapping[Account, Decimal]) -> dict[Account, Decimal]:
    """Add to what customers may owe, and read it: one statement locks, adds and answers.

    Orders of many customers lock their names first, as lanes do: a lane holds many of these rows.
    """
    if len(amounts) > 1:
        await tx.lock(*(f"customer:{customer_id}" for customer_id, _ in amounts))
    rows = await tx.fetch(
        """insert into exposures (customer_id, currency, amount)
           select * from unnest($1::text[], $2::text[], $3::numeric[])
           on conflict (customer_id, currency) do update
              set amount = exposures.amount + excluded.amount
           returning customer_id, currency, amount""",
        *_columns(3, [(*account, amount) for account, amount in sorted(amounts.items())]),
    )
    return {(row["customer_id"], row["currency"]): row["amount"] for row in rows}


class Kept(NamedTuple):
    """An order as it is kept: with its decision, and the first sentences of its history."""

    order: OrderPlaced
    decision: Decision
    history: Sequence[tuple[str, str]]


def add_orders(tx: Tx, kept: Sequence[Kept]) -> None:
    """Keep orders, the ids others gave them, and the lines of the accepted."""
    orders = [
        (
            order.order_id,
            decision.status,
            order.customer_id,
            order.currency,
            encode(order).decode(),
            encode(decision).decode(),
        )
        for order, decision, _ in kept
    ]
    agreed = [(o.order_id, d.lines) for o, d, _ in kept if d.status == "accepted"]
    history = [(one.order.order_id, *entry) for one in kept for entry in one.history]
    tx.write(ADD_ORDERS, *_lines(agreed), *_columns(6, orders), *_columns(3, history), tx.now)
    for order, _, _ in kept:
        for external in order.external_ids:
            add_external_id(tx, order.order_id, external)


def add_external_id(tx: Tx, order_id: str, external: ExternalId) -> None:
    """What another system calls the order."""
    tx.write(
        """insert into external_ids (order_id, system, external_id) values ($1, $2, $3)
           on conflict do nothing""",
        order_id,
        external.system,
        external.id,
    )


def add_lines(tx: Tx, order_id: str, lines: Iterable[OrderLine]) -> None:
    """The lines of an order as agreed, all of each still open."""
    tx.write(ADD_LINES, *_lines([(order_id, lines)]))


def _lines(agreed: Iterable[tuple[str, Iterable[OrderLine]]]) -> list[list[object]]:
    rows = [
        (
            order_id,
            line.line_no,
            line.sku,
            line.description,
            line.quantity.uom,
            line.quantity.value,
            line.unit_price.amount,
            f"{{{','.join(str(tax.rate) for tax in line.taxes)}}}",
            line.customer_item,
            line.customer_line,
        )
        for order_id, lines in agreed
        for line in lines
    ]
    return _columns(10, rows)


def _columns(width: int, rows: Sequence[tuple[object, ...]]) -> list[list[object]]:
    """Rows turned into the arrays that `unnest` takes."""
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[]] * width
