"""The service under test, with a warehouse that answers."""

import json
import threading
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from crossdock import Service
from crossdock_contracts import Address, Allocation, Money, PaymentTerms, Quantity
from crossdock_contracts.catalog import WarehouseChanged
from crossdock_contracts.inventory import StockReserved
from crossdock_contracts.orders import OrderAccepted, OrderLine

NOW = datetime(2025, 3, 1, 12, tzinfo=UTC)


class Warehouse(ThreadingHTTPServer):
    """Answers POST /shipments/batch over real HTTP and remembers what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Desk)
        self.status = 202
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str] = []

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_port}"


class _Desk(BaseHTTPRequestHandler):
    server: Warehouse

    def do_POST(self) -> None:
        """Take a request."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        asked = json.loads(body)["shipments"]
        self.server.keys += [one["idempotency_key"] for one in asked]
        self.server.asked += asked
        answers = [{"status": self.server.status} for _ in asked]
        content = json.dumps({"answers": answers}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def warehouse() -> Iterator[Warehouse]:
    """A warehouse over HTTP."""
    server = Warehouse()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def desk_settings(warehouse: Warehouse) -> dict[str, Any]:
    """The service knows where the warehouse listens."""
    return {"warehouse_url": warehouse.url}


@pytest.fixture
def service() -> Service:
    """Shipment tracking as it is deployed."""
    from shipment_tracking.app import service

    return service


@pytest.fixture
def accepted() -> Callable[[], OrderAccepted]:
    """An order for ten of A."""
    return _accepted


@pytest.fixture
def reserved() -> Callable[..., StockReserved]:
    """Stock of that order: so many of A in each warehouse."""
    return _reserved


@pytest.fixture
def warehouse_of() -> Callable[..., WarehouseChanged]:
    """A warehouse as master data has it; a 3PL's with its partner."""
    return _warehouse_of


@pytest.fixture
def order(desk: Any) -> Callable[..., Awaitable[None]]:
    """An order that is known here, and then its stock."""

    async def known(**by_warehouse: int) -> None:
        await desk.deliver(_accepted(), *(_warehouse_of(name) for name in by_warehouse))
        await desk.deliver(_reserved(**by_warehouse))

    return known


def _warehouse_of(name: str, partner_id: str | None = None) -> WarehouseChanged:
    """A warehouse as master data has it."""
    return WarehouseChanged(
        warehouse_id=name,
        name=name,
        address=Address(name=name),
        changed_at=NOW,
        partner_id=partner_id,
    )


def _accepted() -> OrderAccepted:
    """An order for ten of A."""
    total = Money(Decimal("20.00"), "USD")
    line = OrderLine(
        line_no=1,
        sku="A",
        description="Bolt",
        quantity=Quantity(Decimal(10), "EA"),
        unit_price=Money(Decimal("2.00"), "USD"),
        net=total,
    )
    return OrderAccepted(
        order_id="ORD-7",
        channel="api",
        customer_id="C1",
        accepted_at=NOW,
        currency="USD",
        lines=(line,),
        net_total=total,
        tax_total=Money.zero("USD"),
        total=total,
        ship_to=Address(name="Store 7", city="Raleigh"),
        terms=PaymentTerms(net_days=30),
    )


def _reserved(**by_warehouse: int) -> StockReserved:
    """So many of A in each warehouse."""
    return StockReserved(
        order_id="ORD-7",
        reservation_id="R1",
        reserved_at=NOW,
        allocations=tuple(
            Allocation(
                line_no=1, sku="A", warehouse_id=name, quantity=Quantity(Decimal(value), "EA")
            )
            for name, value in by_warehouse.items()
        ),
    )
