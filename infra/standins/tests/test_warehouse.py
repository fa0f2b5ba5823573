"""The warehouse stand-in tells each shipment's story whole, in order, and until it is heard."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from decimal import Decimal
from typing import Any

import httpx
import pytest
import stamina

from crossdock_standins.callbacks import Callbacks, Teller
from crossdock_standins.dispatch import Line, Shipment
from crossdock_standins.warehouse import Warehouse, create_app

Heard = list[tuple[str, dict[str, Any]]]


class Callee:
    """Listens to callbacks, and refuses or fails where told."""

    def __init__(self) -> None:
        self.heard: Heard = []
        self.statuses: Iterator[int] = iter(())
        self.calls = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Hear one callback."""
        body, path = json.loads(request.content), request.url.path
        if not path.endswith("/batch"):
            self.heard.append((path, body))
            return httpx.Response(next(self.statuses, 202), json={"ok": True})
        self.calls += 1
        self.heard += [(path, event) for event in body["events"]]
        if (status := next(self.statuses, 200)) == 503:
            return httpx.Response(503)
        return httpx.Response(200, json={"answers": [{"status": status} for _ in body["events"]]})

    def kinds(self) -> list[str]:
        """What was told, in order."""
        return [body.get("kind") or body["code"] for _, body in self.heard]


@pytest.fixture
def callee() -> Callee:
    """Who is called back."""
    return Callee()


@pytest.fixture
async def warehouse(callee: Callee) -> AsyncIterator[Warehouse]:
    """A warehouse that loses no time."""
    stamina.set_testing(True, attempts=5)
    callbacks = Callbacks(httpx.MockTransport(callee))
    house = Warehouse("http://ships", "http://stock", "http://returns", 1, 0.0, callbacks)
    yield house
    await house.stop()
    stamina.set_testing(False)


@pytest.fixture
async def http(warehouse: Warehouse) -> AsyncIterator[httpx.AsyncClient]:
    """The warehouse's HTTP API."""
    transport = httpx.ASGITransport(app=create_app(warehouse))  # type: ignore[arg-type]  # Litestar has its own ASGI types
    async with httpx.AsyncClient(transport=transport, base_url="http://wms") as client:
        yield client


@pytest.fixture
def ship(http: httpx.AsyncClient, warehouse: Warehouse) -> Callable[..., Any]:
    """Request a shipment and wait until its story is told."""

    async def request(shipment_id: str = "SHP-1-1", quantity: str = "5") -> httpx.Response:
        lines = [{"line_no": 1, "sku": "A", "quantity": quantity, "uom": "EA"}]
        body = {"shipment_id": shipment_id, "order_id": "ORD-1", "warehouse_id": "EAST"}
        reply = await http.post(
            "/shipments",
            json={**body, "lines": lines, "ship_to": {"city": "Ames"}},
            headers={"Idempotency-Key": shipment_id, "traceparent": "00-aa-bb-01"},
        )
        await asyncio.gather(*warehouse.running)
        return reply

    return request


async def test_a_shipment_is_told_in_order(ship: Any, callee: Callee) -> None:
    """From the bin to the customer's signature."""
    assert (await ship()).status_code == 202
    assert callee.kinds() == ["picked", "packed", "shipped", "AF", "X1", "D1"]
    assert {path for path, _ in callee.heard} == {
        "/warehouse/events/batch",
        "/carrier/events/batch",
    }


async def test_many_shipments_are_told_together(warehouse: Warehouse, callee: Callee) -> None:
    """What came up during one call goes into the next, in each shipment's own order."""
    for n in range(50):
        line = Line(1, "A", Decimal(1), "EA")
        warehouse.take(Shipment(f"SHP-{n}-1", f"ORD-{n}", "EAST", (line,)), {})
    await asyncio.gather(*warehouse.running)
    assert len(callee.heard) == 300
    assert callee.calls < 60
    for n in range(50):
        told = [
            b.get("kind") or b["code"] for _, b in callee.heard if b["shipment_id"] == f"SHP-{n}-1"
        ]
        assert told == ["picked", "packed", "shipped", "AF", "X1", "D1"]


async def test_what_a_listener_cannot_take_is_told_again(warehouse: Warehouse) -> None:
    """One answer of a batch with 5xx is asked again, the others are not."""
    answers = iter([[200, 500], [200]])
    heard = []

    def listen(request: httpx.Request) -> httpx.Response:
        """Answer each event as told."""
        heard.append([event["event_id"] for event in json.loads(request.content)["events"]])
        return httpx.Response(200, json={"answers": [{"status": s} for s in next(answers)]})

    teller = Teller(Callbacks(httpx.MockTransport(listen)), "http://ships")
    await asyncio.gather(teller.tell({"event_id": "a"}), teller.tell({"event_id": "b"}))
    assert heard == [["a", "b"], ["b"]]


async def test_the_same_request_ships_once(ship: Any, callee: Callee) -> None:
    """A repeated request is accepted and changes nothing; other lines are a conflict."""
    await ship()
    assert (await ship()).status_code == 202
    assert (await ship(quantity="6")).status_code == 409
    assert callee.kinds().count("shipped") == 1


async def test_a_failing_callee_hears_the_same_event_again(ship: Any, callee: Callee) -> None:
    """5xx is tried again under the same event id, before anything later is told."""
    callee.statuses = iter([503, 503])
    await ship()
    ids = [body["event_id"] for _, body in callee.heard]
    assert callee.kinds()[:4] == ["picked", "picked", "picked", "packed"]
    assert len(set(ids)) == 6


async def test_a_refusal_is_kept_and_the_story_goes_on(
    ship: Any, callee: Callee, http: httpx.AsyncClient
) -> None:
    """409 and 422 are final, and visible."""
    callee.statuses = iter([409])
    await ship()
    [refused] = (await http.get("/callbacks", params={"refused": "true"})).json()
    assert (refused["kind"], refused["status"]) == ("picked", 409)
    assert callee.kinds()[-1] == "D1"


async def test_a_partial_shipment_is_followed_by_its_remainder_whole(
    ship: Any, callee: Callee, http: httpx.AsyncClient
) -> None:
    """Half of five is two; the remaining three are not halved again."""
    await http.post("/control", json={"sku": "A", "partial": "0.5"})
    await ship("SHP-1-1", "5")
    await ship("SHP-1-2", "3")
    shipped = [body for _, body in callee.heard if body.get("kind") == "shipped"]
    assert [(s["lines"][0]["quantity"], s["remainder"]) for s in shipped] == [
        ("2", "follows"),
        ("3", None),
    ]


async def test_a_short_shipment_lacks_units_for_good(
    ship: Any, callee: Callee, http: httpx.AsyncClient
) -> None:
    """The remainder of a short shipment will not come."""
    await http.post("/control", json={"sku": "A", "short": "1"})
    await ship()
    [shipped] = [body for _, body in callee.heard if body.get("kind") == "shipped"]
    assert (shipped["lines"][0]["quantity"], shipped["remainder"]) == ("4", "short")


async def test_nothing_found_is_a_failed_shipment(
    ship: Any, callee: Callee, http: httpx.AsyncClient
) -> None:
    """An empty truck does not leave."""
    await http.post("/control", json={"sku": "A", "short": "9"})
    await ship()
    assert callee.kinds() == ["failed"]


async def test_answering_twice_repeats_event_ids(
    ship: Any, callee: Callee, http: httpx.AsyncClient
) -> None:
    """Every callback comes twice with one id."""
    await http.post("/control", json={"answer_twice": True})
    await ship()
    ids = [body["event_id"] for _, body in callee.heard]
    assert (len(ids), len(set(ids))) == (12, 6)


async def test_receipts_and_returns_pass_on_the_answer(
    http: httpx.AsyncClient, callee: Callee
) -> None:
    """People in the building see what the callee said."""
    callee.statuses = iter([201, 422, 202, 202])
    assert (await http.post("/receipts", json={"receipt_id": "R-1"})).status_code == 201
    assert (await http.post("/returns/RMA-1-1/receive", json={})).status_code == 422
    for _ in range(2):
        await http.post("/returns/RMA-1-1/inspect", json={"lines": []})
    paths, bodies = zip(*callee.heard, strict=True)
    assert paths[:3] == ("/receipts", "/returns/RMA-1-1/receipt", "/returns/RMA-1-1/inspection")
    assert bodies[2]["event_id"] == bodies[3]["event_id"]
