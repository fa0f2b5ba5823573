"""How customer service and the warehouse work with returns."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from crossdock import Service, Tx
from crossdock.http import PAGE, Limit, Problem, unknown

from . import handlers, store
from .domain import Refusal, Return
from .handlers import Inspection, Receipt, Rejection, ReturnWish


class Returns(msgspec.Struct, frozen=True):
    """A list of returns, newest first."""

    returns: list[Return]


@post("/returns", status_code=201)
async def ask_for_return(
    data: JSONBody[ReturnWish],
    service: NamedDependency[Service],
    idempotency_key: NamedDependency[str],
) -> Return:
    """Ask for an RMA against what shipped."""
    async with _deciding(service) as tx:
        result = await handlers.authorize(tx, data, idempotency_key)
    return _given(result)


@post("/returns/{return_id:str}/receipt", status_code=200)
async def take_receipt(
    return_id: FromPath[str], data: JSONBody[Receipt], service: NamedDependency[Service]
) -> Return:
    """The warehouse has the goods back."""
    async with _deciding(service) as tx:
        result = await handlers.receive(tx, return_id, data)
    return _given(result)


@post("/returns/{return_id:str}/inspection", status_code=200)
async def take_inspection(
    return_id: FromPath[str], data: JSONBody[Inspection], service: NamedDependency[Service]
) -> Return:
    """Somebody looked at the goods and decided."""
    async with _deciding(service) as tx:
        result = await handlers.inspect(tx, return_id, data)
    return _given(result)


@get("/returns/{return_id:str}")
async def show_return(return_id: FromPath[str], service: NamedDependency[Service]) -> Return:
    """One return with its lines."""
    async with service.begin() as tx:
        it = await store.find_return(tx, return_id)
    if it is None:
        raise unknown("return", return_id)
    return it


@get("/returns")
async def list_returns(
    service: NamedDependency[Service], limit: Limit = PAGE, order_id: FromQuery[str | None] = None
) -> Returns:
    """The returns of an order, or the newest."""
    async with service.begin() as tx:
        return Returns(await store.returns_of(tx, order_id, limit))


@asynccontextmanager
async def _deciding(service: Service) -> AsyncIterator[Tx]:
    """A transaction in which a refusal undoes everything and is answered."""
    try:
        async with service.begin() as tx:
            yield tx
    except Refusal as no:
        raise Problem(no.status, no.code, no.text, **no.context) from no


def _given(result: Return | Rejection) -> Return:
    """A rejection is answered after its commit: it was said to everybody."""
    if isinstance(result, Rejection):
        reasons = msgspec.to_builtins(result.reasons)
        context = {"return_id": result.return_id, "reasons": reasons}
        raise Problem(422, "more_than_shipped", result.text, **context)
    return result


routes = [ask_for_return, take_receipt, take_inspection, show_return, list_returns]
