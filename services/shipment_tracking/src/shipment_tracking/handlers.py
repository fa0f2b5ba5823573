"""What shipment tracking does: has warehouses ship, and lets each word about it count once."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Literal

import msgspec
from msgspec.structs import replace

from crossdock import RetryLater, Tx
from crossdock.ids import digest
from crossdock_contracts import Address, LineQuantity
from crossdock_contracts.inventory import StockReserved
from crossdock_contracts.orders import OrderAccepted
from crossdock_contracts.shipments import Package, ShipmentRequested

from . import store
from .domain import answers, events, packing, states
from .domain.answers import Answer
from .domain.model import (
    CarrierEvent,
    Confirmation,
    ConfirmedPackage,
    Refusal,
    Shipment,
    State,
)
from .errands import AskWarehouse, handles

__all__ = ["handles", "hear_carrier", "hear_warehouse"]

Source = Literal["warehouse", "carrier"]
Said = Confirmation | CarrierEvent
Lines = tuple[LineQuantity, ...]


# Orders and stock


@handles
async def remember_order(event: OrderAccepted, tx: Tx) -> None:
    """Keep where the goods go, for the day they are reserved."""
    store.remember_order(tx, event)


@handles
async def request_shipments(event: StockReserved, tx: Tx) -> list[ShipmentRequested]:
    """Ask each warehouse that holds reserved stock for one shipment."""
    requests = states.by_warehouse(event.allocations)
    numbers = await store.take_numbers(tx, event.order_id, len(requests))
    if numbers is None:
        raise RetryLater(f"order {event.order_id} is not known here yet")
    return [
        _request(tx, event.order_id, n, warehouse_id, lines, numbers.ship_to)
        for n, (warehouse_id, lines) in enumerate(requests.items(), numbers.taken + 1)
    ]


def _request(
    tx: Tx,
    order_id: str,
    n: int,
    warehouse_id: str,
    lines: Lines,
    ship_to: Address,
    split_from: str | None = None,
) -> ShipmentRequested:
    event = ShipmentRequested(
        order_id=order_id,
        shipment_id=states.shipment_id(order_id, n),
        warehouse_id=warehouse_id,
        requested_at=tx.now,
        lines=lines,
        ship_to=ship_to,
        split_from=split_from,
    )
    store.add_shipment(tx, event)
    tx.errand(AskWarehouse.of(event), key=order_id)
    return event


# What warehouses say


async def hear_warehouse(tx: Tx, said: Confirmation, gs1_prefix: str) -> Answer:
    """Let a warehouse's confirmation take effect once."""

    async def take() -> Answer:
        shipment = await store.lock_shipment(tx, said.shipment_id)
        if shipment is None:
            raise answers.unknown(said)
        state = states.advance(shipment, said.kind)
        return answers.taken(await _take(tx, shipment, said, state, gs1_prefix))

    return await _once(tx, "warehouse", said, take)


async def _take(
    tx: Tx, shipment: Shipment, said: Confirmation, state: State, prefix: str
) -> Shipment:
    match said.kind:
        case "picked":
            return _pick(tx, shipment, said, state)
        case "packed":
            return await _pack(tx, shipment, said, state, prefix)
        case "shipped":
            return await _ship(tx, shipment, said, state, prefix)
        case "failed":
            return _fail(tx, shipment, said)


def _pick(tx: Tx, shipment: Shipment, said: Confirmation, state: State) -> Shipment:
    lines = states.confirmed(shipment.asked, states.some(said.lines, said.kind))
    store.mark_picked(tx, shipment.shipment_id, state, said.at)
    tx.emit(events.picked(shipment, said.at, lines))
    return replace(shipment, state=state, picked_at=said.at)


async def _pack(
    tx: Tx, shipment: Shipment, said: Confirmation, state: State, prefix: str
) -> Shipment:
    listed = states.confirmed(shipment.asked, said.lines) or shipment.asked
    lines = packing.check_packages(shipment.asked, said.packages) or listed
    boxes = packing.boxed(said.packages, shipment.packages, lines)
    packages = await _label(tx, boxes, lines, prefix)
    store.mark_packed(tx, shipment.shipment_id, state, said.at, packages)
    tx.emit(events.packed(shipment, said.at, packages))
    return replace(shipment, state=state, packed_at=said.at, packages=packages)


async def _ship(
    tx: Tx, shipment: Shipment, said: Confirmation, state: State, prefix: str
) -> Shipment:
    lines = states.confirmed(shipment.asked, states.some(said.lines, said.kind))
    packing.check_packages(shipment.asked, said.packages)
    rest = states.missing(shipment.asked, lines)
    follows = said.remainder == "follows"
    boxes = packing.boxed(said.packages, shipment.packages, lines)
    after = replace(
        shipment,
        state=state,
        shipped_at=said.at,
        lines=states.booked(shipment, lines, follows),
        packages=await _label(tx, boxes, lines, prefix),
        carrier=said.carrier,
        tracking_number=said.tracking_number,
        bill_of_lading=said.bill_of_lading,
    )
    store.mark_shipped(tx, after)
    tx.emit(events.shipped(after, said.at, lines, () if follows else rest))
    if rest and follows:
        await _follow_up(tx, after, rest)
    return await _catch_up(tx, after)


def _fail(tx: Tx, shipment: Shipment, said: Confirmation) -> Shipment:
    store.mark_failed(tx, shipment.shipment_id, said.at)
    tx.emit(events.failed(shipment, said))
    return replace(shipment, state="failed", failed_at=said.at)


async def _label(
    tx: Tx, boxes: tuple[ConfirmedPackage, ...], lines: Lines, prefix: str
) -> tuple[Package, ...]:
    serials = await store.take_serials(tx, packing.unlabelled(boxes))
    return packing.labelled(boxes, lines, prefix, serials)


async def _follow_up(tx: Tx, it: Shipment, rest: Lines) -> None:
    """Ask the same warehouse for what it promised to ship later."""
    numbers = await store.take_numbers(tx, it.order_id, 1)
    assert numbers is not None
    n = numbers.taken + 1
    tx.emit(_request(tx, it.order_id, n, it.warehouse_id, rest, it.ship_to, it.shipment_id))


# What carriers say


async def hear_carrier(tx: Tx, said: CarrierEvent) -> Answer:
    """Let a carrier's message take effect once, on every shipment it names."""

    async def take() -> Answer:
        shipments = await _meant(tx, said)
        if not shipments:
            raise answers.unknown(said)
        after = [_record(tx, shipment, said) for shipment in shipments]
        return answers.taken(after[0])

    return await _once(tx, "carrier", said, take)


async def _meant(tx: Tx, said: CarrierEvent) -> list[Shipment]:
    if said.shipment_id:
        shipment = await store.lock_shipment(tx, said.shipment_id)
        return [] if shipment is None else [shipment]
    number = said.tracking_number or ""
    await _lock_number(tx, number)
    return await store.lock_by_tracking_number(tx, number)


async def _lock_number(tx: Tx, tracking_number: str) -> None:
    """Or a message that arrives while its shipment is being confirmed would wait for ever."""
    await tx.lock(f"tracking_number:{tracking_number}")


async def _catch_up(tx: Tx, shipment: Shipment) -> Shipment:
    """The carrier may have been faster than the warehouse: believe now what waited."""
    if shipment.delivered_at is not None:
        shipment = _deliver(tx, shipment, shipment.delivered_at, shipment.signed_by)
    await _lock_number(tx, shipment.tracking_number)
    answer = answers.taken(shipment)
    for event in await store.take_unmatched(tx, shipment.tracking_number, answer):
        shipment = _record(tx, shipment, event)
    return shipment


def _record(tx: Tx, shipment: Shipment, said: CarrierEvent) -> Shipment:
    store.add_milestone(tx, shipment.shipment_id, said)
    tx.emit(events.milestone(shipment, said))
    match states.delivery(shipment, said.code):
        case "now":
            return _deliver(tx, shipment, said.at, said.signed_by)
        case "none":
            return shipment
        case why:
            return _contradict(tx, shipment, said, why)


def _deliver(tx: Tx, shipment: Shipment, at: datetime, signed_by: str) -> Shipment:
    store.mark_delivered(tx, shipment.shipment_id, "delivered", at, signed_by)
    tx.emit(events.delivered(shipment, at, signed_by))
    return replace(shipment, state="delivered", delivered_at=at, signed_by=signed_by)


def _contradict(tx: Tx, shipment: Shipment, said: CarrierEvent, why: str) -> Shipment:
    """Delivered, says the carrier, but the warehouse never said shipped: its word is missing."""
    store.mark_delivered(tx, shipment.shipment_id, shipment.state, said.at, said.signed_by)
    tx.raise_exception(
        code=f"delivered_{why}",
        text=f"{shipment.shipment_id} was delivered but is {shipment.state} here",
        team="warehouse",
        about=shipment.order_id,
        order_id=shipment.order_id,
        context={"shipment_id": shipment.shipment_id, "event_id": said.event_id},
    )
    return replace(shipment, delivered_at=said.at, signed_by=said.signed_by)


# Each word once


async def _once(
    tx: Tx, source: Source, said: Said, take: Callable[[], Awaitable[Answer]]
) -> Answer:
    """Take effect, or repeat the answer; what found no shipment is tried again when repeated.

    A refusal commits too: the words are kept and a person is told, or nobody would ever know.
    """
    await tx.lock(f"{source}:{said.event_id}")
    body, content = msgspec.json.encode(said), _timeless(said)
    heard = await store.heard_before(tx, source, said.event_id, content)
    if heard is not None and not (heard.outcome == "unmatched" and heard.same):
        return _again(said, heard)
    try:
        answer, outcome = await take(), "taken"
    except Refusal as no:
        answer, outcome = answers.refused(no), "unmatched" if no.status == 404 else "refused"
        if heard is None:
            await _tell(tx, source, said, no)
    store.keep(tx, source, said, body=body, digest=content, outcome=outcome, answer=answer)
    return answer


def _timeless(said: Said) -> bytes:
    """What was said, but for the time: a sender that lost its notes tells the same again, later."""
    return digest(replace(said, at=datetime.min.replace(tzinfo=UTC)))


def _again(said: Said, heard: store.Heard) -> Answer:
    if not heard.same:
        return answers.refused(answers.reused(said.event_id))
    answer = msgspec.json.decode(heard.answer, type=Answer)
    return replace(answer, outcome="duplicate") if answer.status == 200 else answer


async def _tell(tx: Tx, source: Source, said: Said, no: Refusal) -> None:
    known = await store.shipment(tx, said.shipment_id) if said.shipment_id else None
    order_id = known.order_id if known else None
    names = {"shipment_id": said.shipment_id or "", "tracking_number": said.tracking_number or ""}
    tx.raise_exception(
        code=no.code,
        text=f"{source}: {no.text}",
        team="warehouse",
        about=order_id or said.shipment_id or said.tracking_number or said.event_id,
        order_id=order_id,
        context={**no.context, **names, "event_id": said.event_id},
    )
