"""The service under test, with a warehouse that answers."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from crossdock import Service


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
