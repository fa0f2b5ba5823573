"""Who gets the stock: one warehouse per order where possible, and the oldest backorder first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from .domain import NOTHING, Books, Demand, Portion, Refused


def allocate(books: Books, lines: Sequence[Demand]) -> list[Portion]:
    """Reserve an order: one warehouse for all of it, else one per line, else split lines."""
    for line in lines:
        _check_unit(books, line)
    whole = _one_for_all(books, lines)
    if whole is not None:
        return [books.take(line, whole, line.quantity) for line in lines]
    return [portion for line in lines for portion in _allocate_line(books, line)]


def _check_unit(books: Books, line: Demand) -> None:
    """An order in another unit than the stock's would wait for ever, and nobody would know why."""
    for found in books.shelves[line.sku].values():
        if found.uom != line.uom:
            text = f"{line.sku} is kept in {found.uom}, but {line.order_id} asks in {line.uom}"
            raise Refused("unit_mismatch", text, sku=line.sku, uom=found.uom, asked=line.uom)


def _one_for_all(books: Books, lines: Sequence[Demand]) -> str | None:
    """The preferred warehouse that can fill every line by itself."""
    needed: dict[str, Decimal] = defaultdict(Decimal)
    for line in lines:
        needed[line.sku] += line.quantity
    able: list[str] | None = None
    for sku, quantity in needed.items():
        full = [
            b.warehouse.warehouse_id for b in books.shelves[sku].offers() if b.available >= quantity
        ]
        able = full if able is None else [where for where in able if where in full]
    return able[0] if able else None


def _allocate_line(books: Books, line: Demand, avoid: str | None = None) -> list[Portion]:
    """Fill a line from the preferred warehouse that has all of it, else from several."""
    offers = [
        b
        for b in books.shelves[line.sku].offers()
        if b.uom == line.uom and b.warehouse.warehouse_id != avoid
    ]
    for found in offers:
        if found.available >= line.quantity:
            return [books.take(line, found.warehouse.warehouse_id, line.quantity)]
    portions, left = [], line.quantity
    for found in offers:
        if not left:
            break
        portions.append(books.take(line, found.warehouse.warehouse_id, min(left, found.available)))
        left -= portions[-1].quantity
    return portions


def shortfall(lines: Iterable[Demand], portions: Iterable[Portion], now: datetime) -> list[Demand]:
    """What of the lines was not reserved and waits from now on."""
    got: dict[int, Decimal] = defaultdict(Decimal)
    for portion in portions:
        got[portion.line_no] += portion.quantity
    return [
        Demand(line.order_id, line.line_no, line.sku, line.uom, missing, now)
        for line in lines
        if (missing := line.quantity - got[line.line_no]) > 0
    ]


def serve(
    books: Books, queue: Iterable[Demand], avoid: Collection[tuple[str, int, str]] = ()
) -> list[Portion]:
    """Reserve free stock for those who wait, in the queue's order, and lower what they wait for.

    `avoid` names the lines (order, line, warehouse) that a warehouse has just failed to ship.
    """
    failed = {(order_id, line_no): where for order_id, line_no, where in avoid}
    taken = []
    for waiting in queue:
        if not waiting.quantity:
            continue
        failed_at = failed.get((waiting.order_id, waiting.line_no))
        portions = _allocate_line(books, waiting, failed_at)
        waiting.quantity -= sum((p.quantity for p in portions), NOTHING)
        taken += portions
    return taken


def join(queue: list[Demand], freed: Iterable[Portion | Demand], now: datetime) -> list[Demand]:
    """Put lines at the end of the queue; one that waits already keeps its place.

    Returns what of the queue has changed.
    """
    known = {(line.order_id, line.line_no): line for line in queue}
    changed = {}
    for portion in freed:
        key = portion.order_id, portion.line_no
        if key not in known:
            known[key] = Demand(*key, portion.sku, portion.uom, NOTHING, now)
            queue.append(known[key])
        known[key].quantity += portion.quantity
        changed[key] = known[key]
    return list(changed.values())


class Cancelled(NamedTuple):
    """What a cancellation did: the queue's lines that changed, what left it, what came too late."""

    queue: list[Demand]
    dropped: list[Demand]
    kept: list[Demand]


def cancel(
    queue: Iterable[Demand], lines: Iterable[Demand], held: Mapping[int, Decimal]
) -> Cancelled:
    """Take cancelled quantities out of the queue; `held` is what warehouses got, by line."""
    known = {(waiting.order_id, waiting.line_no): waiting for waiting in queue}
    done = Cancelled([], [], [])
    for line in lines:
        waiting = known.get((line.order_id, line.line_no))
        dropped = min(waiting.quantity, line.quantity) if waiting else NOTHING
        kept = min(line.quantity - dropped, held.get(line.line_no, NOTHING))
        if waiting and dropped:
            waiting.quantity -= dropped
            done.queue.append(waiting)
            done.dropped.append(replace(line, quantity=dropped))
        if kept > 0:
            done.kept.append(replace(line, quantity=kept))
    return done


def give_back(books: Books, lines: Iterable[Demand], warehouse_id: str) -> list[Portion]:
    """Free what is still reserved of these lines in a warehouse."""
    portions = (books.give_back(line, warehouse_id) for line in lines)
    return [portion for portion in portions if portion is not None]
