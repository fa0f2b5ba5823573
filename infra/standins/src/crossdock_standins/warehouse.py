"""A small warehouse system with a carrier behind it: ships what it is asked, and says so."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any

import httpx
import msgspec
from litestar import Litestar, Request, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.exceptions import ClientException, NotFoundException
from litestar.params import FromPath, FromQuery, HeaderParameter, JSONBody

from .callbacks import Answered, Callbacks, Teller
from .dispatch import NAMESPACE, Rules, Shipment, story
from .outside import Outage, arguments, healthz, serve

FORWARD_SECONDS = 10.0


class Control(msgspec.Struct, frozen=True):
    """How the warehouse shall behave from now on.

    A `sku` alone clears its rules; the other fields change nothing when they are left out.
    """

    sku: str | None = None
    partial: Decimal | None = None
    short: Decimal | None = None
    down_seconds: float | None = None
    slow_ms: float | None = None
    answer_twice: bool | None = None


class Progress(msgspec.Struct):
    """A shipment and how far its story was told."""

    shipment: Shipment
    told: list[str]


@dataclass
class Warehouse:
    """The building: shipments on their way, and the rules they meet."""

    shipments_url: str
    receipts_url: str
    returns_url: str
    seed: int = 1
    pace: float = 0.02
    callbacks: Callbacks = field(default_factory=Callbacks)
    outage: Outage = field(default_factory=Outage)
    rules: Rules = field(default_factory=Rules)
    answer_twice: bool = False
    progress: dict[str, Progress] = field(default_factory=dict)
    tellers: dict[str, Teller] = field(default_factory=dict)
    running: set[asyncio.Task[None]] = field(default_factory=set)

    def take(self, shipment: Shipment, trace: dict[str, str]) -> None:
        """Start working on a shipment; the same one again changes nothing."""
        if known := self.progress.get(shipment.shipment_id):
            if known.shipment != shipment:
                raise ClientException(
                    detail=f"{shipment.shipment_id} is here with other lines", status_code=409
                )
            return
        self.progress[shipment.shipment_id] = Progress(shipment, [])
        task = asyncio.create_task(self._tell(shipment, trace))
        self.running.add(task)
        task.add_done_callback(self.running.discard)

    async def _tell(self, shipment: Shipment, trace: dict[str, str]) -> None:
        """Work through one shipment, one callback after the other."""
        told = self.progress[shipment.shipment_id].told
        for path, event in story(shipment, self.rules.plan(shipment), self.seed):
            await asyncio.sleep(self.pace)
            await self.outage.over()
            event["at"] = datetime.now(UTC)
            for _ in range(2 if self.answer_twice else 1):
                await self._teller(path).tell({**event, **trace})
            told.append(event.get("kind") or event["code"])

    def _teller(self, path: str) -> Teller:
        if path not in self.tellers:
            self.tellers[path] = Teller(self.callbacks, f"{self.shipments_url}{path}")
        return self.tellers[path]

    async def forward(self, url: str, body: dict[str, Any], key: str) -> Response[bytes]:
        """Tell something that people in the building did, and pass on the answer."""
        try:
            reply = await self.callbacks.post(url, body, {"Idempotency-Key": key}, FORWARD_SECONDS)
            self.callbacks.record(url, body, reply.status_code, reply.text)
        except httpx.HTTPError as error:
            return Response(
                msgspec.json.encode({"detail": f"{url} does not answer: {error!r}"}),
                status_code=502,
                media_type="application/json",
            )
        media_type = reply.headers.get("content-type", "application/json")
        return Response(reply.content, status_code=reply.status_code, media_type=media_type)

    async def stop(self) -> None:
        """Drop what is on its way, as a building without power does."""
        for task in self.running:
            task.cancel()
        await asyncio.gather(*self.running, return_exceptions=True)
        for teller in self.tellers.values():
            await teller.stop()
        await self.callbacks.close()


House = NamedDependency[Warehouse]


@post("/shipments", status_code=202)
async def request_shipment(
    data: JSONBody[Shipment],
    request: Request,  # type: ignore[type-arg]  # its three parameters say nothing here
    warehouse: House,
    _key: Annotated[str, HeaderParameter(name="Idempotency-Key", min_length=1)],
) -> dict[str, str]:
    """Ask for goods to be shipped; callbacks tell what becomes of it."""
    # W3C trace context is a standard that the outside world may well keep, so callbacks carry it.
    trace = {k: v for k in ("traceparent", "tracestate") if (v := request.headers.get(k))}
    warehouse.take(data, trace)
    return {"shipment_id": data.shipment_id}


class Requests(msgspec.Struct, frozen=True):
    """Many shipments that are asked for in one call."""

    shipments: list[dict[str, Any]]


@post("/shipments/batch", status_code=200)
async def request_shipments(data: JSONBody[Requests], warehouse: House) -> dict[str, Any]:
    """Ask for goods to be shipped; each request is answered with a status of its own."""
    return {"answers": [_request(warehouse, body) for body in data.shipments]}


def _request(warehouse: Warehouse, body: dict[str, Any]) -> dict[str, Any]:
    trace = {k: v for k in ("traceparent",) if (v := body.get(k))}
    if not body.get("idempotency_key"):
        return {"status": 400, "text": "idempotency_key is missing"}
    try:
        warehouse.take(msgspec.convert(body, Shipment), trace)
    except (ClientException, msgspec.ValidationError) as error:
        return {"status": getattr(error, "status_code", 400), "text": str(error)}
    return {"status": 202}


@get("/shipments/{shipment_id:str}", sync_to_thread=False)
def read_shipment(shipment_id: FromPath[str], warehouse: House) -> Progress:
    """A shipment and what was told about it."""
    if progress := warehouse.progress.get(shipment_id):
        return progress
    raise NotFoundException(detail=f"no shipment {shipment_id}")


@get("/callbacks", sync_to_thread=False)
def read_callbacks(warehouse: House, refused: FromQuery[bool | None] = None) -> list[Answered]:
    """The callbacks that were answered, oldest first; `?refused=true` for the refused ones."""
    return [a for a in warehouse.callbacks.answered if refused is None or a.refused == refused]


@post("/receipts")
async def count_receipt(data: JSONBody[dict[str, Any]], warehouse: House) -> Response[bytes]:
    """Goods came in and were counted."""
    if not data.get("receipt_id"):
        raise ClientException(detail="receipt_id is missing")
    key = str(data["receipt_id"])
    return await warehouse.forward(f"{warehouse.receipts_url}/receipts", data, key)


@post("/returns/{return_id:str}/receive")
async def receive_return(
    return_id: FromPath[str], data: JSONBody[dict[str, Any]], warehouse: House
) -> Response[bytes]:
    """Goods came back."""
    return await _forward_return(warehouse, return_id, "receipt", data)


@post("/returns/{return_id:str}/inspect")
async def inspect_return(
    return_id: FromPath[str], data: JSONBody[dict[str, Any]], warehouse: House
) -> Response[bytes]:
    """Somebody looked at what came back."""
    return await _forward_return(warehouse, return_id, "inspection", data)


@post("/control", status_code=200, sync_to_thread=False)
def control(data: JSONBody[Control], warehouse: House) -> dict[str, Any]:
    """Play dead or slow, ship less, or say everything twice."""
    if data.sku is not None:
        _set_or_clear(warehouse.rules.partial, data.sku, data.partial)
        _set_or_clear(warehouse.rules.short, data.sku, data.short)
    if data.down_seconds is not None:
        warehouse.outage.start(data.down_seconds)
    if data.slow_ms is not None:
        warehouse.outage.slow_seconds = data.slow_ms / 1000
    if data.answer_twice is not None:
        warehouse.answer_twice = data.answer_twice
    return {
        "partial": warehouse.rules.partial,
        "short": warehouse.rules.short,
        "down_seconds": warehouse.outage.seconds_left,
        "answer_twice": warehouse.answer_twice,
    }


def create_app(warehouse: Warehouse) -> Litestar:
    """The HTTP API of a warehouse, which stops with it."""

    @asynccontextmanager
    async def open_hours(_app: Litestar) -> AsyncIterator[None]:
        try:
            yield
        finally:
            await warehouse.stop()

    return Litestar(
        [
            healthz,
            request_shipment,
            request_shipments,
            read_shipment,
            read_callbacks,
            count_receipt,
            receive_return,
            inspect_return,
            control,
        ],
        dependencies={"warehouse": Provide(lambda: warehouse, sync_to_thread=False)},
        before_request=warehouse.outage.before_request,
        lifespan=[open_hours],
        openapi_config=None,
        logging_config=None,
    )


def main() -> None:
    """Run the warehouse as a process."""
    parser = arguments("A small warehouse and carrier for demos and tests.")
    for callee in ("shipments", "receipts", "returns"):
        parser.add_argument(f"--{callee}-url", required=True, help=f"base URL to tell {callee} to")
    parser.add_argument("--seed", type=int, default=1, help="carriers, places and signatures")
    parser.add_argument("--pace", type=float, default=0.02, help="seconds before each callback")
    options = parser.parse_args()
    warehouse = Warehouse(
        shipments_url=options.shipments_url.rstrip("/"),
        receipts_url=options.receipts_url.rstrip("/"),
        returns_url=options.returns_url.rstrip("/"),
        seed=options.seed,
        pace=options.pace,
    )
    serve(create_app(warehouse), options.host, options.port)


async def _forward_return(
    warehouse: Warehouse, return_id: str, what: str, body: dict[str, Any]
) -> Response[bytes]:
    # The same words again are the same event: a clerk who presses twice receives once.
    said = f"{return_id}:{what}:{msgspec.json.encode(body, order='deterministic').decode()}"
    event_id = str(body.get("event_id") or uuid.uuid5(NAMESPACE, said))
    url = f"{warehouse.returns_url}/returns/{return_id}/{what}"
    return await warehouse.forward(url, {**body, "event_id": event_id}, event_id)


def _set_or_clear(rules: dict[str, Decimal], sku: str, value: Decimal | None) -> None:
    if value is None:
        rules.pop(sku, None)
    else:
        rules[sku] = value


if __name__ == "__main__":
    main()
