"""A running control tower, and an order's events as the mesh would publish them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import msgspec
import pytest

from crossdock import Service
from crossdock.testing import Desk
from crossdock_contracts import Event, Money, name_of
from crossdock_contracts.exceptions import ExceptionRaised
from crossdock_contracts.orders import OrderCompleted, OrderReleased
from crossdock_contracts.partners import PurchaseOrderReceived

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
TRACE = "a" * 32
Say = Callable[..., Awaitable[None]]


@pytest.fixture
def service() -> Service:
    """The service under test."""
    from control_tower.app import service

    return service


@pytest.fixture
def noon() -> datetime:
    """When the events of a test begin."""
    return NOON


@pytest.fixture
def say(desk: Desk, noon: datetime) -> Say:
    """Publish an event with an id, a cause, and a time (in tenths of a second)."""

    async def publish(
        number: int,
        event: Event,
        *,
        cause: int | None = None,
        at: int | None = None,
        by: str = "test",
    ) -> None:
        headers = {
            "id": str(UUID(int=number)),
            "correlation_id": str(UUID(int=1)),
            "traceparent": f"00-{TRACE}-{'b' * 16}-01",
            "ce-source": by,
            "ce-time": (noon + timedelta(milliseconds=100 * (at or number))).isoformat(),
        }
        if cause:
            headers["causation_id"] = str(UUID(int=cause))
        body = msgspec.json.encode(event)
        seen = await desk.publish_raw(str(name_of(type(event))), event.key, body, **headers)
        await seen.wait()

    return publish


@pytest.fixture
def purchase_order() -> PurchaseOrderReceived:
    """A partner's document: it has no order id yet."""
    return PurchaseOrderReceived(
        partner_id="ACME",
        po_number="PO1",
        document_id="D1",
        customer_id="CUST-1",
        received_at=NOON,
        purpose="original",
        lines=(),
        currency="USD",
    )


@pytest.fixture
def released() -> OrderReleased:
    """An event in the life of an order."""
    return OrderReleased(order_id="ORD-1", released_at=NOON, released_by="ann")


@pytest.fixture
def completed() -> OrderCompleted:
    """The end of an order's life."""
    return OrderCompleted(
        order_id="ORD-1", completed_at=NOON, invoiced=Money(Decimal("40.00"), "USD")
    )


@pytest.fixture
def raised() -> ExceptionRaised:
    """Something that needs a person in finance."""
    return ExceptionRaised(
        exception_id="E1",
        about="INV-1-1",
        service="invoicing",
        code="missing_gl_code",
        kind="business",
        team="finance",
        text="SKU-9 has no GL code",
        raised_at=NOON,
        order_id="ORD-1",
        context={"sku": "SKU-9"},
    )
