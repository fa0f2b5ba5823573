"""The ERP stand-in keeps its promises, or the demo proves nothing."""

import json
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from crossdock_standins.erp import create_app

INVOICE = {
    "document_id": "INV-1-1",
    "order_id": "ORD-1",
    "customer_id": "C-1",
    "currency": "USD",
    "lines": [{"line_no": 1, "sku": "A", "quantity": "2", "net": "20.00", "tax": "1.50"}],
    "total": "21.50",
}


@pytest.fixture
async def erp(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """An ERP with one customer and three items."""
    (tmp_path / "customers.json").write_text(json.dumps([{"id": "C-1", "name": "One"}]))
    (tmp_path / "items.json").write_text(json.dumps([{"sku": sku} for sku in "ABC"]))
    transport = httpx.ASGITransport(app=create_app(tmp_path))  # type: ignore[arg-type]  # Litestar has its own ASGI types
    async with httpx.AsyncClient(transport=transport, base_url="http://erp") as client:
        yield client


async def book(erp: httpx.AsyncClient, key: str, **changes: Any) -> httpx.Response:
    """Post an invoice under a key."""
    return await erp.post(
        "/invoices", json={**INVOICE, **changes}, headers={"Idempotency-Key": key}
    )


async def test_pages_join_to_the_whole_list(erp: httpx.AsyncClient) -> None:
    """Following the cursor meets every record once."""
    first = (await erp.get("/items", params={"limit": 2})).json()
    rest = (await erp.get("/items", params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert [r["sku"] for r in first["records"] + rest["records"]] == ["A", "B", "C"]
    assert rest["next_cursor"] is None


async def test_a_changed_record_is_the_only_one_after_the_old_version(
    erp: httpx.AsyncClient,
) -> None:
    """`since_version` answers what changed since, with the other fields kept."""
    last = (await erp.get("/items")).json()["records"][-1]["version"]
    await erp.put("/items/A", json={"status": "discontinued"})
    records = (await erp.get("/items", params={"since_version": last})).json()["records"]
    assert [(r["sku"], r["status"]) for r in records] == [("A", "discontinued")]


async def test_a_document_is_booked_once_under_its_key(erp: httpx.AsyncClient) -> None:
    """The same key gets the same number; with other contents it is a conflict."""
    first, again = await book(erp, "k1"), await book(erp, "k1")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json() == {"number": "AR-1001"}
    assert (await book(erp, "k1", document_id="INV-2-1")).status_code == 409


@pytest.mark.parametrize(
    "changes", [{"customer_id": "C-9"}, {"total": "21.51"}], ids=["customer", "total"]
)
async def test_a_wrong_document_is_refused(erp: httpx.AsyncClient, changes: dict[str, Any]) -> None:
    """Unknown customers and totals that do not add up are not booked."""
    assert (await book(erp, "k1", **changes)).status_code == 422
    assert (await erp.get("/ledger")).json()["entries"] == []


async def test_the_ledger_adds_up_per_customer(erp: httpx.AsyncClient) -> None:
    """What is invoiced less what is credited is receivable."""
    await book(erp, "k1")
    await erp.post("/credit-memos", json=INVOICE, headers={"Idempotency-Key": "k2"})
    [totals] = (await erp.get("/ledger")).json()["totals"]
    assert Decimal(totals["invoiced"]) == Decimal(totals["credited"]) == Decimal("21.50")
    assert Decimal(totals["receivable"]) == 0


async def test_a_document_needs_a_key(erp: httpx.AsyncClient) -> None:
    """Without an idempotency key nothing is booked."""
    assert (await erp.post("/invoices", json=INVOICE)).status_code == 400


async def test_down_means_503_but_alive(erp: httpx.AsyncClient) -> None:
    """While down, only health and control answer."""
    await erp.post("/control", json={"down_seconds": 60})
    assert (await erp.get("/items")).status_code == 503
    assert (await erp.get("/healthz")).status_code == 200
    await erp.post("/control", json={"down_seconds": 0})
    assert (await erp.get("/items")).status_code == 200


async def test_a_lost_answer_hides_what_was_booked(erp: httpx.AsyncClient) -> None:
    """It is booked and says 503; asked again under its key, it is booked no second time."""
    await erp.post("/control", json={"lose_answers": True})
    key = {"Idempotency-Key": "once"}
    assert (await erp.post("/invoices", json=INVOICE, headers=key)).status_code == 503
    assert (await erp.get("/items")).status_code == 200
    said = await erp.post("/control", json={"lose_answers": False})
    assert said.json()["lost"] == 1
    assert (await erp.post("/invoices", json=INVOICE, headers=key)).status_code == 200
    assert len((await erp.get("/ledger")).json()["entries"]) == 1
