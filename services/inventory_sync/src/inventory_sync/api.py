"""Stock over HTTP: goods in, corrections, and what is there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta

from crossdock import Service, Tx
from crossdock.http import PAGE, Limit, Problem, unknown

from . import levels, purchases, receipts, store
from .domain import NOTHING, Refused, plain
from .receipts import Adjustment, Booked, Receipt

# More than there are warehouses.
ALL_WAREHOUSES = 1000
CONFLICTS = {"already_booked", "stock_is_reserved"}
Filter = Annotated[str | None, QueryParameter(max_length=48)]


class Receipts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Many receipts at once, for loading."""

    receipts: Annotated[list[Receipt], Meta(min_length=1, max_length=1000)]


class Level(msgspec.Struct, frozen=True):
    """What one warehouse holds of one SKU."""

    sku: str
    warehouse_id: str
    uom: str
    on_hand: Decimal
    reserved: Decimal
    available: Decimal


class ItemStock(msgspec.Struct, frozen=True):
    """What all warehouses hold of one SKU."""

    sku: str
    uom: str
    on_hand: Decimal
    reserved: Decimal
    available: Decimal
    warehouses: list[Level]


class Waiting(msgspec.Struct, frozen=True):
    """An order line that waits for stock."""

    order_id: str
    line_no: int
    sku: str
    quantity: Decimal
    uom: str
    since: datetime


@contextmanager
def problems() -> Iterator[None]:
    """What the books refuse, as an answer: 409 where they say otherwise, 422 for the rest."""
    try:
        yield
    except Refused as no:
        status = 409 if no.code in CONFLICTS else 422
        raise Problem(status, no.code, no.text, **no.context) from no


@post("/receipts")
async def add_receipt(
    data: JSONBody[Receipt], service: NamedDependency[Service]
) -> Response[Booked]:
    """Goods came in. The same receipt again gets the same answer, with 200."""
    with problems():
        async with service.begin() as tx:
            [booked], new = await receipts.take_in(tx, [data])
            await _compare(tx, [data], new)
    return Response(booked, status_code=201 if new else 200)


@post("/receipts/batch")
async def add_receipts(
    data: JSONBody[Receipts], service: NamedDependency[Service]
) -> Response[list[Booked]]:
    """Up to 1000 receipts, all or none; those booked before are answered as they were."""
    with problems():
        async with service.begin() as tx:
            booked, new = await receipts.take_in(tx, data.receipts)
            await _compare(tx, data.receipts, new)
    return Response(booked, status_code=201 if new else 200)


@post("/adjustments")
async def add_adjustment(
    data: JSONBody[Adjustment], service: NamedDependency[Service]
) -> Response[Booked]:
    """A count said otherwise. Stock that is reserved cannot be taken away."""
    with problems():
        async with service.begin() as tx:
            booked, new = await receipts.correct(tx, data)
    return Response(booked, status_code=201 if new else 200)


@get("/stock")
async def list_stock(
    service: NamedDependency[Service],
    limit: Limit = PAGE,
    sku: Filter = None,
    warehouse: Filter = None,
) -> dict[str, list[Level]]:
    """Levels by SKU and warehouse."""
    async with service.begin() as tx:
        return {"stock": [_level(row) for row in await levels.listed(tx, sku, warehouse, limit)]}


@get("/stock/{sku:str}")
async def show_stock(service: NamedDependency[Service], sku: FromPath[str]) -> ItemStock:
    """One SKU over all warehouses; 404 when the catalog does not have it."""
    async with service.begin() as tx:
        places = [_level(row) for row in await levels.listed(tx, sku, None, ALL_WAREHOUSES)]
        item = (await store.items(tx, [sku])).get(sku)
    if item is None:
        raise unknown("item", sku, sku=sku)
    return ItemStock(
        sku=sku,
        uom=places[0].uom if places else item.stock_uom,
        on_hand=plain(sum((place.on_hand for place in places), NOTHING)),
        reserved=plain(sum((place.reserved for place in places), NOTHING)),
        available=plain(sum((place.available for place in places), NOTHING)),
        warehouses=places,
    )


@get("/backorders")
async def list_backorders(
    service: NamedDependency[Service], limit: Limit = PAGE, sku: Filter = None
) -> dict[str, list[Waiting]]:
    """Who waits, the oldest first."""
    async with service.begin() as tx:
        rows = await store.backorders(tx, sku, limit)
    found = [Waiting(**{**row, "quantity": plain(row["quantity"])}) for row in rows]
    return {"backorders": found}


async def _compare(tx: Tx, received: Sequence[Receipt], new: bool) -> None:
    """Hold what came for purchase orders against what was ordered."""
    named = {r.reference for r in received if r.source == "purchase" and r.reference}
    if new and named:
        await purchases.check_receipts(tx, named)


def _level(row: Mapping[str, Any]) -> Level:
    return Level(
        row["sku"],
        row["warehouse_id"],
        row["uom"],
        plain(row["on_hand"]),
        plain(row["reserved"]),
        plain(row["available"]),
    )


routes = [
    add_receipt,
    add_receipts,
    add_adjustment,
    list_stock,
    show_stock,
    list_backorders,
]
