"""Orders are checked, kept and told of: many at a time, in the order they came."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from crossdock import Tx
from crossdock.tx import Origin
from crossdock_contracts.orders import OrderPlaced

from .. import store as life
from ..catalog.book import Book
from ..catalog.store import open_books
from ..domain import Account, Decision, InTurn, check_credits, decide
from ..drafts import Draft
from ..outcomes import outcome
from . import store


class Wanted(NamedTuple):
    """An order that has its id, and whose it is."""

    order_id: str
    draft: Draft
    tolerance: Decimal
    origin: Origin


class Placed(NamedTuple):
    """An order, and what was decided over it."""

    order: OrderPlaced
    decision: Decision


async def place(tx: Tx, wanted: Sequence[Wanted]) -> list[Placed]:
    """Check orders, keep them, and say of each for whom it was placed what became of it."""
    if not wanted:
        return []
    books = await open_books(tx, _names(one.draft for one in wanted))
    decided = [_decide(tx, one, books[one.draft.customer_id]) for one in wanted]
    placed = await _check_credit(tx, decided, books)
    store.add_orders(tx, [store.Kept(*one, _history(one)) for one in placed])
    for one, (order, decision) in zip(wanted, placed, strict=True):
        tx.speak_for(one.origin)
        tx.emit(order)
        tx.emit(outcome(order, decision, tx.now))
    return placed


def _names(drafts: Iterable[Draft]) -> dict[str, set[str]]:
    """Every item name by the customer who asks for it."""
    names = defaultdict[str, set[str]](set)
    for draft in drafts:
        names[draft.customer_id].update(draft.names())
    return names


def _decide(tx: Tx, one: Wanted, book: Book) -> Placed:
    order = one.draft.placed(one.order_id, book, tx.now)
    return Placed(order, decide(order, book, one.tolerance, tx.now))


async def _check_credit(
    tx: Tx, decided: Sequence[Placed], books: Mapping[str, Book]
) -> list[Placed]:
    """Added first and taken back where it was too much; the last thing that is waited for."""
    turns = [
        InTurn((order.customer_id, order.currency), decision, books[order.customer_id].credit)
        for order, decision in decided
    ]
    asked = _sums(turn for turn in turns if turn.decision.status != "rejected")
    if not asked:
        return list(decided)
    owed = await store.expose(tx, asked)
    before = {account: owed[account] - amount for account, amount in asked.items()}
    checked = check_credits(turns, before)
    held = _sums(turn for turn in checked if turn.decision.status == "held")
    for (customer_id, currency), amount in held.items():
        life.expose_later(tx, customer_id, currency, -amount)
    return [Placed(one.order, turn.decision) for one, turn in zip(decided, checked, strict=True)]


def _sums(turns: Iterable[InTurn]) -> dict[Account, Decimal]:
    """What orders come to, by account."""
    sums: dict[Account, Decimal] = {}
    for account, decision, _ in turns:
        sums[account] = sums.get(account, Decimal(0)) + decision.total.amount
    return sums


def _history(one: Placed) -> list[tuple[str, str]]:
    status, channel = one.decision.status, one.order.channel
    return [("placed", f"Placed through {channel}."), (status, sentence(one.decision))]


def sentence(decision: Decision) -> str:
    """What the order's history says of a decision."""
    texts = " ".join(reason.text for reason in decision.reasons)
    return texts or f"Accepted for {decision.total.amount} {decision.total.currency}."
