"""Purchase orders and advices as they were told; receipts are in the ledger."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec

from crossdock import Tx
from crossdock_contracts.catalog import PurchaseLine, PurchaseOrderChanged
from crossdock_contracts.partners import AdviceReceived

from ..domain import plain

PUT_ORDER = """
insert into purchase_orders (po_number, supplier_id, warehouse_id, status, due_on, lines)
values ($1, $2, $3, $4, $5, $6::jsonb)
on conflict (po_number) do update
   set supplier_id = excluded.supplier_id, warehouse_id = excluded.warehouse_id,
       status = excluded.status, due_on = excluded.due_on, lines = excluded.lines, late = false"""

ORDERS = """
select po_number, supplier_id, warehouse_id, due_on, lines from purchase_orders
 where po_number = any($1) order by po_number"""

# Who sees an order first as late has it: another replica passes it by.
LATE = """
select po_number, supplier_id, warehouse_id, due_on, lines from purchase_orders
 where status = 'open' and not late and due_on < $1 order by due_on, po_number limit 100
   for update skip locked"""

MARK_LATE = "update purchase_orders set late = true where po_number = $1"

# The digest that is there already, when an advice was told before.
ADVICE = """
select digest from advices
 where partner_id = $1 and shipment_reference = $2 and po_number = $3"""

PUT_ADVICE = """
insert into advices (partner_id, shipment_reference, po_number, digest, skus, quantities,
                     expected_at, received_at)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (partner_id, shipment_reference, po_number) do update
   set digest = excluded.digest, skus = excluded.skus, quantities = excluded.quantities,
       expected_at = excluded.expected_at, received_at = excluded.received_at"""

# What was announced for an order: in all, in one advice, or in all but that one.
ANNOUNCED = """
select line.sku, sum(line.quantity) as quantity
  from advices a, unnest(a.skus, a.quantities) as line (sku, quantity)
 where a.po_number = $1 and ($2 = '' or (a.shipment_reference = $2) = $3) group by line.sku"""

# What came in for an order, named by its own number or by that of one of its advices.
RECEIVED = """
select sku, sum(quantity) as quantity from movements
 where kind = 'receipt' and (reference = $1 or reference in (
           select shipment_reference from advices where po_number = $1))
 group by sku"""

ORDER_OF = """
select po_number from advices where shipment_reference = any($1)
union select po_number from purchase_orders where po_number = any($1)"""

_lines = msgspec.json.Decoder(tuple[PurchaseLine, ...])


class Order(NamedTuple):
    """A purchase order as it stands."""

    po_number: str
    supplier_id: str
    warehouse_id: str
    due_on: date | None
    lines: tuple[PurchaseLine, ...]


def put_order(tx: Tx, event: PurchaseOrderChanged) -> None:
    """Keep an order as the ERP has it now."""
    lines = msgspec.json.encode(event.lines).decode()
    place = event.supplier_id, event.warehouse_id
    tx.write(PUT_ORDER, event.po_number, *place, event.status, event.due_on, lines)


async def orders(tx: Tx, numbers: Iterable[str]) -> list[Order]:
    """Orders by number, as far as they are known."""
    return [_order(row) for row in await tx.fetch(ORDERS, list(numbers))]


async def late(tx: Tx, today: date) -> list[Order]:
    """Open orders that were due before today and of which nobody was told; a page of them."""
    return [_order(row) for row in await tx.fetch(LATE, today)]


def mark_late(tx: Tx, po_number: str) -> None:
    """Somebody was told."""
    tx.write(MARK_LATE, po_number)


async def advice_digest(tx: Tx, event: AdviceReceived) -> bytes | None:
    """What was said before under an advice's number."""
    names = event.partner_id, event.shipment_reference, event.po_number
    found: bytes | None = await tx.fetchval(ADVICE, *names)
    return found


def put_advice(
    tx: Tx, event: AdviceReceived, content: bytes, quantities: dict[str, Decimal]
) -> None:
    """Keep what was announced; said again otherwise, the newer word stands."""
    names = event.partner_id, event.shipment_reference, event.po_number
    goods = list(quantities), list(quantities.values())
    tx.write(PUT_ADVICE, *names, content, *goods, event.expected_at, event.received_at)


async def announced(
    tx: Tx, po_number: str, reference: str = "", *, only: bool = True
) -> dict[str, Decimal]:
    """What was announced for an order, in all, in one advice only, or in all others."""
    rows = await tx.fetch(ANNOUNCED, po_number, reference, only)
    return {row["sku"]: plain(row["quantity"]) for row in rows}


async def received(tx: Tx, po_number: str) -> dict[str, Decimal]:
    """What came in for an order, by SKU in stock units."""
    rows = await tx.fetch(RECEIVED, po_number)
    return {row["sku"]: plain(row["quantity"]) for row in rows}


async def orders_of(tx: Tx, references: Iterable[str]) -> list[str]:
    """The orders that some numbers of orders or advices lead to."""
    return [row["po_number"] for row in await tx.fetch(ORDER_OF, list(references))]


def _order(row: Any) -> Order:
    return Order(**{**row, "lines": _lines.decode(row["lines"])})
