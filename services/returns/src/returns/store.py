"""What returns remembers, and every statement it remembers it with."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from crossdock import Tx
from crossdock_contracts.invoices import InvoiceCredited, InvoiceIssued
from crossdock_contracts.orders import OrderAccepted
from crossdock_contracts.returns import InspectedLine, ReturnAuthorized, ReturnReceived
from crossdock_contracts.shipments import ShipmentShipped

from .domain import NOTHING, Return, ReturnedLine, ShippedLine

REMEMBER_ORDER = """
    insert into orders (order_id, customer_id) values ($1, $2) on conflict (order_id) do nothing
"""
REMEMBER_SHIPPED = """
    insert into shipped_lines (shipment_id, line_no, order_id, sku, uom, shipped, shipped_at)
    values ($1, $2, $3, $4, $5, $6, $7) on conflict (shipment_id, line_no) do nothing
"""
REMEMBER_INVOICE = """
    insert into invoices (shipment_id, invoice_id) values ($1, $2)
    on conflict (shipment_id) do nothing
"""
# The order's row is the lock under which its returns are counted.
LOCK_ORDER = "select customer_id from orders where order_id = $1 for update"
TAKE_NUMBER = "update orders set returns = returns + 1 where order_id = $1 returning returns"
# What shipped, oldest first, less what is on its way back; once received, what came counts.
SHIPPED = """
    select s.line_no, s.sku, s.uom, s.shipment_id, i.invoice_id, s.shipped,
        coalesce((
            select sum(case r.state when 'authorized' then l.authorized else l.received end)
            from return_lines l join returns r using (return_id)
            where l.shipment_id = s.shipment_id and l.line_no = s.line_no), 0) as taken
    from shipped_lines s left join invoices i using (shipment_id)
    where s.order_id = $1
    order by s.shipped_at, s.shipment_id, s.line_no
"""
ADD_RETURN = """
    insert into returns (return_id, order_id, customer_id, asked_by, authorized_at)
    values ($1, $2, $3, $4, $5)
"""
ADD_LINE = """
    insert into return_lines (return_id, line_no, shipment_id, sku, uom, invoice_id, reason_code,
        reason_text, authorized)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""
# A return whole, its lines as JSON, oldest shipment first: one round trip.
RETURN = """
    select r.*,
        (select jsonb_agg(to_jsonb(l) order by s.shipped_at, l.shipment_id, l.line_no)
         from return_lines l join shipped_lines s using (shipment_id, line_no)
         where l.return_id = r.return_id) as lines
    from returns r
"""
ONE_RETURN = RETURN + " where r.return_id = $1"
LOCKED_RETURN = ONE_RETURN + " for update of r"
RETURNS_OF_ORDER = (
    RETURN
    + """
    where ($1::text is null or r.order_id = $1)
    order by r.authorized_at desc, r.return_id desc limit $2
"""
)
MARK_RECEIVED = """
    update returns set state = 'received', warehouse_id = $2, received_at = $3 where return_id = $1
"""
COUNT_LINE = """
    update return_lines set received = $4
    where return_id = $1 and line_no = $2 and shipment_id = $3
"""
MARK_INSPECTED = "update returns set state = 'inspected', inspected_at = $2 where return_id = $1"
JUDGE_LINE = """
    update return_lines set inspected = inspected + $4, restocked = restocked + $5,
        creditable = creditable + $6
    where return_id = $1 and line_no = $2 and shipment_id = $3
"""
ADD_CREDIT_MEMO = """
    update returns set credit_memo_ids = array_append(credit_memo_ids, $2) where return_id = $1
"""
CREDIT_LINE = """
    update return_lines set credited = credited + $4
    where return_id = $1 and line_no = $2 and invoice_id = $3
"""
MARK_CLOSED = "update returns set state = 'closed', closed_at = $2 where return_id = $1"
ANSWER = "select status, body, digest = $2 as same from answers where request_id = $1"
KEEP_ANSWER = """
    insert into answers (request_id, digest, status, body, given_at) values ($1, $2, $3, $4, $5)
"""


class Answered(NamedTuple):
    """What a request was answered before, and whether it asked the same."""

    status: int
    body: str
    same: bool


def remember_order(tx: Tx, order: OrderAccepted) -> None:
    """Keep whose order it is."""
    tx.write(REMEMBER_ORDER, order.order_id, order.customer_id)


def remember_shipped(tx: Tx, event: ShipmentShipped) -> None:
    """Keep what left with one shipment."""
    for line in event.lines:
        tx.write(
            REMEMBER_SHIPPED,
            event.shipment_id,
            line.line_no,
            event.order_id,
            line.sku,
            line.quantity.uom,
            line.quantity.value,
            event.shipped_at,
        )


def remember_invoice(tx: Tx, event: InvoiceIssued) -> None:
    """Keep which invoice billed a shipment."""
    tx.write(REMEMBER_INVOICE, event.shipment_id, event.invoice_id)


async def lock_order(tx: Tx, order_id: str) -> str | None:
    """Whose order it is, held until the commit; None when it is not known here."""
    customer_id: str | None = await tx.fetchval(LOCK_ORDER, order_id)
    return customer_id


async def take_number(tx: Tx, order_id: str) -> int:
    """The next number of a return of this order."""
    return int(await tx.fetchval(TAKE_NUMBER, order_id))


async def shipped(tx: Tx, order_id: str) -> list[ShippedLine]:
    """What shipped of an order and what of it is on its way back, oldest first."""
    return [msgspec.convert(dict(row), ShippedLine) for row in await tx.fetch(SHIPPED, order_id)]


def add_return(tx: Tx, event: ReturnAuthorized, asked_by: str) -> None:
    """Keep a new RMA with its lines."""
    tx.write(
        ADD_RETURN,
        event.return_id,
        event.order_id,
        event.customer_id,
        asked_by,
        event.authorized_at,
    )
    for line in event.lines:
        tx.write(
            ADD_LINE,
            event.return_id,
            line.line_no,
            line.shipment_id,
            line.sku,
            line.quantity.uom,
            line.invoice_id,
            line.reason.code,
            line.reason.text,
            line.quantity.value,
        )


async def find_return(tx: Tx, return_id: str) -> Return | None:
    """One return as it stands."""
    row = await tx.fetchrow(ONE_RETURN, return_id)
    return None if row is None else _return(row)


async def lock_return(tx: Tx, return_id: str) -> Return | None:
    """One return, held until the commit."""
    row = await tx.fetchrow(LOCKED_RETURN, return_id)
    return None if row is None else _return(row)


async def returns_of(tx: Tx, order_id: str | None, limit: int) -> list[Return]:
    """The returns of an order, or of all, newest first."""
    return [_return(row) for row in await tx.fetch(RETURNS_OF_ORDER, order_id, limit)]


def mark_received(tx: Tx, event: ReturnReceived) -> None:
    """The goods are back, in this warehouse."""
    tx.write(MARK_RECEIVED, event.return_id, event.warehouse_id, event.received_at)
    for line in event.lines:
        name = (event.return_id, line.line_no, line.shipment_id)
        tx.write(COUNT_LINE, *name, line.quantity.value)


def mark_inspected(tx: Tx, return_id: str, lines: Sequence[InspectedLine]) -> None:
    """Somebody looked, and decided."""
    tx.write(MARK_INSPECTED, return_id, tx.now)
    for line in lines:
        value = line.quantity.value
        tx.write(
            JUDGE_LINE,
            return_id,
            line.line_no,
            line.shipment_id,
            value,
            value if line.disposition == "restock" else NOTHING,
            value if line.credit else NOTHING,
        )


def add_credit(tx: Tx, event: InvoiceCredited) -> None:
    """A credit memo covers lines of a return."""
    tx.write(ADD_CREDIT_MEMO, event.return_id, event.credit_memo_id)
    for line in event.lines:
        name = (event.return_id, line.line_no, event.invoice_id)
        tx.write(CREDIT_LINE, *name, line.quantity.value)


def mark_closed(tx: Tx, return_id: str) -> None:
    """Nothing is left to do."""
    tx.write(MARK_CLOSED, return_id, tx.now)


async def answered(tx: Tx, request_id: str, digest: bytes) -> Answered | None:
    """What a request was answered before."""
    row = await tx.fetchrow(ANSWER, request_id, digest)
    return None if row is None else Answered(row["status"], row["body"], row["same"])


def keep_answer(tx: Tx, request_id: str, digest: bytes, status: int, body: msgspec.Struct) -> None:
    """Answer a repetition the same."""
    encoded = msgspec.json.encode(body).decode()
    tx.write(KEEP_ANSWER, request_id, digest, status, encoded, tx.now)


def _return(row: Any) -> Return:
    lines = msgspec.json.decode(row["lines"], type=tuple[ReturnedLine, ...])
    return msgspec.convert({**row, "lines": lines}, Return)
