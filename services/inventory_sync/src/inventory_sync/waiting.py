"""Those who wait for stock: who is served when some comes free, and what they are told."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from decimal import Decimal

from crossdock import Reject, RetryLater, Tx
from crossdock_contracts import Event, Quantity, Reason
from crossdock_contracts.inventory import DiscrepancyFound
from crossdock_contracts.shipments import ShipmentShipped

from . import allocation, announce, store
from .domain import Books, Demand, Movement, NotReserved, Portion, Refused, plain


@contextmanager
def decisions() -> Iterator[None]:
    """What the books refuse is for the warehouse; what they do not know yet may still come."""
    try:
        yield
    except Refused as no:
        raise Reject(no.text, code=no.code, team="warehouse", context=no.context) from no
    except NotReserved as not_yet:
        raise RetryLater(str(not_yet), after=1.0) from not_yet


async def serve(tx: Tx, books: Books, cause: str) -> list[Event]:
    """Give stock that has just come free to those who wait for it, and save the books."""
    return hand_out(tx, books, await store.queue_for(tx, books.shelves), cause)


async def wait_again(
    tx: Tx, books: Books, freed: list[Portion], reason: Reason, shipment_id: str
) -> list[Event]:
    """Lines that a warehouse did not ship wait again, or are reserved elsewhere at once."""
    if not freed:
        return hand_out(tx, books, (), shipment_id)
    queue = await store.queue_for(tx, books.shelves)
    store.save_queue(tx, allocation.join(queue, freed, tx.now))
    avoid = {(p.order_id, p.line_no, p.warehouse_id) for p in freed}
    return [
        *announce.released(freed, tx.now, reason),
        *announce.backordered(freed[0].order_id, freed, tx.now),
        *hand_out(tx, books, queue, shipment_id, avoid),
    ]


def hand_out(
    tx: Tx,
    books: Books,
    queue: Iterable[Demand],
    cause: str,
    avoid: Collection[tuple[str, int, str]] = (),
) -> list[Event]:
    """Serve the queue from what is free, save the books, and say what changed."""
    queue = list(queue)
    taken = allocation.serve(books, queue, avoid)
    served = {(portion.order_id, portion.line_no) for portion in taken}
    store.save(tx, books)
    store.save_queue(tx, [line for line in queue if (line.order_id, line.line_no) in served])
    return announce.reserved(taken, tx.now, cause, from_backorder=True)


def write_off(tx: Tx, books: Books, missing: Iterable[Portion], shipment_id: str) -> list[Event]:
    """The books follow the warehouse: what it could not find is not there until somebody counts."""
    said: list[Event] = []
    for lost in missing:
        found = books.shelves[lost.sku][lost.warehouse_id]
        expected = found.on_hand
        movement = Movement(
            f"short:{shipment_id}:{lost.line_no}", lost.sku, lost.warehouse_id, lost.uom,
            "adjustment", -lost.quantity, reference=shipment_id, booked_by=tx.service,
        )  # fmt: skip
        books.book(movement, found.warehouse)
        text = (
            f"{shipment_id}: {lost.warehouse_id} could not find {plain(lost.quantity)} {lost.sku}"
        )
        reason = Reason(code="short_pick", text=text, line_no=lost.line_no)
        adjustment_id = f"{shipment_id}-{lost.line_no}"
        said += [
            announce.adjusted(adjustment_id, movement, tx.now, reason),
            _discrepancy(tx, lost, expected, found.on_hand, text),
        ]
    return said


def _discrepancy(
    tx: Tx, lost: Portion, expected: Decimal, found: Decimal, text: str
) -> DiscrepancyFound:
    """Tell the warehouse to count, and everybody that the books were wrong."""
    tx.raise_exception(
        code="short_pick", text=text, team="warehouse", about=lost.sku, order_id=lost.order_id,
        context={"warehouse_id": lost.warehouse_id, "expected": expected, "found": found},
    )  # fmt: skip
    return DiscrepancyFound(
        sku=lost.sku,
        warehouse_id=lost.warehouse_id,
        expected=Quantity(plain(expected), lost.uom),
        found=Quantity(plain(found), lost.uom),
        found_at=tx.now,
        text=text,
    )


def warn_of_extra(tx: Tx, event: ShipmentShipped, line: Demand, extra: Decimal) -> None:
    """More left than was reserved; there was enough, but somebody must know why."""
    text = f"{event.shipment_id} shipped {plain(extra)} {line.sku} more than was reserved for it"
    tx.raise_exception(
        code="shipped_more_than_reserved", text=text, team="warehouse", about=event.order_id,
        order_id=event.order_id,
        context={"sku": line.sku, "shipped": line.quantity, "extra": extra},
    )  # fmt: skip
