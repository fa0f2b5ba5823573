"""How warehouses and carriers tell, and how people ask."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from functools import partial
from typing import Annotated, Any

import msgspec
import structlog
from litestar import get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from crossdock import Service, Tx
from crossdock.errors import Outage
from crossdock.http import PAGE, Limit, Problem, unknown

from . import freight, store, words
from .domain.answers import Answer
from .domain.model import CarrierEvent, Confirmation, Refusal, Shipment, State
from .heard import Said

MOST = 1000
log = structlog.get_logger()


class Shipments(msgspec.Struct, frozen=True):
    """A list of shipments, newest first."""

    shipments: list[Shipment]


class Words(msgspec.Struct, frozen=True):
    """Many words of one source, in their order; each may name its own trace."""

    events: Annotated[list[Any], msgspec.Meta(max_length=MOST)]


class Answers(msgspec.Struct, frozen=True):
    """What became of each word, in the same order, each with its own status."""

    answers: list[Answer]


@post("/warehouse/events", status_code=200)
async def take_warehouse_event(
    data: JSONBody[Confirmation], service: NamedDependency[Service]
) -> Answer:
    """A warehouse confirms: picked, packed, shipped or failed."""
    [answer] = await _hear(service, [data])
    return _answered(answer)


@post("/carrier/events", status_code=200)
async def take_carrier_event(
    data: JSONBody[CarrierEvent], service: NamedDependency[Service]
) -> Answer:
    """A carrier reports a milestone; D1 is the delivery."""
    [answer] = await _hear(service, [data])
    return _answered(answer)


@post("/warehouse/events/batch", status_code=200)
async def take_warehouse_events(
    data: JSONBody[Words], service: NamedDependency[Service]
) -> Answers:
    """A warehouse confirms many things at once; a word that is refused holds up no other."""
    return Answers(await _hear_all(service, data.events, Confirmation))


@post("/carrier/events/batch", status_code=200)
async def take_carrier_events(data: JSONBody[Words], service: NamedDependency[Service]) -> Answers:
    """A carrier reports many milestones at once."""
    return Answers(await _hear_all(service, data.events, CarrierEvent))


@put("/shipments/{shipment_id:str}/carrier", status_code=200)
async def assign_carrier(
    shipment_id: FromPath[str],
    data: JSONBody[freight.Assignment],
    service: NamedDependency[Service],
) -> freight.Assignment:
    """Transport planning chose a carrier and its charges; the same again changes nothing."""
    async with service.begin() as tx:
        found = await store.lock_shipments(tx, [shipment_id], [])
        if not found:
            raise unknown("shipment", shipment_id)
        try:
            assigned = await freight.assign(tx, found[0], data)
        except Refusal as no:
            raise Problem(no.status, no.code, no.text, **no.context) from no
        if assigned:
            tx.emit(assigned)
    return data


@get("/shipments/{shipment_id:str}")
async def show_shipment(shipment_id: FromPath[str], service: NamedDependency[Service]) -> Shipment:
    """One shipment with its lines, packages and milestones."""
    async with service.begin() as tx:
        shipment = await store.shipment(tx, shipment_id)
    if shipment is None:
        raise unknown("shipment", shipment_id)
    return shipment


@get("/shipments")
async def list_shipments(
    service: NamedDependency[Service],
    limit: Limit = PAGE,
    order_id: FromQuery[str | None] = None,
    shipment_state: Annotated[State | None, QueryParameter(name="state")] = None,
) -> Shipments:
    """Shipments of an order, in a state, or the newest."""
    async with service.begin() as tx:
        return Shipments(await store.find_shipments(tx, order_id, shipment_state, limit))


async def _hear_all(service: Service, values: Sequence[Any], kind: type[Said]) -> list[Answer]:
    read = [words.read(value, kind) for value in values]
    good = [said for said in read if not isinstance(said, Answer)]
    heard = iter(await _hear(service, good))
    return [said if isinstance(said, Answer) else next(heard) for said in read]


async def _hear(service: Service, said: Sequence[Said]) -> list[Answer]:
    """All in one transaction, or each in its own where that fails: a bad one fails alone."""
    try:
        async with service.begin() as tx:
            return await words.hear(tx, said, partial(_part, service, tx))
    except Outage:
        raise
    except Exception:
        if len(said) == 1:
            raise
        log.warning("words are heard one by one", words=len(said), exc_info=True)
    return [await _hear_alone(service, word) for word in said]


async def _hear_alone(service: Service, said: Said) -> Answer:
    try:
        [answer] = await _hear(service, [said])
    except Outage:
        raise
    except Exception:
        log.exception("a word failed", source=said.source, event_id=said.event_id)
        text = "this is a defect here, not in what was said; say it again later"
        return Answer(status=500, outcome="refused", code="internal", text=text)
    return answer


def _part(service: Service, tx: Tx, said: Said) -> AbstractContextManager[None]:
    return service.part(tx, f"{said.source} {said.what}", said.traceparent)


def _answered(answer: Answer) -> Answer:
    """A refusal is answered after its commit: what was said must be kept."""
    if answer.status != 200:
        raise Problem(answer.status, answer.code, answer.text, **answer.context)
    return answer


routes = [
    take_warehouse_event,
    take_carrier_event,
    take_warehouse_events,
    take_carrier_events,
    assign_carrier,
    show_shipment,
    list_shipments,
]
