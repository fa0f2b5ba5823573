"""Master data in: what changed in the ERP becomes our copy, and an event where that differs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from crossdock import Service, Tx
from crossdock_contracts import Event, Team
from crossdock_contracts.catalog import (
    CreditChanged,
    CustomerChanged,
    ItemChanged,
    PriceChanged,
    PurchaseOrderChanged,
    WarehouseChanged,
)

from . import domain, erp, store


class List(NamedTuple):
    """One of the ERP's lists: how its records become events, and who mends them."""

    name: str
    id_field: str
    event: type[Event]
    translate: Callable[[domain.Record], domain.Fields]
    team: Team


# Prices come last: whoever hears of one mostly knows its customer and item by then.
LISTS = {
    of.name: of
    for of in (
        List("warehouses", "id", WarehouseChanged, domain.warehouse, "it"),
        List("items", "sku", ItemChanged, domain.item, "it"),
        List("customers", "id", CustomerChanged, domain.customer, "customer_service"),
        List("credit", "customer_id", CreditChanged, domain.credit, "customer_service"),
        List("prices", "id", PriceChanged, domain.price, "customer_service"),
        List("purchase-orders", "id", PurchaseOrderChanged, domain.purchase_order, "warehouse"),
    )
}


class Counts(msgspec.Struct):
    """What one reading of a list found."""

    read: int = 0
    changed: int = 0
    refused: int = 0


class Malformed(Exception):
    """A master record that cannot be what the ERP means."""


async def sync(service: Service) -> dict[str, Counts]:
    """Read every list's changes; httpx.HTTPError when the ERP is away, and nothing is lost."""
    async with service.begin() as tx:
        after = await store.cursors(tx)
    return {name: await _sync_list(service, of, after.get(name, 0)) for name, of in LISTS.items()}


async def _sync_list(service: Service, of: List, after: int) -> Counts:
    counts = Counts()
    http, settings = service.runtime.http_client, service.settings
    async for page in erp.changes(http, settings, of.name, after):
        if page.records:
            async with service.begin() as tx:
                await _take_page(tx, of, page, counts)
    return counts


async def _take_page(tx: Tx, of: List, page: erp.Page, counts: Counts) -> None:
    """Take what is newer than the cursor: a slower reader must not bring back an older state."""
    await tx.lock(f"list:{of.name}")
    cursor = await store.cursor(tx, of.name)
    fresh = [record for record in page.records if _version(record, cursor + 1) > cursor]
    if not fresh:
        return
    ids = [_id(of, record) for record in fresh]
    known = await store.known(tx, of.name, ids, of.event)
    refused = await store.refused(tx, of.name, ids)
    for record_id, record in zip(ids, fresh, strict=True):
        counts.read += 1
        try:
            event = _read(of, record)
        except Malformed as error:
            counts.refused += 1
            refused[record_id] = _refuse(tx, of, record_id, record, error, refused.get(record_id))
            continue
        if refused.pop(record_id, None):
            store.accept(tx, of.name, record_id)
        if domain.says_more(event, known.get(record_id)):
            counts.changed += 1
            known[record_id] = event
            store.keep(tx, of.name, record_id, _version(record, cursor), event)
            tx.emit(event)
    store.move_cursor(tx, of.name, max(_version(record, cursor) for record in fresh))


def _read(of: List, record: domain.Record) -> Event:
    """The record as an event; Malformed says which field cannot be so."""
    if not isinstance(record.get("version"), int):
        raise Malformed(f"version {record.get('version')!r} is not a whole number")
    try:
        event = msgspec.convert(of.translate(record), of.event)
    except (msgspec.ValidationError, AttributeError, TypeError) as error:
        raise Malformed(str(error)) from error
    if why := domain.implausible(event):
        raise Malformed(why)
    return event


def _refuse(
    tx: Tx, of: List, record_id: str, record: domain.Record, error: Malformed, before: str | None
) -> str:
    """Keep the record and tell its team, once for as long as it stays as it is."""
    told = {name: record[name] for name in record if name not in ("version", "updated_at")}
    content = msgspec.json.encode(told, order="deterministic").decode()
    if content != before:
        store.refuse(tx, of.name, record_id, content, str(error))
        tx.raise_exception(
            code="malformed_master_data",
            text=f"{of.name} {record_id} in the ERP cannot be used: {error}",
            team=of.team,
            about=record_id,
            context={"list": of.name, "id": record_id, "error": str(error), "record": content},
        )
    return content


def _version(record: dict[str, Any], otherwise: int) -> int:
    version = record.get("version")
    return version if isinstance(version, int) else otherwise


def _id(of: List, record: domain.Record) -> str:
    return str(record.get(of.id_field) or f"(no {of.id_field})")
