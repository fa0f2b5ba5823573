"""SQL of what partners asked for and what was promised them."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar

import msgspec

from crossdock import Tx
from crossdock_contracts import Allocation, LineQuantity

M = TypeVar("M", bound=msgspec.Struct)


class Promised(NamedTuple):
    """How much of a line is set aside, and how much waits for stock."""

    reserved: Decimal
    backordered: Decimal


def promise(tx: Tx, order_id: str, column: str, lines: Iterable[Allocation | LineQuantity]) -> None:
    """Add to what is reserved or backordered of an order's lines."""
    add = (
        """insert into promised_lines as p (order_id, line_no, reserved) values ($1, $2, $3)
           on conflict (order_id, line_no) do update set reserved = p.reserved + $3"""
        if column == "reserved"
        else """insert into promised_lines as p (order_id, line_no, backordered)
           values ($1, $2, $3)
           on conflict (order_id, line_no) do update set backordered = p.backordered + $3"""
    )
    for line in lines:
        tx.write(add, order_id, line.line_no, line.quantity.value)


async def promised(tx: Tx, order_id: str) -> dict[int, Promised]:
    """What was promised of an order, by line."""
    rows = await tx.fetch(
        "select line_no, reserved, backordered from promised_lines where order_id = $1", order_id
    )
    return {row["line_no"]: Promised(row["reserved"], row["backordered"]) for row in rows}


async def whose(tx: Tx, order_ids: Iterable[str]) -> dict[str, str]:
    """The partner of each order that is known; empty where it is nobody's."""
    rows = await tx.fetch(
        """select order_id, coalesce(partner_id, '') as partner_id
           from orders where order_id = any($1)""",
        list(order_ids),
    )
    return {row["order_id"]: row["partner_id"] for row in rows}


def keep_request(
    tx: Tx, document_id: str, partner_id: str, po_number: str, model: msgspec.Struct
) -> None:
    """Keep what a partner asked for until it is answered."""
    tx.write(
        """insert into requests (document_id, partner_id, po_number, model)
           values ($1, $2, $3, $4::jsonb) on conflict do nothing""",
        *(document_id, partner_id, po_number, msgspec.json.encode(model).decode()),
    )


async def request(tx: Tx, document_id: str, model: type[M]) -> M | None:
    """What a document asked for; None when it is none of ours."""
    text = await tx.fetchval("select model::text from requests where document_id = $1", document_id)
    return None if text is None else msgspec.json.decode(text, type=model)


async def requests(tx: Tx, partner_id: str, po_number: str) -> list[str]:
    """All that was asked about one purchase order, as JSON."""
    rows: list[Any] = await tx.fetch(
        """select model::text as model from requests where partner_id = $1 and po_number = $2
           order by document_id""",
        *(partner_id, po_number),
    )
    return [row["model"] for row in rows]


async def order_of(tx: Tx, partner_id: str, po_number: str) -> str | None:
    """Our order for a partner's purchase order; the newest, where a number was used again."""
    found: str | None = await tx.fetchval(
        """select order_id from orders where partner_id = $1 and po_number = $2
           order by order_id desc limit 1""",
        *(partner_id, po_number),
    )
    return found
