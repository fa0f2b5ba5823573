"""The ERP and the mesh agree on master data and on what is booked."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest

from crossdock.testing import Desk
from crossdock_contracts import Address, Money, PaymentTerms, Quantity, Reason
from crossdock_contracts.catalog import (
    CreditChanged,
    CustomerChanged,
    ItemChanged,
    PriceChanged,
    WarehouseChanged,
)
from crossdock_contracts.exceptions import ExceptionRaised
from crossdock_contracts.invoices import InvoiceCredited, InvoiceIssued, InvoiceLine
from crossdock_contracts.orders import OrderAccepted, OrderLine
from crossdock_contracts.postings import PostingAcknowledged, PostingFailed, PostingPosted

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
USD_19 = Money(Decimal("19.00"), "USD")
NONE = Money(Decimal("0.00"), "USD")
LINE: dict[str, Any] = {
    "line_no": 1,
    "sku": "A",
    "description": "A",
    "quantity": Quantity(Decimal(2), "EA"),
    "unit_price": Money(Decimal("9.50"), "USD"),
    "net": USD_19,
}
MONEY: dict[str, Any] = {
    "currency": "USD",
    "net_total": USD_19,
    "tax_total": NONE,
    "total": USD_19,
}


def accepted(number: int = 1, customer_id: str = "CUST-1") -> OrderAccepted:
    """An order of two A."""
    return OrderAccepted(
        order_id=f"ORD-{number}",
        channel="api",
        customer_id=customer_id,
        accepted_at=NOW,
        lines=(OrderLine(**LINE),),
        ship_to=Address(name="One"),
        terms=PaymentTerms(net_days=30),
        **MONEY,
    )


def issued(number: int = 1) -> InvoiceIssued:
    """The invoice of that order."""
    return InvoiceIssued(
        order_id=f"ORD-{number}",
        invoice_id=f"INV-{number}-1",
        shipment_id=f"SHP-{number}-1",
        customer_id="CUST-1",
        issued_at=NOW,
        due_at=NOW,
        lines=(InvoiceLine(**LINE, gl_code="4010"),),
        **MONEY,
    )


def credited(number: int = 1) -> InvoiceCredited:
    """The credit for all of that invoice."""
    return InvoiceCredited(
        order_id=f"ORD-{number}",
        credit_memo_id=f"CRM-{number}-1",
        invoice_id=f"INV-{number}-1",
        customer_id="CUST-1",
        credited_at=NOW,
        lines=(InvoiceLine(**LINE, gl_code="4010"),),
        reason=Reason(code="damaged", text="broken"),
        **MONEY,
    )


async def sync(desk: Desk) -> dict[str, Any]:
    """Let the service read the ERP now."""
    reply = await desk.http.post("/sync")
    assert reply.status_code == 200, reply.text
    return dict(reply.json())


async def numbers(erp: httpx.AsyncClient) -> list[str]:
    """What the ERP has booked, in order."""
    return [entry["number"] for entry in (await erp.get("/ledger")).json()["entries"]]


async def test_master_data_is_told_once(desk: Desk) -> None:
    """Every list arrives over all its pages; reading again says nothing new."""
    await sync(desk)
    again = await sync(desk)
    assert all(counts["changed"] == 0 for counts in again.values())
    assert [event.sku for event in await desk.emitted(ItemChanged)] == ["A", "B", "C"]
    for kind in (CustomerChanged, CreditChanged, PriceChanged, WarehouseChanged):
        assert len(await desk.emitted(kind)) == 1


async def test_a_change_in_the_erp_is_told_and_a_touch_is_not(
    desk: Desk, erp: httpx.AsyncClient
) -> None:
    """Only what differs becomes an event, and the copy follows it."""
    await sync(desk)
    await erp.put("/items/B", json={})
    await erp.put("/credit/CUST-1", json={"limit": "2500.00"})
    await sync(desk)
    assert len(await desk.emitted(ItemChanged)) == 3
    assert [e.limit.amount for e in await desk.emitted(CreditChanged)] == [1000, 2500]
    copy = (await desk.http.get("/catalog/credit/CUST-1")).json()
    assert copy["limit"] == {"amount": "2500.00", "currency": "USD"}


async def test_a_malformed_record_is_told_once_and_stops_nothing(
    desk: Desk, erp: httpx.AsyncClient
) -> None:
    """Its team gets the record; the copy stays; mended, it is told like any other."""
    await sync(desk)
    await erp.put("/items/A", json={"stock_uom": 7})
    await erp.put("/items/B", json={"description": "Better"})
    await sync(desk)
    await erp.put("/items/A", json={"stock_uom": 7})
    await sync(desk)
    [raised] = await desk.emitted(ExceptionRaised)
    assert (raised.code, raised.team, raised.about) == ("malformed_master_data", "it", "A")
    assert '"stock_uom":7' in raised.context["record"]
    assert (await desk.http.get("/catalog/items/A")).json()["stock_uom"] == "EA"
    await erp.put("/items/A", json={"stock_uom": "BX"})
    await sync(desk)
    told = [(event.sku, event.stock_uom) for event in await desk.emitted(ItemChanged)]
    assert told[3:] == [("B", "EA"), ("A", "BX")]


async def test_an_erp_that_is_away_is_said_so(desk: Desk, erp: httpx.AsyncClient) -> None:
    """No sync, no harm."""
    await erp.post("/control", json={"down_seconds": 60})
    reply = await desk.http.post("/sync")
    assert (reply.status_code, reply.json()["code"]) == (503, "erp_unavailable")


@pytest.mark.parametrize("method", ["PUT", "PATCH", "POST", "DELETE"])
async def test_master_data_cannot_be_written_here(desk: Desk, method: str) -> None:
    """The answer names the system of record."""
    reply = await desk.http.request(method, "/catalog/customers/CUST-1", json={"name": "Two"})
    assert reply.status_code == 405
    assert reply.json()["code"] == "not_system_of_record"
    assert reply.json()["context"]["system_of_record"] == "erp"


async def test_unknown_records_are_not_found(desk: Desk) -> None:
    """Neither the record nor the list is made up."""
    for path, code in {
        "/catalog/items/Z": "unknown_record",
        "/catalog/planets/Z": "unknown_list",
        "/postings/order/ORD-9": "unknown_posting",
    }.items():
        reply = await desk.http.get(path)
        assert (reply.status_code, reply.json()["code"]) == (404, code)


async def test_documents_are_booked_in_the_erp(desk: Desk, erp: httpx.AsyncClient) -> None:
    """Order, invoice and credit memo, each with the ERP's number."""
    await desk.deliver(accepted())
    await desk.deliver(issued())
    await desk.deliver(credited())
    await desk.errands_done()
    [order] = await desk.emitted(PostingAcknowledged)
    invoice, memo = await desk.emitted(PostingPosted)
    assert [order.erp_reference, invoice.erp_reference, memo.erp_reference] == await numbers(erp)
    assert (invoice.document_id, memo.document_kind) == ("INV-1-1", "credit_memo")
    [totals] = (await erp.get("/ledger")).json()["totals"]
    assert Decimal(totals["receivable"]) == 0
    posting = (await desk.http.get("/postings/invoice/INV-1-1")).json()
    assert (posting["state"], posting["erp_reference"]) == ("posted", invoice.erp_reference)


async def test_the_audit_sees_every_posting(desk: Desk) -> None:
    """With its amount and state."""
    await desk.deliver(accepted())
    await desk.errands_done()
    async with desk.begin() as tx:
        rows = await tx.fetch("select * from audit.postings")
    assert [tuple(row) for row in rows] == [
        ("order", "ORD-1", "ORD-1", "posted", Decimal("19.00"), "USD")
    ]


async def test_an_invoice_waits_for_its_order(desk: Desk, erp: httpx.AsyncClient) -> None:
    """Streams run at their own pace; the ERP still hears of the order first."""
    await desk.deliver(issued())
    [parked] = await desk.parked()
    assert parked["key"] == "ORD-1"
    await desk.deliver(accepted())
    await desk.unparked()
    await desk.errands_done()
    assert await numbers(erp) == ["SO-1001", "AR-1001"]


async def test_a_document_told_twice_is_booked_once(desk: Desk, erp: httpx.AsyncClient) -> None:
    """Another event about the same document is no second document."""
    await desk.deliver(accepted(), accepted())
    await desk.errands_done()
    assert await numbers(erp) == ["SO-1001"]


async def test_a_refused_document_goes_to_finance(desk: Desk) -> None:
    """It is not tried for ever, and the next order is booked."""
    await desk.deliver(accepted(1, customer_id="CUST-9"), accepted(2))
    await desk.errands_done()
    [failed] = await desk.emitted(PostingFailed)
    [raised] = await desk.emitted(ExceptionRaised)
    assert (failed.document_id, failed.reason.code) == ("ORD-1", "erp_refused")
    assert (raised.team, raised.order_id) == ("finance", "ORD-1")
    assert "CUST-9 is unknown" in raised.text
    assert [p.document_id for p in await desk.emitted(PostingAcknowledged)] == ["ORD-2"]
    failed_ones = (await desk.http.get("/postings", params={"state": "failed"})).json()["postings"]
    assert [posting["document_id"] for posting in failed_ones] == ["ORD-1"]


async def test_an_outage_of_the_erp_delays_and_loses_nothing(
    desk: Desk, erp: httpx.AsyncClient
) -> None:
    """What was asked while it was down is booked once when it is back."""
    await erp.post("/control", json={"down_seconds": 0.3})
    await desk.deliver(accepted())
    await desk.eventually(PostingAcknowledged)
    assert await numbers(erp) == ["SO-1001"]
