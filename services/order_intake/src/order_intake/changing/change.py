"""A partner's change, made as far as the order's state allows, and answered line by line."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from crossdock import Reject, Tx
from crossdock_contracts import LineQuantity, Money, Quantity, Reason
from crossdock_contracts.orders import OrderChangeAnswered, OrderChanged
from crossdock_contracts.partners import ChangeReceived

from .. import lifecycle, partners, progress
from .. import store as life
from ..catalog.book import Book
from ..catalog.store import open_books
from ..domain import credit_reason
from ..placing.store import add_lines, expose, find_claim
from . import store
from .plan import Asked, Order, Plan, answer, grown, plan, refuse_all, total


async def change(tx: Tx, event: ChangeReceived, tolerance: Decimal) -> None:
    """Do what can be done of a change; its answer waits until nothing of it is open."""
    order_id = await find_claim(tx, partners.claim_key(event))
    if order_id is None:
        raise Reject(
            f"{event.partner_id} changes purchase order {event.po_number}, which never came.",
            code="unknown_purchase_order",
            context={"partner_id": event.partner_id, "po_number": event.po_number},
        )
    await tx.lock(f"order:{order_id}")
    now = await lifecycle.standing(tx, order_id)
    if now.status != "accepted":
        text = f"{order_id} is {now.status}, so it cannot be changed."
        reason = Reason(code=f"order_{now.status}", text=text)
        _answer(tx, order_id, event, now, refuse_all(event, reason).asked, (reason,))
        return
    agreed = await store.agreed(tx, order_id)
    book = await _open_book(tx, event, agreed)
    by_number = {line.line_no: line for line in agreed.lines}
    stands = {line.line_no: line for line in now.lines}
    order = Order(agreed.placed, by_number, stands, book, tolerance, tx.now)
    wanted = await _with_credit(tx, now, book, plan(event, order))
    now = _grow(tx, order_id, event, now, agreed, wanted)
    if wanted.less:
        text = f"Changed by document {event.document_id}."
        reason = Reason(code="partner_changed", text=text)
        now = lifecycle.give_up(tx, order_id, now, wanted.less, event.partner_id, reason)
    if now.unanswered:
        store.wait(tx, order_id, store.Waiting(event, wanted.asked))
    else:
        _answer(tx, order_id, event, now, wanted.asked)


async def answer_waiting(tx: Tx, order_id: str, now: life.Standing) -> None:
    """Answer the changes that waited, once inventory has answered every cancellation."""
    if not now.unanswered:
        for waiting in await store.take_waiting(tx, order_id):
            _answer(tx, order_id, waiting.change, now, waiting.asked)


async def _open_book(tx: Tx, event: ChangeReceived, agreed: store.Agreed) -> Book:
    names = {name for line in event.lines for name in partners.names(line)}
    names |= {line.sku for line in agreed.lines}
    customer_id = agreed.placed.customer_id
    return (await open_books(tx, {customer_id: names}))[customer_id]


async def _with_credit(tx: Tx, now: life.Standing, book: Book, wanted: Plan) -> Plan:
    """The plan, without what makes the order larger where the customer has no credit for it."""
    lines = progress.apply(now.lines, wanted.more)
    more = progress.wanted_worth(lines, now.currency)
    more += total(wanted.new, now.currency).amount - progress.wanted_worth(now.lines, now.currency)
    if not more:
        return wanted
    account = (now.customer_id, now.currency)
    owed = (await expose(tx, {account: more}))[account]
    reason = credit_reason(Money(more, now.currency), book.credit, owed)
    if reason is None:
        return wanted
    life.expose_later(tx, *account, -more)
    return wanted.without_more(reason)


def _grow(
    tx: Tx,
    order_id: str,
    event: ChangeReceived,
    now: life.Standing,
    agreed: store.Agreed,
    wanted: Plan,
) -> life.Standing:
    """Order what is wanted in addition, and say so; what the customer may owe was counted."""
    moved_to = event.requested_ship_at
    later = moved_to is not None and moved_to != agreed.placed.requested_ship_at
    if not (wanted.more or wanted.new or later):
        return now
    lines = grown(agreed.lines, wanted)
    store.agree(tx, order_id, lines)
    life.move(tx, order_id, wanted.more)
    add_lines(tx, order_id, wanted.new)
    text = f"Changed by {event.partner_id} with document {event.document_id}."
    life.tell(tx, order_id, tx.now, "changed", text)
    added = [*((m.line_no, m.ordered) for m in wanted.more)]
    added += [(line.line_no, line.quantity.value) for line in wanted.new]
    of = {line.line_no: line for line in lines}
    tx.emit(
        OrderChanged(
            order_id=order_id,
            changed_at=tx.now,
            changed_by=event.partner_id,
            lines=lines,
            total=total(lines, now.currency),
            added=tuple(
                LineQuantity(
                    line_no=number,
                    sku=of[number].sku,
                    quantity=Quantity(value, of[number].quantity.uom),
                )
                for number, value in added
            ),
            requested_ship_at=moved_to if later else None,
        )
    )
    new = [progress.fresh(line) for line in wanted.new]
    return now._replace(lines=[*progress.apply(now.lines, wanted.more), *new])


def _answer(
    tx: Tx,
    order_id: str,
    event: ChangeReceived,
    now: life.Standing,
    asked: Sequence[Asked],
    reasons: tuple[Reason, ...] = (),
) -> None:
    """Say what became of each line, and put what was refused before a person."""
    stands = {line.line_no: line for line in now.lines}
    lines = tuple(answer(each, stands.get(each.line_no or 0)) for each in asked)
    said = {line.status for line in lines}
    refused = tuple(line.reason for line in lines if line.reason) + reasons
    status = "refused" if reasons or said == {"refused"} else "accepted"
    if status == "accepted" and said - {"accepted"}:
        status = "changed"
    tx.emit(
        OrderChangeAnswered(
            order_id=order_id,
            customer_id=now.customer_id,
            partner_id=event.partner_id,
            customer_po=event.po_number,
            document_id=event.document_id,
            answered_at=tx.now,
            status=status,  # type: ignore[arg-type]  # one of the three
            lines=lines,
            reasons=reasons,
            requested_ship_at=None if reasons else event.requested_ship_at,
        )
    )
    if refused:
        tx.raise_exception(
            code="change_refused",
            text=f"{order_id}: {' '.join(dict.fromkeys(reason.text for reason in refused))}",
            team="customer_service",
            about=order_id,
            order_id=order_id,
            context={"document_id": event.document_id, "partner_id": event.partner_id},
        )
