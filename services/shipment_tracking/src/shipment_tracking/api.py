"""How warehouses and carriers tell, and how people ask."""

from typing import Annotated, cast

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from crossdock import Service
from crossdock.http import PAGE, Limit, Problem, unknown

from . import store
from .domain.answers import Answer
from .domain.model import CarrierEvent, Confirmation, Shipment, State
from .handlers import hear_carrier, hear_warehouse
from .settings import ShipmentTrackingSettings


class Shipments(msgspec.Struct, frozen=True):
    """A list of shipments, newest first."""

    shipments: list[Shipment]


@post("/warehouse/events", status_code=200)
async def take_warehouse_event(
    data: JSONBody[Confirmation], service: NamedDependency[Service]
) -> Answer:
    """A warehouse confirms: picked, packed, shipped or failed."""
    settings = cast("ShipmentTrackingSettings", service.settings)
    async with service.begin() as tx:
        answer = await hear_warehouse(tx, data, settings.gs1_prefix)
    return _answered(answer)


@post("/carrier/events", status_code=200)
async def take_carrier_event(
    data: JSONBody[CarrierEvent], service: NamedDependency[Service]
) -> Answer:
    """A carrier reports a milestone; D1 is the delivery."""
    async with service.begin() as tx:
        answer = await hear_carrier(tx, data)
    return _answered(answer)


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


def _answered(answer: Answer) -> Answer:
    """A refusal is answered after its commit: what was said must be kept."""
    if answer.status != 200:
        raise Problem(answer.status, answer.code, answer.text, **answer.context)
    return answer


routes = [take_warehouse_event, take_carrier_event, show_shipment, list_shipments]
