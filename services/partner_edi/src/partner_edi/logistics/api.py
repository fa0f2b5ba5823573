"""What people ask about sales that customers told."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from crossdock import Service
from crossdock.http import PAGE, Limit

from . import store


class Sold(msgspec.Struct, kw_only=True):
    """What one place sold of one item in a period; `sku` is ours."""

    partner_id: str
    begins_on: date
    ends_on: date
    location: str
    item: str
    sku: str
    sold: Decimal | None
    returned: Decimal | None
    on_hand: Decimal | None
    uom: str


@get("/sell-through")
async def list_sold(
    service: NamedDependency[Service],
    limit: Limit = PAGE,
    partner: FromQuery[str | None] = None,
    sku: FromQuery[str | None] = None,
) -> dict[str, list[Sold]]:
    """What customers sold of our goods, the newest period first."""
    async with service.begin() as tx:
        rows = await store.sold(tx, partner, sku, limit)
    return {"sold": [Sold(**row) for row in rows]}


routes = [list_sold]
