"""The one body that every peer reads and says: an order of five lines, 0.6 kB of JSON."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import msgspec

from crossdock.ids import new_id
from crossdock_contracts import Address, LineQuantity, Quantity, name_of
from crossdock_contracts.orders import OrderPlaced, RequestedLine
from crossdock_contracts.shipments import ShipmentRequested

HEARD, SAID = str(name_of(OrderPlaced)), str(name_of(ShipmentRequested))
HEARD_STREAM, SAID_STREAM = name_of(OrderPlaced).stream, name_of(ShipmentRequested).stream
DOCK = Address(
    name="Receiving", street=("1 Dock Road",), city="Memphis", postal_code="38118", country="US"
)
decode_order = msgspec.json.Decoder(OrderPlaced).decode
encode = msgspec.json.Encoder().encode


def order(number: int) -> OrderPlaced:
    """The order of that number; its key is its id, so every order is a key of its own."""
    return OrderPlaced(
        order_id=f"ORD-{number}",
        channel="api",
        customer_id="CUST-PIEDMONT",
        placed_at=datetime(2026, 1, 9, 8, 0, tzinfo=UTC),
        currency="USD",
        lines=tuple(
            RequestedLine(
                line_no=n,
                item=f"BRG-62{n:02}-2RS",
                quantity=Quantity(value=Decimal(n), uom="EA"),
            )
            for n in range(1, 6)
        ),
        customer_po=f"PO-{number}",
    )


def answer(placed: OrderPlaced, now: datetime) -> ShipmentRequested:
    """What every peer says to an order: the same amount of work for all of them."""
    return ShipmentRequested(
        order_id=placed.order_id,
        shipment_id=f"SHP-{placed.order_id[4:]}-1",
        warehouse_id="EAST",
        requested_at=now,
        lines=tuple(
            LineQuantity(line_no=line.line_no, sku=line.item, quantity=line.quantity)
            for line in placed.lines
        ),
        ship_to=DOCK,
    )


def headers(literal: str, key: str, message_id: UUID, moment: str) -> dict[str, str]:
    """What the chassis' relay would send with an event."""
    text = str(message_id)
    return {
        "Nats-Msg-Id": text,
        "ce-specversion": "1.0",
        "ce-id": text,
        "ce-type": literal,
        "ce-source": "bench",
        "ce-time": moment,
        "ce-subject": key,
        "content-type": "application/json",
        "correlation_id": text,
        "traceparent": f"00-{message_id.hex}-{message_id.hex[:16]}-01",
    }


def text_of(placed: OrderPlaced) -> bytes:
    """The order's JSON without the defaults of its lines: 0.6 kB, as a thrifty publisher sends."""
    return encode(placed).replace(b',"unit_price":null,"customer_line":""', b"")


def orders(start: int, end: int) -> Iterator[tuple[str, bytes, dict[str, str]]]:
    """Subject, body and headers of the orders from one number to another."""
    for number in range(start, end):
        placed = order(number)
        moment = datetime.now(UTC).isoformat()
        yield (
            f"{HEARD}.{placed.key}",
            text_of(placed),
            headers(HEARD, placed.key, new_id(), moment),
        )
