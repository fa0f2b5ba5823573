"""Every statement that takes an order through its life, each with its sentence."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

import msgspec

from crossdock import Tx
from crossdock_contracts import ExternalId
from crossdock_contracts.invoices import InvoiceCredited, InvoiceIssued
from crossdock_contracts.orders import OrderLine, OrderPlaced
from crossdock_contracts.payments import PaymentApplied
from crossdock_contracts.shipments import ShipmentDelivered, ShipmentFailed, ShipmentShipped

from .domain import Decision
from .progress import Line, Move

encode = msgspec.json.Encoder().encode
read_order = msgspec.json.Decoder(OrderPlaced).decode
read_decision = msgspec.json.Decoder(Decision).decode


class Claim(NamedTuple):
    """Who has a key: its order, what was asked, and whether it was taken just now."""

    order_id: str
    body_hash: str
    new: bool


async def claim(tx: Tx, key: str, body_hash: str) -> Claim:
    """Take a key, or learn who has it; a second taker waits here until the first has committed."""
    order_id = await tx.fetchval(
        """insert into claims (key, body_hash) values ($1, $2)
           on conflict (key) do nothing returning order_id""",
        key,
        body_hash,
    )
    if order_id is not None:
        return Claim(order_id, body_hash, True)
    [row] = await tx.fetch("select order_id, body_hash from claims where key = $1", key)
    return Claim(row["order_id"], row["body_hash"], False)


async def find_claim(tx: Tx, key: str) -> str | None:
    """The order that has a key."""
    found = await tx.fetchval("select order_id from claims where key = $1", key)
    return None if found is None else str(found)


class State(NamedTuple):
    """An order as it was placed and decided, and what became of it."""

    status: str
    order: OrderPlaced
    decision: Decision


async def find(tx: Tx, order_id: str) -> State | None:
    """One order; None where there is none."""
    row = await tx.fetchrow(
        """select status, placed::text as placed, decision::text as decision
             from orders where order_id = $1""",
        order_id,
    )
    if row is None:
        return None
    return State(row["status"], read_order(row["placed"]), read_decision(row["decision"]))


def add_order(tx: Tx, order: OrderPlaced, decision: Decision) -> None:
    """Keep an order with its decision, the ids others gave it, and its lines if accepted."""
    tx.write(
        """insert into orders (order_id, status, customer_id, currency, placed, decision)
           values ($1, $2, $3, $4, $5::text::jsonb, $6::text::jsonb)""",
        order.order_id,
        decision.status,
        order.customer_id,
        order.currency,
        encode(order).decode(),
        encode(decision).decode(),
    )
    for external in order.external_ids:
        add_external_id(tx, order.order_id, external)
    if decision.status == "accepted":
        add_lines(tx, order.order_id, decision.lines)


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
    """The lines as agreed, all of each still open."""
    for line in lines:
        tx.write(
            """insert into order_lines (order_id, line_no, sku, description, uom, ordered,
                   unit_price, tax_rates, customer_item, customer_line, open)
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $6)""",
            order_id,
            line.line_no,
            line.sku,
            line.description,
            line.quantity.uom,
            line.quantity.value,
            line.unit_price.amount,
            [tax.rate for tax in line.taxes],
            line.customer_item,
            line.customer_line,
        )


def set_status(tx: Tx, order_id: str, status: str) -> None:
    """Move an order on; the caller holds its lock and has seen its state."""
    tx.write("update orders set status = $2 where order_id = $1", order_id, status)


def await_answers(tx: Tx, order_id: str, change: int) -> None:
    """Count how many cancellations inventory has not answered yet."""
    tx.write("update orders set unanswered = unanswered + $2 where order_id = $1", order_id, change)


def move(tx: Tx, order_id: str, moves: Iterable[Move]) -> None:
    """Add to the counters of an order's lines."""
    for one in moves:
        tx.write(
            """update order_lines
                  set open = open + $3, reserved = reserved + $4, backordered = backordered + $5,
                      shipped = shipped + $6, cancelled = cancelled + $7, invoiced = invoiced + $8,
                      returned = returned + $9
                where order_id = $1 and line_no = $2""",
            order_id,
            *one,
        )


def tell(tx: Tx, order_id: str, at: datetime, what: str, text: str) -> None:
    """Add a sentence to the order's history."""
    tx.write(
        "insert into order_history (order_id, at, what, text) values ($1, $2, $3, $4)",
        order_id,
        at,
        what,
        text,
    )


class Standing(NamedTuple):
    """Where an order stands: what has to be known to finish it."""

    status: str
    customer_id: str
    currency: str
    invoiced: Decimal
    unanswered: int
    lines: list[Line]


async def standing(tx: Tx, order_id: str) -> Standing | None:
    """An order's state with its agreed lines; None where it is not known here."""
    rows = await tx.fetch(
        """select o.status, o.customer_id, o.currency,
                  (select coalesce(sum(total), 0) from invoices where order_id = $1),
                  o.unanswered, l.line_no, l.sku, l.uom, l.ordered, l.unit_price, l.tax_rates,
                  l.open, l.reserved, l.backordered, l.shipped, l.cancelled, l.invoiced, l.returned
             from orders o left join order_lines l using (order_id)
            where o.order_id = $1 order by l.line_no""",
        order_id,
    )
    if not rows:
        return None
    status, customer_id, currency, invoiced, unanswered = tuple(rows[0])[:5]
    lines = [Line(*tuple(row)[5:]) for row in rows if row["line_no"] is not None]
    return Standing(status, customer_id, currency, invoiced, unanswered, lines)


ADD_EXPOSURE = """
    insert into exposures (customer_id, currency, amount) values ($1, $2, $3)
    on conflict (customer_id, currency) do update set amount = exposures.amount + excluded.amount
    returning amount"""


async def expose(tx: Tx, customer_id: str, currency: str, amount: Decimal) -> Decimal:
    """Add to what a customer may owe, and read it: one statement locks, adds and answers."""
    return Decimal(await tx.fetchval(ADD_EXPOSURE, customer_id, currency, amount))


def expose_later(tx: Tx, customer_id: str, currency: str, amount: Decimal) -> None:
    """Add to what a customer may owe; negative takes away."""
    if amount:
        tx.write(ADD_EXPOSURE, customer_id, currency, amount)


def add_shipment(tx: Tx, event: ShipmentShipped) -> None:
    """What left a warehouse."""
    tx.write(
        """insert into shipments (shipment_id, order_id, warehouse_id, carrier,
               tracking_number, shipped_at)
           values ($1, $2, $3, $4, $5, $6) on conflict (shipment_id) do update
              set warehouse_id = excluded.warehouse_id, carrier = excluded.carrier,
                  tracking_number = excluded.tracking_number, shipped_at = excluded.shipped_at""",
        event.shipment_id,
        event.order_id,
        event.warehouse_id,
        event.carrier,
        event.tracking_number,
        event.shipped_at,
    )


def add_delivery(tx: Tx, event: ShipmentDelivered) -> None:
    """When the customer had it, and who signed."""
    tx.write(
        """insert into shipments (shipment_id, order_id, delivered_at, signed_by)
           values ($1, $2, $3, $4) on conflict (shipment_id) do update
              set delivered_at = excluded.delivered_at, signed_by = excluded.signed_by""",
        event.shipment_id,
        event.order_id,
        event.delivered_at,
        event.signed_by,
    )


def add_failure(tx: Tx, event: ShipmentFailed) -> None:
    """Why a shipment did not happen."""
    tx.write(
        """insert into shipments (shipment_id, order_id, warehouse_id, failure)
           values ($1, $2, $3, $4) on conflict (shipment_id) do update
              set failure = excluded.failure""",
        event.shipment_id,
        event.order_id,
        event.warehouse_id,
        event.reason.text,
    )


def add_invoice(tx: Tx, event: InvoiceIssued) -> None:
    """What was billed; a payment may have made the row before."""
    tx.write(
        """insert into invoices (invoice_id, order_id, shipment_id, issued_at, due_at, total)
           values ($1, $2, $3, $4, $5, $6) on conflict (invoice_id) do update
              set shipment_id = excluded.shipment_id, issued_at = excluded.issued_at,
                  due_at = excluded.due_at, total = excluded.total""",
        event.invoice_id,
        event.order_id,
        event.shipment_id,
        event.issued_at,
        event.due_at,
        event.total.amount,
    )


def settle_invoice(tx: Tx, event: PaymentApplied | InvoiceCredited) -> None:
    """What a payment or a credit memo took off an invoice."""
    paid = event.amount.amount if isinstance(event, PaymentApplied) else Decimal(0)
    credited = event.total.amount if isinstance(event, InvoiceCredited) else Decimal(0)
    tx.write(
        """insert into invoices (invoice_id, order_id, paid, credited) values ($1, $2, $3, $4)
           on conflict (invoice_id) do update set paid = invoices.paid + excluded.paid,
              credited = invoices.credited + excluded.credited""",
        event.invoice_id,
        event.order_id,
        paid,
        credited,
    )


def set_return(tx: Tx, order_id: str, return_id: str, status: str, at: datetime) -> None:
    """How far a return is."""
    tx.write(
        """insert into returns (return_id, order_id, status, changed_at) values ($1, $2, $3, $4)
           on conflict (return_id) do update
              set status = excluded.status, changed_at = excluded.changed_at""",
        return_id,
        order_id,
        status,
        at,
    )
    tell(tx, order_id, at, f"return_{status}", f"Return {return_id} is {status}.")
