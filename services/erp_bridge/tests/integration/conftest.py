"""The ERP bridge under test, with a small ERP on a real port."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from crossdock import Service
from crossdock.loopback import loopback_client
from crossdock_standins.erp import create_app

ADDRESS = {"name": "One", "city": "Ames", "region": "IA"}
MASTER: dict[str, list[dict[str, Any]]] = {
    "warehouses": [{"id": "EAST", "name": "East", "address": ADDRESS}],
    "items": [
        {"sku": sku, "description": sku, "status": "active", "stock_uom": "EA"} for sku in "ABC"
    ],
    "customers": [
        {
            "id": "CUST-1",
            "name": "One",
            "status": "active",
            "currency": "USD",
            "bill_to": ADDRESS,
            "ship_to": ADDRESS,
        }
    ],
    "credit": [{"customer_id": "CUST-1", "limit": "1000.00", "currency": "USD"}],
    "prices": [
        {
            "id": "CUST-1:A",
            "customer_id": "CUST-1",
            "sku": "A",
            "unit_price": "9.50",
            "currency": "USD",
        }
    ],
}


@pytest.fixture
async def erp(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a running ERP with one customer and three items."""
    for name, records in MASTER.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(records))
    config = uvicorn.Config(
        create_app(tmp_path), port=0, log_level="warning", lifespan="off", ws="none"
    )
    server = uvicorn.Server(config)
    listener = config.bind_socket()
    running = asyncio.create_task(server.serve(sockets=[listener]))
    async with loopback_client(base_url=f"http://127.0.0.1:{listener.getsockname()[1]}") as http:
        yield http
    server.should_exit = True
    await running
    listener.close()


@pytest.fixture
def desk_settings(erp: httpx.AsyncClient) -> dict[str, Any]:
    """Where the ERP listens."""
    return {"erp_url": str(erp.base_url).rstrip("/"), "page_size": 2}


@pytest.fixture
def service() -> Service:
    """The ERP bridge as it is deployed."""
    from erp_bridge.app import service

    return service
