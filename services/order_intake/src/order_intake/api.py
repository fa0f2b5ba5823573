"""Order intake's HTTP side: place, release, cancel, ask."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Annotated, Literal

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody, PathParameter, QueryParameter

from crossdock import Service
from crossdock.http import PAGE, Limit, Problem, unknown
from crossdock.ids import digest
from crossdock_contracts import Reason
from crossdock_contracts.inventory import AvailabilityAsked

from . import lifecycle
from .answers import AvailabilityView, CancelAnswer, NotCancelled, OrderAnswer, answer
from .enquiry.store import order as read_order
from .enquiry.store import orders as read_orders
from .enquiry.views import OrderList, OrderView
from .placing.asked import Request, place_asked
from .placing.store import Claim
from .progress import Line
from .requests import CancelRequest, OrderRequest, ReleaseRequest

STATUS_CODES = {"accepted": 201, "held": 202, "rejected": 422}
ORDER_ID = "^ORD-[0-9]{1,18}$"

Status = Literal["accepted", "held", "rejected", "cancelled", "completed"]
OrderId = Annotated[str, PathParameter(pattern=ORDER_ID)]


@post("/orders")
async def place_order(
    data: JSONBody[OrderRequest],
    service: NamedDependency[Service],
    idempotency_key: NamedDependency[str],
) -> Response[OrderAnswer]:
    """Place an order: 201 accepted, 202 held, 422 rejected; 200 where it was asked before."""
    data.check()
    request = Request(
        f"api:{idempotency_key}",
        digest(data).hex(),
        data.draft(),
        service.settings.price_tolerance,
    )
    claim, placed = await service.together(place_asked, request)
    if claim.body_hash != request.body_hash:
        raise _other_body(idempotency_key, claim, request.body_hash)
    if placed is None:
        raise unknown("order", claim.order_id)
    said = answer(placed.order, placed.decision)
    if claim.new:
        return Response(said, status_code=STATUS_CODES[said.status])
    return Response(said, status_code=200, headers={"Idempotency-Replayed": "true"})


def _other_body(key: str, claim: Claim, body_hash: str) -> Problem:
    return Problem(
        409,
        "idempotency_key_reused",
        f"this Idempotency-Key made {claim.order_id} from another body; take a new one",
        idempotency_key=key,
        order_id=claim.order_id,
        first_body_sha256=claim.body_hash,
        this_body_sha256=body_hash,
    )


@contextmanager
def _problems() -> Iterator[None]:
    """Answer 404 and 409 for what the order, as it is, does not allow."""
    try:
        yield
    except lifecycle.UnknownOrder as error:
        raise Problem(404, error.code, error.text, **error.context) from error
    except lifecycle.Conflict as error:
        raise Problem(409, error.code, error.text, **error.context) from error


@post("/orders/{order_id:str}/release", status_code=200)
async def release_order(
    order_id: OrderId, data: JSONBody[ReleaseRequest], service: NamedDependency[Service]
) -> OrderAnswer:
    """Let a held order go on; the answer has the lines as they were agreed now."""
    tolerance: Decimal = service.settings.price_tolerance
    with _problems():
        async with service.begin() as tx:
            order, decision = await lifecycle.release(tx, order_id, data.by, data.note, tolerance)
    return answer(order, decision)


@post("/orders/{order_id:str}/cancel", status_code=200)
async def cancel_order(
    order_id: OrderId, data: JSONBody[CancelRequest], service: NamedDependency[Service]
) -> CancelAnswer:
    """Cancel what no warehouse holds yet; the answer says what goes on."""
    reason = Reason(code="cancelled", text=data.reason)
    with _problems():
        async with service.begin() as tx:
            done = await lifecycle.cancel(tx, order_id, data.by, reason)
    going_on = [_going_on(line) for line in done.lines if line.cancelled != line.ordered]
    return CancelAnswer(order_id, done.status, done.quantities, going_on)


def _going_on(line: Line) -> NotCancelled:
    why = "has shipped or is reserved in a warehouse"
    return NotCancelled(line.line_no, line.sku, line.ordered - line.cancelled, why)


@get("/orders/{order_id:str}")
async def show_order(order_id: OrderId, service: NamedDependency[Service]) -> OrderView:
    """Where an order stands: the one answer for customer service and portals."""
    async with service.begin() as tx:
        found = await read_order(tx, order_id)
    if found is None:
        raise unknown("order", order_id)
    return found


@get("/orders")
async def list_orders(
    service: NamedDependency[Service],
    limit: Limit = PAGE,
    order_status: Annotated[Status | None, QueryParameter(name="status")] = None,
    customer_id: FromQuery[str | None] = None,
    after: Annotated[str | None, QueryParameter(pattern=ORDER_ID)] = None,
) -> OrderList:
    """Orders, newest first."""
    number = int(after.removeprefix("ORD-")) if after else None
    async with service.begin() as tx:
        rows = await read_orders(tx, order_status, customer_id, limit, number)
    return OrderList(rows, rows[-1].order_id if len(rows) == limit else None)


@get("/availability")
async def show_availability(
    service: NamedDependency[Service],
    sku: Annotated[list[str], QueryParameter(name="sku", min_items=1, max_items=100)],
) -> AvailabilityView:
    """What could be promised now, as inventory says; its silence is an answer too."""
    deadline: float = service.settings.availability_deadline
    found = await service.ask(AvailabilityAsked(skus=tuple(sku)), deadline=deadline)
    if found is None:
        note = f"inventory did not answer within {deadline} s; ask again, orders are taken anyway"
        return AvailabilityView(None, note)
    missing = sorted(set(sku) - {item.sku for item in found.items})
    return AvailabilityView(found.items, f"not known: {', '.join(missing)}" if missing else "")


routes = [
    place_order,
    release_order,
    cancel_order,
    show_order,
    list_orders,
    show_availability,
]
