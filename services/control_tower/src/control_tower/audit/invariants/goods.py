"""Invariants 1 and 2: every order line and every piece of stock is accounted for."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from .check import ZERO, Difference, Found, number, proves, totals, unequal
from .rows import (
    InvoicedLine,
    Order,
    OrderLine,
    ReturnLine,
    Shipment,
    ShippedLine,
    Stock,
    StockLine,
)

NOT_ACCEPTED = frozenset({"placed", "held", "released", "rejected"})


def accepted(orders: Sequence[Order], order_lines: Sequence[OrderLine]) -> list[OrderLine]:
    """The lines that the first invariant speaks of; a line without an order is one of them."""
    others = {order.order_id for order in orders if order.status in NOT_ACCEPTED}
    return [line for line in order_lines if line.order_id not in others]


@proves(1)
def lines_add_up(orders: Sequence[Order], order_lines: Sequence[OrderLine]) -> Found:
    """Ordered = open + reserved + backordered + shipped + cancelled, and no part is negative."""
    for line in accepted(orders, order_lines):
        parts = line.open, line.reserved, line.backordered, line.shipped, line.cancelled
        if line.ordered != sum(parts):
            named = "open {} + reserved {} + backordered {} + shipped {} + cancelled {}".format(
                *map(number, parts)
            )
            yield _about(line, f"ordered {number(line.ordered)}, but {named} = {_sum(parts)}")
        elif min(parts) < 0:
            yield _about(line, f"a part of ordered {number(line.ordered)} is {number(min(parts))}")


@proves(1)
def shipped_is_invoiced(orders: Sequence[Order], order_lines: Sequence[OrderLine]) -> Found:
    """What left the house is billed, and nothing else."""
    for line in accepted(orders, order_lines):
        if line.shipped != line.invoiced:
            text = f"shipped {number(line.shipped)}, but invoiced {number(line.invoiced)}"
            yield _about(line, text)


@proves(1)
def stock_agrees(order_lines: Sequence[OrderLine], stock_lines: Sequence[StockLine]) -> Found:
    """inventory_sync counts the same reserved, backordered and shipped for every order line."""
    for part in ("reserved", "backordered", "shipped"):
        here = {(line.order_id, line.line_no): getattr(line, part) for line in order_lines}
        there = {(line.order_id, line.line_no): getattr(line, part) for line in stock_lines}
        yield from _disagreements(here, there, part, "inventory_sync")


@proves(1)
def shipments_agree(
    order_lines: Sequence[OrderLine], shipped_lines: Sequence[ShippedLine]
) -> Found:
    """shipment_tracking saw the same quantities leave."""
    here = {(line.order_id, line.line_no): line.shipped for line in order_lines}
    there = totals(shipped_lines, lambda s: (s.order_id, s.line_no), lambda s: s.shipped)
    yield from _disagreements(here, there, "shipped", "shipment_tracking")


@proves(1)
def invoices_agree(
    order_lines: Sequence[OrderLine], invoiced_lines: Sequence[InvoicedLine]
) -> Found:
    """invoicing billed the same quantities."""
    here = {(line.order_id, line.line_no): line.invoiced for line in order_lines}
    there = totals(invoiced_lines, lambda i: (i.order_id, i.line_no), lambda i: i.quantity)
    yield from _disagreements(here, there, "invoiced", "invoicing")


@proves(2)
def stock_adds_up(stock: Sequence[Stock]) -> Found:
    """On hand = opening + received + restocked + adjusted - shipped."""
    for item in stock:
        parts = item.opening, item.received, item.restocked, item.adjusted, -item.shipped
        if item.on_hand != sum(parts):
            named = "opening {} + received {} + restocked {} + adjusted {} - shipped {}".format(
                *map(number, (*parts[:4], item.shipped))
            )
            text = f"on hand {number(item.on_hand)}, but {named} = {_sum(parts)}"
            yield Difference(_place(item), f"{_place(item)}: {text}")


@proves(2)
def reserved_is_on_hand(stock: Sequence[Stock]) -> Found:
    """0 <= reserved <= on hand: nothing is promised twice."""
    for item in stock:
        if not ZERO <= item.reserved <= item.on_hand:
            text = f"reserved {number(item.reserved)} of {number(item.on_hand)} on hand"
            yield Difference(_place(item), f"{_place(item)}: {text}")


@proves(2)
def reserved_is_open_reservations(stock: Sequence[Stock]) -> Found:
    """What is reserved is what the open reservations say."""
    for item in stock:
        if item.reserved != item.open_reservations:
            text = (
                f"reserved {number(item.reserved)},"
                f" but open reservations are {number(item.open_reservations)}"
            )
            yield Difference(_place(item), f"{_place(item)}: {text}")


@proves(2)
def stock_left_as_shipments_say(
    stock: Sequence[Stock], shipments: Sequence[Shipment], shipped_lines: Sequence[ShippedLine]
) -> Found:
    """What left a warehouse's stock is what its shipments took."""
    places = {shipment.shipment_id: shipment.warehouse_id for shipment in shipments}
    here = {(item.sku, item.warehouse_id): item.shipped for item in stock}
    there = totals(
        shipped_lines, lambda s: (s.sku, places.get(s.shipment_id, "?")), lambda s: s.shipped
    )
    for (sku, warehouse), mine, theirs in unequal(here, there):
        text = f"stock shipped {number(mine)}, but shipment_tracking says {number(theirs)}"
        keys = {s.order_id for s in shipped_lines if s.sku == sku}
        yield Difference(f"{sku} in {warehouse}", f"{sku} in {warehouse}: {text}", frozenset(keys))


@proves(2)
def stock_came_back_as_returns_say(
    stock: Sequence[Stock], return_lines: Sequence[ReturnLine]
) -> Found:
    """What was restocked is what inspections put back."""
    here = totals(stock, lambda s: (s.sku,), lambda s: s.restocked)
    there = totals(return_lines, lambda r: (r.sku,), lambda r: r.restocked)
    for (sku,), mine, theirs in unequal(here, there):
        text = f"{sku}: stock restocked {number(mine)}, but returns says {number(theirs)}"
        keys = {line.order_id for line in return_lines if line.sku == sku}
        yield Difference(sku, text, frozenset(keys))


def _disagreements(
    here: dict[tuple[str, int], Decimal],
    there: dict[tuple[str, int], Decimal],
    part: str,
    service: str,
) -> Found:
    for (order_id, line_no), mine, theirs in unequal(here, there):
        subject = f"{order_id} line {line_no} {part}"
        text = f"{part} is {number(mine)} in order_intake, but {number(theirs)} in {service}"
        yield Difference(subject, f"{order_id} line {line_no}: {text}", frozenset({order_id}))


def _about(line: OrderLine, text: str) -> Difference:
    subject = f"{line.order_id} line {line.line_no}"
    return Difference(subject, f"{subject}: {text}", frozenset({line.order_id}))


def _place(item: Stock) -> str:
    return f"{item.sku} in {item.warehouse_id}"


def _sum(parts: Sequence[Decimal]) -> str:
    return number(sum(parts, ZERO))
