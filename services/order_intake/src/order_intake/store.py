"""Every statement that takes an order through its life, each with its sentence."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

import msgspec

from crossdock import Tx
from crossdock_contracts.invoices import InvoiceCredited, InvoiceIssued
from crossdock_contracts.orders import OrderPlaced
from crossdock_contracts.payments import PaymentApplied
from crossdock_contracts.shipments import ShipmentDelivered, ShipmentFailed, ShipmentShipped

from .domain import Decision
from .progress import Line, Move

encode = msgspec.json.Encoder().encode
read_order = msgspec.json.Decoder(OrderPlaced).decode
read_decision = msgspec.json.Decoder(Decision).decode


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
                      returned = returned + $9, ordered = ordered + $10
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


def expose_later(tx: Tx, customer_id: str, currency: str, amount: Decimal) -> None:
    """Add to what a customer may owe; negative takes away."""
    if amount:
        tx.write(
            """insert into exposures (customer_id, currency, amount) values ($1, $2, $3)
               on conflict (customer_id, currency) do update
                  set amount = exposures.amount + excluded.amount""",
            customer_id,
            currency,
            amount,
        )


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
        ", ".join(event.tracking_numbers),
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
