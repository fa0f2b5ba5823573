"""How people ask the ERP bridge: master data as the mesh knows it, and what the ERP has booked."""

from typing import Annotated, Any, NoReturn

import httpx
import msgspec
from litestar import get, post, route
from litestar.di import NamedDependency
from litestar.enums import HttpMethod
from litestar.params import FromPath, QueryParameter

from crossdock import Service
from crossdock.http import PAGE, Limit, Problem, unknown
from crossdock_contracts.postings import DocumentKind

from . import master_data, store

WRITES = [HttpMethod.PUT, HttpMethod.PATCH, HttpMethod.POST, HttpMethod.DELETE]


class Postings(msgspec.Struct, frozen=True):
    """A list of postings, those that wait longest first."""

    postings: list[store.Posting]


@post("/sync", status_code=200)
async def sync_now(service: NamedDependency[Service]) -> dict[str, master_data.Counts]:
    """Read the ERP's changes now, without waiting for the next look."""
    try:
        return await master_data.sync(service)
    except httpx.HTTPError as error:
        raise Problem(
            503, "erp_unavailable", f"the ERP does not answer: {error!r}; try again later"
        ) from error


@get("/catalog/{name:str}/{record_id:path}")
async def show_record(
    name: FromPath[str], record_id: FromPath[str], service: NamedDependency[Service]
) -> dict[str, Any]:
    """One master record as the mesh knows it."""
    _check_list(name)
    record_id = record_id.removeprefix("/")
    async with service.begin() as tx:
        found = await store.record(tx, name, record_id)
    if found is None:
        raise unknown("record", f"{name}/{record_id}", list=name, record_id=record_id)
    return found


@route("/catalog/{name:str}/{record_id:path}", http_method=WRITES, status_code=405)
async def refuse_write(name: FromPath[str], record_id: FromPath[str]) -> NoReturn:
    """Master data has one owner, and it is not the mesh."""
    _check_list(name)
    raise Problem(
        405,
        "not_system_of_record",
        f"the ERP is the system of record for {name}: change {record_id.removeprefix('/')} there",
        list=name,
        system_of_record="erp",
    )


@get("/postings")
async def list_postings(
    service: NamedDependency[Service],
    limit: Limit = PAGE,
    posting_state: Annotated[store.PostingState | None, QueryParameter(name="state")] = None,
) -> Postings:
    """Postings in a state, or all; `pending` ones await the ERP."""
    async with service.begin() as tx:
        return Postings(await store.postings(tx, posting_state, limit))


@get("/postings/{kind:str}/{document_id:str}")
async def show_posting(
    kind: FromPath[DocumentKind], document_id: FromPath[str], service: NamedDependency[Service]
) -> store.Posting:
    """What became of one document in the ERP."""
    async with service.begin() as tx:
        found = await store.posting(tx, kind, document_id)
    if found is None:
        raise unknown("posting", f"{kind}/{document_id}", document_id=document_id)
    return found


def _check_list(name: str) -> None:
    if name not in master_data.LISTS:
        raise unknown("list", name, lists=", ".join(master_data.LISTS))


routes = [sync_now, show_record, refuse_write, list_postings, show_posting]
