"""Plays order_intake, inventory_sync and the warehouse: orders go in, shipments are confirmed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx
import msgspec
from releases import Mesh

from crossdock.broker import JetStream
from crossdock.ids import new_id
from crossdock.reach import jetstream
from crossdock_contracts import (
    Address,
    Allocation,
    Event,
    LineQuantity,
    Money,
    PaymentTerms,
    Quantity,
    name_of,
)
from crossdock_contracts.catalog import WarehouseChanged
from crossdock_contracts.inventory import StockReserved
from crossdock_contracts.orders import OrderAccepted, OrderLine
from crossdock_contracts.orders import v1 as orders_v1
from crossdock_contracts.shipments import v1 as shipments_v1

NOW = datetime(2026, 3, 2, 14, 40, tzinfo=UTC)
TEN = Quantity(Decimal(10), "EA")
PRICE, NET, NOTHING = (Money(Decimal(text), "USD") for text in ("2.00", "20.00", "0.00"))
EAST = WarehouseChanged(
    warehouse_id="EAST", name="East", address=Address(name="East"), changed_at=NOW
)
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


class Driver:
    """Says what the services under test hear, and answers what they ask of the outside."""

    def __init__(self, mesh: Mesh) -> None:
        self.mesh = mesh
        self.orders: list[str] = []
        self.newest = False  # whether order_intake is upgraded
        self.ships = True  # whether the warehouse confirms what it is asked for
        self._tasks: set[asyncio.Task[None]] = set()
        self._js: JetStream
        self._stack: AsyncExitStack

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Driver]:
        """Connected, with a warehouse that listens."""
        warehouse = await asyncio.start_server(self._asked, "127.0.0.1", 0)
        host, port = warehouse.sockets[0].getsockname()
        self.mesh.set(SHIPMENT_TRACKING_WAREHOUSE_URL=f"http://{host}:{port}")
        try:
            async with AsyncExitStack() as self._stack, warehouse:
                await self.connect()
                await self.say(EAST)
                yield self
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def connect(self) -> None:
        """Take a connection; one that saw NATS go does not come back."""
        self._js = await self._stack.enter_async_context(jetstream(self.mesh.nats.url))

    # order_intake and inventory_sync

    async def order(self, count: int = 1) -> list[str]:
        """Accept so many orders and reserve their goods."""
        fresh = [f"ORD-{len(self.orders) + n}" for n in range(1, count + 1)]
        for order_id in fresh:
            self.orders.append(order_id)
            await self.accept(order_id)
            await self.say(_reserved(order_id))
        return fresh

    async def accept(self, order_id: str) -> None:
        """Accept an order in the version that order_intake has."""
        await self.say(_accepted(order_id, newest=self.newest))

    async def say(self, event: Event) -> None:
        """Publish an event as its owner would."""
        literal, message_id = str(name_of(type(event))), str(new_id())
        headers = {
            "Nats-Msg-Id": message_id,
            "ce-id": message_id,
            "ce-type": literal,
            "ce-source": "order_intake",
            "ce-time": NOW.isoformat(),
            "ce-subject": event.key,
        }
        body = msgspec.json.encode(event)
        reply = await self._js.client.request(
            f"{literal}.{event.key}", body, timeout=5, headers=headers
        )
        assert b'"error"' not in reply.data, reply.data

    async def keep_ordering(self, enough: asyncio.Event) -> None:
        """Orders come in without a pause."""
        while not enough.is_set():
            await self.order(2)
            await asyncio.sleep(0.1)

    # The warehouse

    async def _asked(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take requests on one connection; each is confirmed at once, however often it takes."""
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                [length] = [
                    int(line.partition(b":")[2])
                    for line in head.split(b"\r\n")
                    if line.lower().startswith(b"content-length:")
                ]
                asked = msgspec.json.decode(await reader.readexactly(length))
                shipments = asked.get("shipments", [asked])  # the old release asks one by one
                for each in shipments if self.ships else ():
                    task = asyncio.create_task(self.ship(each["shipment_id"]))
                    self._tasks.add(task)
                    task.add_done_callback(self._tasks.discard)
                body = msgspec.json.encode({"answers": [{"status": 200} for _ in shipments]})
                writer.write(OK + b"Content-Length: %d\r\n\r\n" % len(body) + body)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def ship(self, shipment_id: str) -> None:
        """Confirm until somebody takes it, each time the same."""
        body = {
            "event_id": f"{shipment_id}-shipped",
            "kind": "shipped",
            "shipment_id": shipment_id,
            "at": NOW.isoformat(),
            "lines": [{"line_no": 1, "sku": "A", "quantity": "10", "uom": "EA"}],
            "carrier": "UPSN",
            "tracking_number": f"1Z{shipment_id}",
        }
        while (await self.tell("/warehouse/events", body)) != 200:
            await asyncio.sleep(0.1)

    async def report(self, event_id: str, tracking_number: str, *, at: Any = None) -> int:
        """The carrier reports under a number, to a replica or to any."""
        body = {"event_id": event_id, "code": "AF", "at": NOW.isoformat()}
        return await self.tell("/carrier/events", body | {"tracking_number": tracking_number}, at)

    async def tell(self, path: str, body: dict[str, Any], at: Any = None) -> int:
        """Post to shipment tracking; the answer's status, 0 where nobody answered."""
        replicas = [at] if at else self.mesh.of("shipment_tracking")
        for replica in reversed(replicas):
            try:
                return (await self.mesh.http.post(replica.url + path, json=body)).status_code
            except httpx.TransportError:
                continue
        return 0

    # What must be true in the end

    async def billed(self) -> list[str]:
        """The orders billed so far, in order."""
        return await self.mesh.said("invoicing", "invoices.issued.v1")

    async def until_billed(self) -> None:
        """Wait until each order has a bill."""

        async def enough() -> bool:
            return set(await self.billed()) >= set(self.orders)

        await self.mesh.until(enough, f"{len(self.orders)} orders are billed")

    async def settle(self) -> None:
        """Everything is billed and quiet: nothing lost, nothing twice, nothing left behind."""
        await self.until_billed()
        assert (await self.mesh.quiet()).violations == []
        assert sorted(await self.billed()) == sorted(self.orders)
        shipped = [
            *await self.mesh.said("shipment_tracking", "shipments.shipped.v1"),
            *await self.mesh.said("shipment_tracking", "shipments.shipped.v2"),
        ]
        assert set(shipped) <= set(self.orders)
        assert len(shipped) == len(set(shipped))
        [owed] = await self.mesh.rows("invoicing", "select sum(amount) as all from receivables")
        assert owed["all"] == NET.amount * len(self.orders)
        for service in ("invoicing", "shipment_tracking"):
            assert await self.mesh.parked(service) == []


def shipped_before(order_id: str) -> shipments_v1.ShipmentShipped:
    """A shipment as version 1 said it."""
    return shipments_v1.ShipmentShipped(
        order_id=order_id,
        shipment_id=f"SHP-{order_id[4:]}-1",
        warehouse_id="EAST",
        shipped_at=NOW,
        lines=(LineQuantity(line_no=1, sku="A", quantity=TEN),),
        tracking_number="1Z1",
    )


def _accepted(order_id: str, *, newest: bool) -> Event:
    line = OrderLine(
        line_no=1, sku="A", description="Bolt", quantity=TEN, unit_price=PRICE, net=NET
    )
    common: dict[str, Any] = {
        "order_id": order_id,
        "channel": "api",
        "customer_id": "C1",
        "accepted_at": NOW,
        "currency": "USD",
        "lines": (line,),
        "net_total": NET,
        "tax_total": NOTHING,
        "total": NET,
        "ship_to": Address(name="Store 7"),
    }
    if newest:
        return OrderAccepted(**common, terms=PaymentTerms(net_days=45))
    return orders_v1.OrderAccepted(**common, payment_terms_days=45)


def _reserved(order_id: str) -> StockReserved:
    part = Allocation(line_no=1, sku="A", warehouse_id="EAST", quantity=TEN)
    return StockReserved(
        order_id=order_id, reservation_id="R", reserved_at=NOW, allocations=(part,)
    )
