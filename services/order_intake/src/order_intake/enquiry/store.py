"""What is read to answer where an order stands."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from crossdock import Tx
from crossdock_contracts import ExternalId, Money
from crossdock_contracts.orders import RequestedLine

from ..placing.store import State, find
from ..progress import Line, phrase
from .views import (
    HistoryView,
    InvoiceView,
    LineView,
    OrderRow,
    OrderView,
    ReturnView,
    ShipmentView,
)

OPEN_REASONS = frozenset({"held", "rejected"})


async def order(tx: Tx, order_id: str) -> OrderView | None:
    """Everything known about one order; None where there is none."""
    state = (await find(tx, [order_id])).get(order_id)
    if state is None:
        return None
    placed, decision = state.order, state.decision
    agreed = await _agreed_lines(tx, order_id)
    return OrderView(
        order_id=order_id,
        status=state.status,
        channel=placed.channel,
        customer_id=placed.customer_id,
        customer_po=placed.customer_po,
        partner_id=placed.partner_id,
        placed_at=placed.placed_at,
        currency=placed.currency,
        total=decision.total,
        reasons=decision.reasons if state.status in OPEN_REASONS else (),
        ship_to=decision.ship_to,
        requested_ship_at=placed.requested_ship_at,
        external_ids=await _external_ids(tx, order_id),
        lines=agreed or [_requested(line, state) for line in placed.lines],
        shipments=await _shipments(tx, order_id),
        invoices=await _invoices(tx, order_id),
        returns=await _returns(tx, order_id),
        history=await _history(tx, order_id),
    )


def _requested(line: RequestedLine, state: State) -> LineView:
    """A line that was never agreed."""
    return LineView(
        line_no=line.line_no,
        item=line.item,
        customer_line=line.customer_line,
        uom=line.quantity.uom,
        ordered=line.quantity.value,
        standing=f"Nothing will happen while the order is {state.status}.",
    )


async def _agreed_lines(tx: Tx, order_id: str) -> list[LineView]:
    rows = await tx.fetch(
        """select line_no, customer_item as item, sku, description, customer_line, uom, ordered,
                  unit_price, open, reserved, backordered, shipped, cancelled, invoiced, returned
             from order_lines where order_id = $1 order by line_no""",
        order_id,
    )
    return [_line_view(row) for row in rows]


def _line_view(row: Any) -> LineView:
    counted = {name: row[name] for name in Line._fields if name != "tax_rates"}
    line = Line(**counted, tax_rates=()).shown()
    now = {"open": line.open, "backordered": line.backordered, "standing": phrase(line)}
    return LineView(**{**dict(row), **now})


async def _external_ids(tx: Tx, order_id: str) -> list[ExternalId]:
    rows = await tx.fetch(
        """select system, external_id from external_ids where order_id = $1
            order by system, external_id""",
        order_id,
    )
    return [ExternalId(system=row["system"], id=row["external_id"]) for row in rows]


async def _shipments(tx: Tx, order_id: str) -> list[ShipmentView]:
    rows = await tx.fetch(
        """select shipment_id, warehouse_id, carrier, tracking_number, shipped_at, delivered_at,
                  signed_by, failure
             from shipments where order_id = $1 order by shipment_id""",
        order_id,
    )
    return [ShipmentView(*row) for row in rows]


async def _invoices(tx: Tx, order_id: str) -> list[InvoiceView]:
    rows = await tx.fetch(
        """select invoice_id, shipment_id, issued_at, due_at, total, paid, credited,
                  total - paid - credited as open
             from invoices where order_id = $1 order by invoice_id""",
        order_id,
    )
    return [InvoiceView(*row) for row in rows]


async def _returns(tx: Tx, order_id: str) -> list[ReturnView]:
    rows = await tx.fetch(
        "select return_id, status, changed_at from returns where order_id = $1 order by return_id",
        order_id,
    )
    return [ReturnView(*row) for row in rows]


async def _history(tx: Tx, order_id: str) -> list[HistoryView]:
    rows = await tx.fetch(
        "select at, what, text from order_history where order_id = $1 order by at, entry", order_id
    )
    return [HistoryView(*row) for row in rows]


async def orders(
    tx: Tx, status: str | None, customer_id: str | None, limit: int, after: int | None
) -> list[OrderRow]:
    """A page of orders, newest first, below a number."""
    rows = await tx.fetch(
        """select order_id, status, customer_id, currency, placed->>'customer_po' as po,
                  placed->>'channel' as channel, placed->>'placed_at' as placed_at,
                  decision->'total'->>'amount' as total
             from orders
            where ($1::text is null or status = $1) and ($2::text is null or customer_id = $2)
              and ($3::bigint is null or number < $3)
            order by number desc limit $4""",
        status,
        customer_id,
        after,
        limit,
    )
    return [
        OrderRow(
            order_id=row["order_id"],
            status=row["status"],
            customer_id=row["customer_id"],
            customer_po=row["po"] or "",
            channel=row["channel"],
            placed_at=row["placed_at"],
            total=Money(Decimal(row["total"]), row["currency"]),
        )
        for row in rows
    ]
