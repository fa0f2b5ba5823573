"""Orders that callers ask for, many at a time, each under a key of the caller's own."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from crossdock import Tx
from crossdock.together import Asked

from ..drafts import Draft
from . import store
from .place import Placed, Wanted, place


class Request(NamedTuple):
    """An order as it is asked for, with the key that makes it one order."""

    key: str
    body_hash: str
    draft: Draft
    tolerance: Decimal


class Answer(NamedTuple):
    """Who has the key, and the order it stands for; `claim.new` only for who made it just now."""

    claim: store.Claim
    placed: Placed | None


async def place_asked(tx: Tx, asked: Sequence[Asked[Request]]) -> list[Answer]:
    """Place an order for the first who asks under a key; all others get that one's."""
    first: dict[str, Asked[Request]] = {}
    for one in asked:
        first.setdefault(one.what.key, one)
    claims = await store.claim(tx, {key: one.what.body_hash for key, one in first.items()})
    new = {claim.order_id: first[key] for key, claim in claims.items() if claim.new}
    before = await store.find(tx, [c.order_id for c in claims.values() if not c.new])
    orders = {order_id: Placed(state.order, state.decision) for order_id, state in before.items()}
    placed = await place(tx, [_wanted(order_id, one) for order_id, one in new.items()])
    orders |= dict(zip(new, placed, strict=True))
    return [_answer(one, claims[one.what.key], new, orders) for one in asked]


def _wanted(order_id: str, asked: Asked[Request]) -> Wanted:
    return Wanted(order_id, asked.what.draft, asked.what.tolerance, asked.origin)


def _answer(
    one: Asked[Request],
    claim: store.Claim,
    new: dict[str, Asked[Request]],
    orders: dict[str, Placed],
) -> Answer:
    is_first = new.get(claim.order_id) is one
    return Answer(claim._replace(new=is_first), orders.get(claim.order_id))
