"""A small ERP: the system of record for master data and for what is booked."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import msgspec
from litestar import Litestar, Response, get, post, put
from litestar.di import NamedDependency, Provide
from litestar.exceptions import HTTPException, NotFoundException
from litestar.params import FromPath, FromQuery, HeaderParameter, JSONBody, QueryParameter

from .ledger import PREFIXES, Document, KeyReused, Ledger, Refused
from .master import ID_FIELDS, MasterData
from .outside import Outage, arguments, healthz, serve

Key = Annotated[str, HeaderParameter(name="Idempotency-Key", min_length=1)]
Limit = Annotated[int, QueryParameter(ge=1, le=1000)]
Master = NamedDependency[MasterData]
Books = NamedDependency[Ledger]
State = NamedDependency[Outage]


class Control(msgspec.Struct, frozen=True):
    """How the ERP shall misbehave from now on; a field left out changes nothing."""

    down_seconds: float | None = None
    slow_ms: float | None = None
    lose_answers: bool | None = None


@get("/{name:str}", sync_to_thread=False)
def read_list(
    name: FromPath[str],
    master: Master,
    cursor: FromQuery[int | None] = None,
    since_version: FromQuery[int] = 0,
    limit: Limit = 100,
) -> dict[str, Any]:
    """One page of a list, oldest change first."""
    _known(name)
    return master.page(name, since_version if cursor is None else cursor, limit)


@get("/{name:str}/{record_id:str}", sync_to_thread=False)
def read_record(name: FromPath[str], record_id: FromPath[str], master: Master) -> dict[str, Any]:
    """One record."""
    _known(name)
    if record := master.get(name, record_id):
        return record
    raise NotFoundException(detail=f"no {record_id} in {name}")


@put("/{name:str}/{record_id:str}", sync_to_thread=False)
def change_record(
    name: FromPath[str], record_id: FromPath[str], data: JSONBody[dict[str, Any]], master: Master
) -> dict[str, Any]:
    """Create or change a record: the fields given change, and its version rises."""
    _known(name)
    return master.put(name, record_id, data)


@post("/sales-orders", sync_to_thread=False)
def book_sales_order(
    data: JSONBody[Document], key: Key, master: Master, ledger: Books
) -> Response[dict[str, str]]:
    """Take an order into the ERP."""
    return _book("sales-orders", data, key, master, ledger)


@post("/invoices", sync_to_thread=False)
def book_invoice(
    data: JSONBody[Document], key: Key, master: Master, ledger: Books
) -> Response[dict[str, str]]:
    """Book an invoice to the receivables."""
    return _book("invoices", data, key, master, ledger)


@post("/credit-memos", sync_to_thread=False)
def book_credit_memo(
    data: JSONBody[Document], key: Key, master: Master, ledger: Books
) -> Response[dict[str, str]]:
    """Book a credit memo against the receivables."""
    return _book("credit-memos", data, key, master, ledger)


class Batch(msgspec.Struct, frozen=True):
    """Many documents in one call, each with an idempotency key of its own."""

    documents: list[dict[str, Any]]


@post("/{name:str}/batch", status_code=200, sync_to_thread=False)
def book_batch(
    name: FromPath[str], data: JSONBody[Batch], master: Master, ledger: Books
) -> dict[str, Any]:
    """Book many documents; each is answered with a status of its own."""
    if name not in PREFIXES:
        raise NotFoundException(detail=f"no book {name}; there are {', '.join(PREFIXES)}")
    return {"answers": [_book_one(name, item, master, ledger) for item in data.documents]}


@get("/ledger", sync_to_thread=False)
def read_ledger(ledger: Books) -> dict[str, Any]:
    """Everything booked, and the totals per customer."""
    return {"entries": ledger.entries, "totals": ledger.totals()}


@post("/control", status_code=200, sync_to_thread=False)
def control(data: JSONBody[Control], outage: State) -> dict[str, float]:
    """Play dead or slow, or do what is asked and let the answer be lost."""
    if data.down_seconds is not None:
        outage.start(data.down_seconds)
    if data.slow_ms is not None:
        outage.slow_seconds = data.slow_ms / 1000
    if data.lose_answers is not None:
        outage.loses_answers = data.lose_answers
    return {
        "down_seconds": outage.seconds_left,
        "slow_ms": outage.slow_seconds * 1000,
        "lost": outage.lost,
    }


def create_app(folder: Path) -> Litestar:
    """An ERP with the master data of a folder and empty books."""
    master, ledger, outage = MasterData.load(folder), Ledger(), Outage()
    return Litestar(
        [
            healthz,
            read_list,
            read_record,
            change_record,
            book_sales_order,
            book_invoice,
            book_credit_memo,
            book_batch,
            read_ledger,
            control,
        ],
        dependencies={
            "master": Provide(lambda: master, sync_to_thread=False),
            "ledger": Provide(lambda: ledger, sync_to_thread=False),
            "outage": Provide(lambda: outage, sync_to_thread=False),
        },
        before_request=outage.before_request,
        before_send=[outage.before_send],
        openapi_config=None,
        logging_config=None,
    )


def main() -> None:
    """Run the ERP as a process."""
    parser = arguments("A small ERP for demos and tests.")
    parser.add_argument("--data", type=Path, required=True, help="folder with the master data")
    options = parser.parse_args()
    if not options.data.is_dir():
        parser.error(f"--data {options.data} is not a folder")
    serve(create_app(options.data), options.host, options.port)


def _known(name: str) -> None:
    if name not in ID_FIELDS:
        raise NotFoundException(detail=f"no list {name}; there are {', '.join(ID_FIELDS)}")


def _book(
    kind: str, document: Document, key: str, master: MasterData, ledger: Ledger
) -> Response[dict[str, str]]:
    try:
        _check_references(document, master)
        number, new = ledger.book(kind, key, document)
    except Refused as refusal:
        raise HTTPException(detail=str(refusal), status_code=422) from refusal
    except KeyReused as reuse:
        raise HTTPException(detail=str(reuse), status_code=409) from reuse
    return Response({"number": number}, status_code=201 if new else 200)


def _book_one(
    kind: str, item: dict[str, Any], master: MasterData, ledger: Ledger
) -> dict[str, Any]:
    try:
        document = msgspec.convert(item["document"], Document)
        reply = _book(kind, document, item["idempotency_key"], master, ledger)
    except (KeyError, msgspec.ValidationError) as error:
        return {"status": 400, "text": str(error)}
    except HTTPException as error:
        return {"status": error.status_code, "text": error.detail}
    return {"status": reply.status_code, **reply.content}


def _check_references(document: Document, master: MasterData) -> None:
    if master.get("customers", document.customer_id) is None:
        raise Refused(f"{document.document_id}: customer {document.customer_id} is unknown")
    for line in document.lines:
        if master.get("items", line.sku) is None:
            raise Refused(f"{document.document_id} line {line.line_no}: {line.sku} is unknown")


if __name__ == "__main__":
    main()
