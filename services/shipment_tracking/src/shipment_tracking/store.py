"""What shipment tracking remembers, and every statement it remembers it with."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from crossdock import Tx
from crossdock_contracts import Address
from crossdock_contracts.orders import OrderAccepted
from crossdock_contracts.shipments import Package, ShipmentRequested

from .domain.model import CarrierEvent, Milestone, Shipment, ShipmentLine, State

# The first word about an order stands.
REMEMBER_ORDER = """
    insert into orders (order_id, ship_to) values ($1, $2) on conflict (order_id) do nothing
"""
# Take the next $2 shipment numbers of an order; the row's lock keeps them distinct.
TAKE_NUMBERS = """
    update orders set shipments = shipments + $2 where order_id = $1
    returning ship_to, shipments - $2 as taken
"""
ADD_SHIPMENT = """
    insert into shipments (shipment_id, order_id, warehouse_id, requested_at, ship_to, split_from)
    values ($1, $2, $3, $4, $5, $6)
"""
ADD_LINE = """
    insert into shipment_lines (shipment_id, line_no, sku, uom, requested)
    values ($1, $2, $3, $4, $5)
"""
# A shipment whole, its lines and milestones as JSON: one round trip.
SHIPMENT = """
    select s.*,
        (select jsonb_agg(to_jsonb(l) order by l.line_no)
         from shipment_lines l where l.shipment_id = s.shipment_id) as lines,
        (select coalesce(jsonb_agg(to_jsonb(m) order by m.recorded_at, m.milestone_id), '[]')
         from milestones m where m.shipment_id = s.shipment_id) as milestones
    from shipments s
"""
ONE_SHIPMENT = SHIPMENT + " where s.shipment_id = $1"
LOCKED_SHIPMENT = ONE_SHIPMENT + " for update of s"
# A carrier may know one tracking number for several shipments.
LOCKED_BY_TRACKING_NUMBER = (
    SHIPMENT + " where s.tracking_number = $1 and $1 <> '' order by s.shipment_id for update of s"
)
FIND_SHIPMENTS = (
    SHIPMENT
    + """
    where ($1::text is null or s.order_id = $1) and ($2::text is null or s.state = $2)
    order by s.requested_at desc, s.shipment_id desc limit $3
"""
)
MARK_ASKED = "update shipments set asked_at = coalesce(asked_at, $2) where shipment_id = $1"
MARK_PICKED = "update shipments set state = $2, picked_at = $3 where shipment_id = $1"
MARK_PACKED = """
    update shipments set state = $2, packed_at = $3, packages = $4 where shipment_id = $1
"""
MARK_SHIPPED = """
    update shipments set state = $2, shipped_at = $3, packages = $4, carrier = $5,
        tracking_number = $6, bill_of_lading = $7
    where shipment_id = $1
"""
MARK_FAILED = "update shipments set state = $2, failed_at = $3 where shipment_id = $1"
MARK_DELIVERED = """
    update shipments set state = $2, delivered_at = $3, signed_by = $4 where shipment_id = $1
"""
BOOK_LINE = """
    update shipment_lines set shipped = $3, short = $4, follows = $5
    where shipment_id = $1 and line_no = $2
"""
ADD_MILESTONE = """
    insert into milestones (shipment_id, milestone_id, code, recorded_at, place, text)
    values ($1, $2, $3, $4, $5, $6) on conflict do nothing
"""
TAKE_SERIALS = "select nextval('sscc_serial') from generate_series(1, $1)"
# What was heard under this id before; asking counts as a repetition.
HEARD_BEFORE = """
    update confirmations set duplicates = duplicates + 1 where source = $1 and event_id = $2
    returning outcome, answer, digest = $3 as same
"""
KEEP = """
    insert into confirmations (source, event_id, shipment_id, tracking_number, body, digest,
        outcome, answer, received_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
    on conflict (source, event_id) do update
    set outcome = excluded.outcome, answer = excluded.answer, received_at = excluded.received_at
"""
# Carrier's words that came before the warehouse told us their tracking number.
TAKE_UNMATCHED = """
    update confirmations set outcome = 'taken', answer = $2
    where source = 'carrier' and outcome = 'unmatched' and tracking_number = $1 and $1 <> ''
        and shipment_id is null
    returning body
"""


class Heard(NamedTuple):
    """What became of a confirmation when it was heard first."""

    outcome: str
    answer: str
    same: bool


class Numbers(NamedTuple):
    """Where an order's goods go, and how many shipment numbers were taken before."""

    ship_to: Address
    taken: int


def remember_order(tx: Tx, order: OrderAccepted) -> None:
    """Keep what shipments of this order will need."""
    tx.write(REMEMBER_ORDER, order.order_id, _json(order.ship_to))


async def take_numbers(tx: Tx, order_id: str, count: int) -> Numbers | None:
    """Reserve the next shipment numbers of an order; None when it is not known here."""
    row = await tx.fetchrow(TAKE_NUMBERS, order_id, count)
    if row is None:
        return None
    return Numbers(msgspec.json.decode(row["ship_to"], type=Address), row["taken"])


def add_shipment(tx: Tx, event: ShipmentRequested) -> None:
    """Keep a new shipment with its lines."""
    tx.write(
        ADD_SHIPMENT,
        event.shipment_id,
        event.order_id,
        event.warehouse_id,
        event.requested_at,
        _json(event.ship_to),
        event.split_from,
    )
    for line in event.lines:
        quantity = line.quantity
        tx.write(ADD_LINE, event.shipment_id, line.line_no, line.sku, quantity.uom, quantity.value)


async def shipment(tx: Tx, shipment_id: str) -> Shipment | None:
    """One shipment as it stands."""
    return _one(await tx.fetchrow(ONE_SHIPMENT, shipment_id))


async def lock_shipment(tx: Tx, shipment_id: str) -> Shipment | None:
    """One shipment, held until the commit."""
    return _one(await tx.fetchrow(LOCKED_SHIPMENT, shipment_id))


async def lock_by_tracking_number(tx: Tx, tracking_number: str) -> list[Shipment]:
    """All shipments under a tracking number, held until the commit."""
    return [_shipment(row) for row in await tx.fetch(LOCKED_BY_TRACKING_NUMBER, tracking_number)]


async def find_shipments(
    tx: Tx, order_id: str | None, state: State | None, limit: int
) -> list[Shipment]:
    """Shipments of an order or in a state, newest first."""
    return [_shipment(row) for row in await tx.fetch(FIND_SHIPMENTS, order_id, state, limit)]


def mark_asked(tx: Tx, shipment_id: str) -> None:
    """The warehouse has the request."""
    tx.write(MARK_ASKED, shipment_id, tx.now)


def mark_picked(tx: Tx, shipment_id: str, state: State, at: datetime) -> None:
    """The goods left their bins."""
    tx.write(MARK_PICKED, shipment_id, state, at)


def mark_packed(
    tx: Tx, shipment_id: str, state: State, at: datetime, packages: tuple[Package, ...]
) -> None:
    """The goods stand in these packages."""
    tx.write(MARK_PACKED, shipment_id, state, at, _json(packages))


def mark_shipped(tx: Tx, shipment: Shipment) -> None:
    """The carrier has the goods, these packages under these numbers."""
    tx.write(
        MARK_SHIPPED,
        shipment.shipment_id,
        shipment.state,
        shipment.shipped_at,
        _json(shipment.packages),
        shipment.carrier,
        shipment.tracking_number,
        shipment.bill_of_lading,
    )
    for line in shipment.lines:
        amounts = (line.shipped, line.short, line.follows)
        tx.write(BOOK_LINE, shipment.shipment_id, line.line_no, *amounts)


def mark_failed(tx: Tx, shipment_id: str, at: datetime) -> None:
    """The shipment will not arrive."""
    tx.write(MARK_FAILED, shipment_id, "failed", at)


def mark_delivered(tx: Tx, shipment_id: str, state: State, at: datetime, signed_by: str) -> None:
    """The carrier says it delivered, whatever the warehouse said so far."""
    tx.write(MARK_DELIVERED, shipment_id, state, at, signed_by)


def add_milestone(tx: Tx, shipment_id: str, event: CarrierEvent) -> None:
    """Keep what the carrier said of a shipment."""
    tx.write(
        ADD_MILESTONE, shipment_id, event.event_id, event.code, event.at, event.place, event.text
    )


async def take_serials(tx: Tx, count: int) -> Sequence[int]:
    """The next serials for licence plates; never given out twice, not even after a rollback."""
    return [row[0] for row in await tx.fetch(TAKE_SERIALS, count)] if count else []


async def heard_before(tx: Tx, source: str, event_id: str, digest: bytes) -> Heard | None:
    """What became of this confirmation before, and whether it said the same."""
    row = await tx.fetchrow(HEARD_BEFORE, source, event_id, digest)
    return None if row is None else Heard(row["outcome"], row["answer"], row["same"])


def keep(
    tx: Tx,
    source: str,
    said: Any,
    body: bytes,
    digest: bytes,
    outcome: str,
    answer: msgspec.Struct,
) -> None:
    """Keep a confirmation as it came, with what became of it."""
    names = (said.event_id, said.shipment_id or None, said.tracking_number or None)
    tx.write(KEEP, source, *names, body.decode(), digest, outcome, _json(answer), tx.now)


async def take_unmatched(
    tx: Tx, tracking_number: str, answer: msgspec.Struct
) -> list[CarrierEvent]:
    """The carrier's words that waited for this tracking number, in their own order."""
    rows = await tx.fetch(TAKE_UNMATCHED, tracking_number, _json(answer))
    events = [msgspec.json.decode(row["body"], type=CarrierEvent) for row in rows]
    return sorted(events, key=lambda event: event.at)


def _one(row: Any) -> Shipment | None:
    return None if row is None else _shipment(row)


def _shipment(row: Any) -> Shipment:
    return msgspec.convert(
        {
            **row,
            "ship_to": msgspec.json.decode(row["ship_to"], type=Address),
            "packages": msgspec.json.decode(row["packages"], type=tuple[Package, ...]),
            "lines": msgspec.json.decode(row["lines"], type=tuple[ShipmentLine, ...]),
            "milestones": msgspec.json.decode(row["milestones"], type=tuple[Milestone, ...]),
        },
        Shipment,
    )


def _json(value: msgspec.Struct | Iterable[msgspec.Struct]) -> str:
    return msgspec.json.encode(value).decode()
