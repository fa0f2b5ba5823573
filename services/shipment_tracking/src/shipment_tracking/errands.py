"""What shipment tracking asks of the outside world."""

from typing import cast

import msgspec

from crossdock import Handlers, Reject
from crossdock.errands import Errand
from crossdock_contracts import Address
from crossdock_contracts.shipments import ShipmentRequested

from . import store
from .domain.model import ConfirmedLine
from .settings import ShipmentTrackingSettings

handles = Handlers()

PASSING = {408, 425, 429}  # refusals that time alone will cure


class AskWarehouse(msgspec.Struct, frozen=True, kw_only=True, tag="ask_warehouse"):
    """What a warehouse is to ship, and where to."""

    shipment_id: str
    order_id: str
    warehouse_id: str
    lines: tuple[ConfirmedLine, ...]
    ship_to: Address

    @classmethod
    def of(cls, event: ShipmentRequested) -> "AskWarehouse":
        """The call that goes with a request."""
        return cls(
            shipment_id=event.shipment_id,
            order_id=event.order_id,
            warehouse_id=event.warehouse_id,
            lines=tuple(ConfirmedLine.of(line) for line in event.lines),
            ship_to=event.ship_to,
        )


@handles.errand
async def ask_warehouse(payload: AskWarehouse, errand: Errand) -> None:
    """Ask a warehouse to ship; asking twice under one idempotency key is one request."""
    settings = cast("ShipmentTrackingSettings", errand.service.settings)
    body = msgspec.to_builtins(payload)
    del body["type"]
    reply = await errand.http.post(
        f"{settings.warehouse_url}/shipments", json=body, headers=errand.headers
    )
    if reply.is_client_error and reply.status_code not in PASSING:
        raise Reject(
            f"{payload.warehouse_id} refused {payload.shipment_id}: {reply.text[:500]}",
            code="warehouse_refused",
            team="warehouse",
            context={"shipment_id": payload.shipment_id, "status": str(reply.status_code)},
        )
    reply.raise_for_status()
    async with errand.settle() as tx:
        store.mark_asked(tx, payload.shipment_id)
