"""What shipment tracking remembers, and every statement it remembers it with."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import msgspec

from crossdock import Tx
from crossdock_contracts import Address
from crossdock_contracts.orders import OrderAccepted
from crossdock_contracts.shipments import Package, ShipmentRequested

from .domain.model import CarrierEvent, Confirmation, Milestone, Shipment, ShipmentLine, State

# The first word about an order stands.
REMEMBER_ORDER = """
    insert into orders (order_id, ship_to) values ($1, $2) on conflict (order_id) do nothing
"""
# Take the next shipment numbers of some orders; the rows' locks keep them distinct.
TAKE_NUMBERS = """
    update orders o set shipments = shipments + wanted.n
    from unnest($1::text[], $2::int[]) as wanted (order_id, n) where o.order_id = wanted.order_id
    returning o.order_id, ship_to, shipments - wanted.n as taken
"""
REMEMBER_WAREHOUSE = """
    insert into warehouses (warehouse_id, partner_id) values ($1, $2)
    on conflict (warehouse_id) do update set partner_id = excluded.partner_id
"""
PARTNERS = """
    select warehouse_id, partner_id from warehouses where warehouse_id = any($1)
"""
ADD_SHIPMENT = """
    insert into shipments (shipment_id, order_id, warehouse_id, requested_at, ship_to, split_from)
    values ($1, $2, $3, $4, $5, $6)
"""
ADD_LINE = """
    insert into shipment_lines (shipment_id, line_no, sku, uom, requested)
    values ($1, $2, $3, $4, $5)
"""
# A shipment whole, its lines and milestones as JSON: one round trip. The columns are named: with
# `s.*` a statement prepared before a column goes would fail once it is gone.
SHIPMENT = """
    select s.shipment_id, s.order_id, s.warehouse_id, s.state, s.ship_to, s.packages, s.split_from,
        s.carrier, s.bill_of_lading, s.signed_by, s.requested_at, s.asked_at, s.picked_at,
        s.packed_at, s.shipped_at, s.delivered_at, s.failed_at,
        (select coalesce(array_agg(n.tracking_number order by n.tracking_number), '{}')
         from tracking_numbers n where n.shipment_id = s.shipment_id) as tracking_numbers,
        (select jsonb_agg(to_jsonb(l) order by l.line_no)
         from shipment_lines l where l.shipment_id = s.shipment_id) as lines,
        (select coalesce(jsonb_agg(to_jsonb(m) order by m.recorded_at, m.milestone_id), '[]')
         from milestones m where m.shipment_id = s.shipment_id) as milestones
    from shipments s
"""
ONE_SHIPMENT = SHIPMENT + " where s.shipment_id = $1"
# In one order for everybody; a carrier may know one tracking number for several shipments. All ids
# are in one array: with `or` no index would be used.
LOCKED_SHIPMENTS = """
    select s.shipment_id, s.order_id, s.warehouse_id, s.state, s.ship_to, s.packages, s.split_from,
        s.carrier, s.bill_of_lading, s.signed_by, s.requested_at, s.asked_at, s.picked_at,
        s.packed_at, s.shipped_at, s.delivered_at, s.failed_at,
        (select coalesce(array_agg(n.tracking_number order by n.tracking_number), '{}')
         from tracking_numbers n where n.shipment_id = s.shipment_id) as tracking_numbers,
        (select jsonb_agg(to_jsonb(l) order by l.line_no)
         from shipment_lines l where l.shipment_id = s.shipment_id) as lines,
        '[]'::jsonb as milestones
    from shipments s
    where s.shipment_id = any($1::text[] || array(
        select shipment_id from tracking_numbers where tracking_number = any($2)))
    order by s.shipment_id for update of s
"""
FIND_SHIPMENTS = (
    SHIPMENT
    + """
    where ($1::text is null or s.order_id = $1) and ($2::text is null or s.state = $2)
    order by s.requested_at desc, s.shipment_id desc limit $3
"""
)
MARK_ASKED = "update shipments set asked_at = coalesce(asked_at, $2) where shipment_id = $1"
SAVE = """
    update shipments set state = $2, packages = $3, carrier = $4, bill_of_lading = $5,
        signed_by = $6, picked_at = $7, packed_at = $8, shipped_at = $9, delivered_at = $10,
        failed_at = $11
    where shipment_id = $1
"""
ADD_NUMBER = """
    insert into tracking_numbers (shipment_id, tracking_number) values ($1, $2)
    on conflict do nothing
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
# What was heard under these ids before; asking counts as a repetition.
HEARD_BEFORE = """
    update confirmations c set duplicates = duplicates + 1
    from unnest($2::text[], $3::bytea[]) as said (event_id, digest)
    where c.source = $1 and c.event_id = said.event_id
    returning c.event_id, c.outcome, c.answer, c.digest = said.digest as same
"""
KEEP = """
    insert into confirmations (source, event_id, shipment_id, tracking_number, body, digest,
        outcome, answer, received_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
    on conflict (source, event_id) do update
    set outcome = excluded.outcome, answer = excluded.answer, received_at = excluded.received_at
"""
# Carrier's words that came before the warehouse told us their tracking number.
UNMATCHED = """
    select body from confirmations
    where source = 'carrier' and outcome = 'unmatched' and tracking_number = any($1)
        and tracking_number <> '' and shipment_id is null
    for update
"""
MARK_TAKEN = """
    update confirmations set outcome = 'taken', answer = $2
    where source = 'carrier' and event_id = $1
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


def remember_warehouse(tx: Tx, warehouse_id: str, partner_id: str | None) -> None:
    """Keep which partner runs a warehouse, if one does."""
    tx.write(REMEMBER_WAREHOUSE, warehouse_id, partner_id)


async def partners(tx: Tx, warehouses: Iterable[str]) -> dict[str, str | None]:
    """The partner that runs each of these warehouses, or None, as far as they are known here."""
    rows = await tx.fetch(PARTNERS, list(warehouses))
    return {row["warehouse_id"]: row["partner_id"] for row in rows}


async def take_numbers(tx: Tx, wanted: dict[str, int]) -> dict[str, Numbers]:
    """Reserve so many next shipment numbers of each order, as far as they are known here."""
    rows = await tx.fetch(TAKE_NUMBERS, list(wanted), list(wanted.values()))
    return {
        row["order_id"]: Numbers(msgspec.json.decode(row["ship_to"], type=Address), row["taken"])
        for row in rows
    }


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
    row = await tx.fetchrow(ONE_SHIPMENT, shipment_id)
    return None if row is None else _shipment(row)


async def lock_shipments(
    tx: Tx, ids: Iterable[str], tracking_numbers: Iterable[str]
) -> list[Shipment]:
    """Shipments by id or tracking number, without their milestones, held until the commit."""
    found = await tx.fetch(LOCKED_SHIPMENTS, list(ids), list(tracking_numbers))
    return [_shipment(row) for row in found]


async def find_shipments(
    tx: Tx, order_id: str | None, state: State | None, limit: int
) -> list[Shipment]:
    """Shipments of an order or in a state, newest first."""
    return [_shipment(row) for row in await tx.fetch(FIND_SHIPMENTS, order_id, state, limit)]


def mark_asked(tx: Tx, shipment_id: str) -> None:
    """The warehouse has the request."""
    tx.write(MARK_ASKED, shipment_id, tx.now)


def save(tx: Tx, shipment: Shipment) -> None:
    """A shipment as it stands now, but for its lines."""
    tx.write(
        SAVE,
        shipment.shipment_id,
        shipment.state,
        _json(shipment.packages),
        shipment.carrier,
        shipment.bill_of_lading,
        shipment.signed_by,
        shipment.picked_at,
        shipment.packed_at,
        shipment.shipped_at,
        shipment.delivered_at,
        shipment.failed_at,
    )


def add_numbers(tx: Tx, shipment: Shipment) -> None:
    """Under what a carrier may report."""
    for number in shipment.tracking_numbers:
        tx.write(ADD_NUMBER, shipment.shipment_id, number)


def book_lines(tx: Tx, shipment: Shipment) -> None:
    """What became of each line."""
    for line in shipment.lines:
        amounts = (line.shipped, line.short, line.follows)
        tx.write(BOOK_LINE, shipment.shipment_id, line.line_no, *amounts)


def add_milestone(tx: Tx, shipment_id: str, event: CarrierEvent) -> None:
    """Keep what the carrier said of a shipment."""
    tx.write(
        ADD_MILESTONE, shipment_id, event.event_id, event.code, event.at, event.place, event.text
    )


async def take_serials(tx: Tx, count: int) -> Sequence[int]:
    """The next serials for licence plates; never given out twice, not even after a rollback."""
    return [row[0] for row in await tx.fetch(TAKE_SERIALS, count)] if count else []


async def heard_before(tx: Tx, source: str, contents: dict[str, bytes]) -> dict[str, Heard]:
    """What became of words under these ids before, and whether they said the same."""
    rows = await tx.fetch(HEARD_BEFORE, source, list(contents), list(contents.values()))
    return {r["event_id"]: Heard(r["outcome"], r["answer"], r["same"]) for r in rows}


def keep(
    tx: Tx, said: Confirmation | CarrierEvent, content: bytes, outcome: str, answer: msgspec.Struct
) -> None:
    """Keep a word as it came, with its digest and what became of it."""
    names = (said.event_id, said.shipment_id or None, said.tracking_number or None)
    tx.write(KEEP, said.source, *names, _json(said), content, outcome, _json(answer), tx.now)


async def unmatched(tx: Tx, tracking_numbers: Iterable[str]) -> list[CarrierEvent]:
    """The carrier's words that wait for one of these tracking numbers."""
    rows = await tx.fetch(UNMATCHED, list(tracking_numbers))
    return [msgspec.json.decode(row["body"], type=CarrierEvent) for row in rows]


def mark_taken(tx: Tx, event: CarrierEvent, answer: msgspec.Struct) -> None:
    """A carrier's word found its shipment."""
    tx.write(MARK_TAKEN, event.event_id, _json(answer))


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
