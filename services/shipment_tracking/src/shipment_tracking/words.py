"""What warehouses and carriers say: many words in one transaction, each takes effect once."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import Any, cast

import msgspec
from msgspec.structs import replace

from crossdock import Tx
from crossdock_contracts import LineQuantity
from crossdock_contracts.shipments import Package

from . import requests, store
from .domain import answers, events, packing, states
from .domain.answers import Answer
from .domain.model import CarrierEvent, Confirmation, ConfirmedPackage, Refusal, Shipment, State
from .floor import Floor
from .heard import Said, timeless
from .settings import labels

Lines = tuple[LineQuantity, ...]
Part = Callable[[Said], AbstractContextManager[None]]


def _whole(_: Said) -> AbstractContextManager[None]:
    return nullcontext()


async def hear(tx: Tx, words: Sequence[Said], part: Part = _whole) -> list[Answer]:
    """Let words of one source take effect in their order; a refusal is an answer, no error.

    It commits too: the words are kept and a person is told, or nobody would ever know. `part` says
    whose trace each word's events carry; the transaction's own where there is none.
    """
    found: list[Answer] = []
    for wave in _waves(words):
        found += await _hear(tx, wave, part)
    return found


def _waves(words: Sequence[Said]) -> Iterator[list[Said]]:
    """Parts in which no id comes twice: a repetition has to find what became of the first."""
    wave: dict[str, Said] = {}
    for said in words:
        if said.event_id in wave:
            yield list(wave.values())
            wave = {}
        wave[said.event_id] = said
    if wave:
        yield list(wave.values())


async def _hear(tx: Tx, words: Sequence[Said], part: Part) -> list[Answer]:
    await tx.lock(*_names(words))
    contents = {said.event_id: timeless(said) for said in words}
    heard = await store.heard_before(tx, words[0].source, contents)
    news = [said for said in words if _is_news(heard.get(said.event_id))]
    floor = await Floor.open(tx, news, labels().gs1_prefix)
    found = []
    for said in words:
        with part(said):
            known = heard.get(said.event_id)
            found.append(
                await _take(tx, floor, said, contents[said.event_id], known)
                if _is_news(known)
                else _again(said, cast("store.Heard", known))
            )
    floor.save(tx)
    return found


def _names(words: Iterable[Said]) -> Iterator[str]:
    """Two words under one id, or about one tracking number, are heard one after the other.

    Or a carrier's message that comes while its shipment is being confirmed would wait for ever.
    """
    for said in words:
        yield f"{said.source}:{said.event_id}"
        yield from (f"tracking_number:{number}" for number in said.tracking_numbers)


def _is_news(heard: store.Heard | None) -> bool:
    """Never heard, or heard when there was no shipment that it could be about."""
    return heard is None or (heard.outcome == "unmatched" and heard.same)


def _again(said: Said, heard: store.Heard) -> Answer:
    if not heard.same:
        return answers.refused(answers.reused(said.event_id))
    answer = msgspec.json.decode(heard.answer, type=Answer)
    return replace(answer, outcome="duplicate") if answer.status == 200 else answer


async def _take(
    tx: Tx, floor: Floor, said: Said, content: bytes, heard: store.Heard | None
) -> Answer:
    try:
        if isinstance(said, Confirmation):
            shipment = await _confirm(tx, floor, said)
        else:
            shipment = _report(tx, floor, said)
        answer, outcome = answers.taken(shipment), "taken"
    except Refusal as no:
        answer, outcome = answers.refused(no), "unmatched" if no.status == 404 else "refused"
        if heard is None:
            _tell(tx, floor, said, no)
    store.keep(tx, said, content, outcome, answer)
    return answer


def _tell(tx: Tx, floor: Floor, said: Said, no: Refusal) -> None:
    known = next(iter(floor.meant(said)), None)
    order_id = known.order_id if known else None
    names = {"shipment_id": said.shipment_id or "", "tracking_number": said.tracking_number or ""}
    tx.raise_exception(
        code=no.code,
        text=f"{said.source}: {no.text}",
        team="warehouse",
        about=order_id or said.shipment_id or said.tracking_number or said.event_id,
        order_id=order_id,
        context={**no.context, **names, "event_id": said.event_id},
    )


# What warehouses say


async def _confirm(tx: Tx, floor: Floor, said: Confirmation) -> Shipment:
    meant = floor.meant(said)
    if not meant:
        raise answers.unknown(said)
    shipment = meant[0]
    state = states.advance(shipment, said.kind)
    match said.kind:
        case "picked":
            after = _pick(tx, shipment, said, state)
        case "packed":
            after = await _pack(tx, floor, shipment, said, state)
        case "shipped":
            after = await _ship(tx, floor, shipment, said, state)
        case "failed":
            after = _fail(tx, shipment, said)
    return floor.put(after)


def _pick(tx: Tx, shipment: Shipment, said: Confirmation, state: State) -> Shipment:
    lines = states.confirmed(shipment.asked, states.some(said.lines, said.kind))
    tx.emit(events.picked(shipment, said.at, lines))
    return replace(shipment, state=state, picked_at=said.at)


async def _pack(
    tx: Tx, floor: Floor, shipment: Shipment, said: Confirmation, state: State
) -> Shipment:
    listed = states.confirmed(shipment.asked, said.lines) or shipment.asked
    lines = packing.check_packages(shipment.asked, said.packages) or listed
    boxes = packing.boxed(said.packages, shipment.packages, lines)
    packages = await _label(tx, floor, boxes, lines, said.tracking_number)
    tx.emit(events.packed(shipment, said.at, packages))
    return replace(
        shipment,
        state=state,
        packed_at=said.at,
        packages=packages,
        tracking_numbers=packing.numbers(packages, said.tracking_number),
    )


async def _ship(
    tx: Tx, floor: Floor, shipment: Shipment, said: Confirmation, state: State
) -> Shipment:
    lines = states.confirmed(shipment.asked, states.some(said.lines, said.kind))
    packing.check_packages(shipment.asked, said.packages)
    rest = states.missing(shipment.asked, lines)
    follows = said.remainder == "follows"
    boxes = packing.boxed(said.packages, shipment.packages, lines)
    packages = await _label(tx, floor, boxes, lines, said.tracking_number)
    after = replace(
        shipment,
        state=state,
        shipped_at=said.at,
        lines=states.booked(shipment, lines, follows),
        packages=packages,
        carrier=said.carrier,
        tracking_numbers=packing.numbers(packages, said.tracking_number),
        bill_of_lading=said.bill_of_lading,
    )
    tx.emit(events.shipped(after, said.at, lines, () if follows else rest))
    if rest and follows:
        await requests.follow_up(tx, after, rest)
    return _catch_up(tx, floor, after)


def _fail(tx: Tx, shipment: Shipment, said: Confirmation) -> Shipment:
    tx.emit(events.failed(shipment, said))
    return replace(shipment, state="failed", failed_at=said.at)


async def _label(
    tx: Tx, floor: Floor, boxes: tuple[ConfirmedPackage, ...], lines: Lines, number: str
) -> tuple[Package, ...]:
    serials = await floor.take_serials(tx, packing.unlabelled(boxes))
    return packing.labelled(boxes, lines, floor.prefix, serials, number)


# What carriers say


def _report(tx: Tx, floor: Floor, said: CarrierEvent) -> Shipment:
    """A carrier's message takes effect on every shipment it names."""
    meant = floor.meant(said)
    if not meant:
        raise answers.unknown(said)
    after = [floor.put(_record(tx, shipment, said)) for shipment in meant]
    return after[0]


def _catch_up(tx: Tx, floor: Floor, shipment: Shipment) -> Shipment:
    """The carrier may have been faster than the warehouse: believe now what waited."""
    if shipment.delivered_at is not None:
        shipment = _deliver(tx, shipment, shipment.delivered_at, shipment.signed_by)
    for event in floor.take_waiting(tx, shipment, answers.taken(shipment)):
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
    tx.emit(events.delivered(shipment, at, signed_by))
    return replace(shipment, state="delivered", delivered_at=at, signed_by=signed_by)


def _contradict(tx: Tx, shipment: Shipment, said: CarrierEvent, why: str) -> Shipment:
    """Delivered, says the carrier, but the warehouse never said shipped: its word is missing."""
    tx.raise_exception(
        code=f"delivered_{why}",
        text=f"{shipment.shipment_id} was delivered but is {shipment.state} here",
        team="warehouse",
        about=shipment.order_id,
        order_id=shipment.order_id,
        context={"shipment_id": shipment.shipment_id, "event_id": said.event_id},
    )
    return replace(shipment, delivered_at=said.at, signed_by=said.signed_by)


def read(value: Any, kind: type[Said]) -> Said | Answer:
    """One word of a batch, or why it is none: a bad one holds up no other."""
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        return Answer(status=400, outcome="refused", code="bad_request", text=str(error))
