"""Every statement that changes what was agreed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from crossdock import Tx
from crossdock_contracts.orders import OrderLine, OrderPlaced
from crossdock_contracts.partners import ChangeReceived

from .plan import Asked

encode = msgspec.json.Encoder().encode


class Waiting(msgspec.Struct, frozen=True):
    """A change whose answer waits for inventory's."""

    change: ChangeReceived
    asked: tuple[Asked, ...]


read_placed = msgspec.json.Decoder(OrderPlaced).decode
read_lines = msgspec.json.Decoder(tuple[OrderLine, ...]).decode
read_waiting = msgspec.json.Decoder(Waiting).decode


class Agreed(NamedTuple):
    """An order as it was placed, and its lines as they were agreed last."""

    placed: OrderPlaced
    lines: tuple[OrderLine, ...]


async def agreed(tx: Tx, order_id: str) -> Agreed:
    """What was agreed of an order that is known here."""
    row = await tx.fetchrow(
        """select placed::text as placed, coalesce(agreed, decision -> 'lines')::text as lines
             from orders where order_id = $1""",
        order_id,
    )
    assert row is not None, f"{order_id} was read before"
    return Agreed(read_placed(row["placed"]), read_lines(row["lines"]))


def agree(tx: Tx, order_id: str, lines: Iterable[OrderLine]) -> None:
    """Keep all lines as they are agreed now."""
    text = encode(tuple(lines)).decode()
    tx.write("update orders set agreed = $2::text::jsonb where order_id = $1", order_id, text)


def wait(tx: Tx, order_id: str, waiting: Waiting) -> None:
    """Keep a change until inventory has said what came too late."""
    tx.write(
        """insert into unanswered_changes (document_id, order_id, asked)
           values ($1, $2, $3::text::jsonb) on conflict do nothing""",
        *(waiting.change.document_id, order_id, encode(waiting).decode()),
    )


async def take_waiting(tx: Tx, order_id: str) -> list[Waiting]:
    """The changes of an order that wait for their answer; they wait no more."""
    rows = await tx.fetch(
        """delete from unanswered_changes where order_id = $1
           returning document_id, asked::text as asked""",
        order_id,
    )
    return [read_waiting(row["asked"]) for row in sorted(rows, key=lambda row: row["document_id"])]
