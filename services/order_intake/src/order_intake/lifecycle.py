"""The steps of an order's life once it is placed: release, cancel, settle, complete."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import NamedTuple

from crossdock import Reject, RetryLater, Tx
from crossdock_contracts import LineQuantity, Money, Quantity, Reason
from crossdock_contracts.inventory import CancellationApplied
from crossdock_contracts.invoices import InvoiceIssued
from crossdock_contracts.orders import (
    OrderCancelled,
    OrderCompleted,
    OrderPlaced,
    OrderReleased,
)

from . import progress, store
from .catalog.store import open_books
from .changing.store import agree
from .domain import Decision, decide, obstacles
from .outcomes import outcome
from .placing.place import sentence
from .placing.store import State, add_lines, find


class Conflict(Reject):
    """The order's state does not allow it; the context has the state."""


async def release(
    tx: Tx, order_id: str, by: str, note: str, tolerance: Decimal
) -> tuple[OrderPlaced, Decision]:
    """Let a held order go on: items are checked again, credit and price are a person's word."""
    await tx.lock(f"order:{order_id}")
    state = await _find(tx, order_id)
    if state.status != "held":
        raise Conflict(
            f"{order_id} is {state.status}, so it cannot be released.",
            code="not_held",
            context={"order_id": order_id, "state": state.status},
        )
    order = state.order
    decision = await _decide_again(tx, order, tolerance)
    decision = replace(decision, status="accepted", reasons=())
    store.expose_later(tx, order.customer_id, order.currency, decision.total.amount)
    store.set_status(tx, order_id, "accepted")
    add_lines(tx, order_id, decision.lines)
    agree(tx, order_id, decision.lines)
    store.tell(tx, order_id, tx.now, "released", f"Released by {by}. {note}".strip())
    store.tell(tx, order_id, tx.now, "accepted", sentence(decision))
    tx.emit(OrderReleased(order_id=order_id, released_at=tx.now, released_by=by, note=note))
    tx.emit(outcome(order, decision, tx.now))
    return order, decision


async def _decide_again(tx: Tx, order: OrderPlaced, tolerance: Decimal) -> Decision:
    """What the checks say now; Conflict where a person's word is not enough."""
    books = await open_books(tx, {order.customer_id: {line.item for line in order.lines}})
    decision = decide(order, books[order.customer_id], tolerance, tx.now)
    if reasons := obstacles(decision):
        raise Conflict(
            f"{order.order_id} cannot be released: {' '.join(reason.text for reason in reasons)}",
            code="not_releasable",
            context={"order_id": order.order_id, "state": "held"},
        )
    return decision


async def _find(tx: Tx, order_id: str) -> State:
    state = (await find(tx, [order_id])).get(order_id)
    if state is None:
        raise UnknownOrder(order_id)
    return state


class UnknownOrder(Reject):
    """There is no such order."""

    def __init__(self, order_id: str) -> None:
        context = {"order_id": order_id}
        super().__init__(f"There is no order {order_id}.", code="unknown_order", context=context)


class Cancelled(NamedTuple):
    """What was cancelled, and the lines as they stand now."""

    status: str
    quantities: tuple[LineQuantity, ...]
    lines: Sequence[progress.Line]


async def cancel(tx: Tx, order_id: str, by: str, reason: Reason) -> Cancelled:
    """Cancel what no warehouse holds yet; what is reserved or shipped goes on."""
    await tx.lock(f"order:{order_id}")
    now = await store.standing(tx, order_id)
    if now is None:
        raise UnknownOrder(order_id)
    moves = progress.cancellation(now.lines)
    if now.status != "held" and not (now.status == "accepted" and moves):
        raise Conflict(
            f"{order_id} is {now.status} and has nothing left that can be cancelled.",
            code="not_cancellable",
            context={"order_id": order_id, "state": now.status},
        )
    after = give_up(tx, order_id, now, moves, by, reason)
    return Cancelled(after.status, _quantities(after.lines, moves), after.lines)


def give_up(
    tx: Tx,
    order_id: str,
    now: store.Standing,
    moves: Sequence[progress.Move],
    by: str,
    reason: Reason,
) -> store.Standing:
    """Cancel quantities and say so; inventory answers what of it came too late."""
    after = _move(tx, order_id, now, moves)
    quantities = _quantities(after.lines, moves)
    if quantities:
        store.await_answers(tx, order_id, 1)
        after = after._replace(unanswered=now.unanswered + 1)
    store.tell(tx, order_id, tx.now, "cancelled", f"Cancelled by {by}. {reason.text}".strip())
    tx.emit(
        OrderCancelled(
            order_id=order_id,
            customer_id=now.customer_id,
            cancelled_at=tx.now,
            cancelled_by=by,
            reason=reason,
            lines=quantities,
        )
    )
    return after


def settle(tx: Tx, event: CancellationApplied, now: store.Standing) -> store.Standing:
    """Take inventory's answer to a cancellation: what it kept ships, and a person is told."""
    store.await_answers(tx, event.order_id, -1)
    after = _move(tx, event.order_id, now, progress.moved(event))
    if event.kept:
        text = progress.said(event)
        store.tell(tx, event.order_id, event.applied_at, "cancelled_too_late", text)
        tx.raise_exception(
            code="cancelled_too_late",
            text=f"{event.order_id}: {text}",
            team="customer_service",
            about=event.order_id,
            order_id=event.order_id,
        )
    return after._replace(unanswered=now.unanswered - 1)


def _move(
    tx: Tx, order_id: str, now: store.Standing, moves: Sequence[progress.Move]
) -> store.Standing:
    """Move quantities to cancelled or back, and with them what the customer may owe."""
    lines = progress.apply(now.lines, moves)
    before, after = (progress.wanted_worth(each, now.currency) for each in (now.lines, lines))
    going_on = "accepted" if now.status == "cancelled" else now.status
    status = "cancelled" if progress.is_cancelled(lines) else going_on
    store.set_status(tx, order_id, status)
    store.move(tx, order_id, moves)
    store.expose_later(tx, now.customer_id, now.currency, after - before)
    return now._replace(status=status, lines=lines)


def _quantities(
    lines: Sequence[progress.Line], moves: Sequence[progress.Move]
) -> tuple[LineQuantity, ...]:
    of = {line.line_no: line for line in lines}
    return tuple(
        LineQuantity(
            line_no=move.line_no,
            sku=of[move.line_no].sku,
            quantity=Quantity(move.cancelled, of[move.line_no].uom),
        )
        for move in moves
    )


async def standing(tx: Tx, order_id: str) -> store.Standing:
    """Where an order stands, with this event's additions; RetryLater where it is not known yet."""
    now = await store.standing(tx, order_id)
    if now is None:
        raise RetryLater(f"order {order_id} is not known here yet", after=1.0)
    return now


def take_over(tx: Tx, invoice: InvoiceIssued, now: store.Standing) -> store.Standing:
    """Move an invoiced part of the customer's exposure from the order to the receivable.

    `now` has the invoice's additions in its lines, but not yet its amount.
    """
    billed = progress.billed_worth(now.lines, progress.moved(invoice), now.currency)
    store.expose_later(tx, now.customer_id, now.currency, invoice.total.amount - billed)
    return now._replace(invoiced=now.invoiced + invoice.total.amount)


def complete(tx: Tx, order_id: str, now: store.Standing) -> OrderCompleted | None:
    """Close an order once all that was to ship has shipped and was billed."""
    if now.status != "accepted" or now.unanswered or not progress.is_finished(now.lines):
        return None
    store.set_status(tx, order_id, "completed")
    store.tell(tx, order_id, tx.now, "completed", "Everything has shipped and was invoiced.")
    return OrderCompleted(
        order_id=order_id,
        completed_at=tx.now,
        invoiced=Money(now.invoiced, now.currency),
        fill_rate=progress.fill_rate(now.lines),
    )
