"""The chassis' side of the bench: one service, in the variants that the rows ask for."""

from __future__ import annotations

import os

from pydantic_settings import SettingsConfigDict

from crossdock import Handlers, Service, Settings, Tx
from crossdock_contracts.orders import OrderPlaced
from crossdock_contracts.shipments import ShipmentRequested

from ..bodies import answer
from .store import HEAR


class BenchSettings(Settings):
    """The chassis' settings, from BENCH_..."""

    model_config = SettingsConfigDict(env_prefix="BENCH_", frozen=True, extra="ignore")


async def ask_shipment(event: OrderPlaced, tx: Tx) -> ShipmentRequested:
    """One business write that waits for its like, and one event."""
    tx.write(HEAR, event.order_id, event.customer_id, len(event.lines), tx.now)
    return answer(event, tx.now)


async def ask_shipment_awaited(event: OrderPlaced, tx: Tx) -> ShipmentRequested:
    """The same with a write that is awaited at once."""
    await tx.execute(HEAR, event.order_id, event.customer_id, len(event.lines), tx.now)
    return answer(event, tx.now)


async def hear(event: OrderPlaced, tx: Tx) -> None:
    """No business at all."""


WORK = {"full": ask_shipment, "awaited": ask_shipment_awaited, "nothing": hear}


def service(work: str = "full") -> Service:
    """The service with one of its handlers; `relay` has none, and only publishes."""
    handles = Handlers()
    if work in WORK:
        handles(WORK[work])
    return Service(
        "bench",
        owns=("shipments",),
        handlers=handles,
        settings=BenchSettings,
        package="crossdock_bench.path",
    )


def main() -> None:
    """The process."""
    service(os.environ["BENCH_WORK"]).run()
