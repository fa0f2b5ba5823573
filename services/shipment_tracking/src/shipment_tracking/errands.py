"""What shipment tracking asks of the outside world."""

from collections.abc import Sequence
from typing import Any, cast

import msgspec

from crossdock import Handlers, Reject, RetryLater
from crossdock.errands import Errand, settle
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


class Answered(msgspec.Struct, frozen=True):
    """What a warehouse says to one request; `status` is HTTP's."""

    status: int
    text: str = ""


class Answers(msgspec.Struct, frozen=True):
    """What a warehouse says to requests, in their order."""

    answers: list[Answered]


@handles.errands_together(AskWarehouse)
async def ask_warehouse(errands: Sequence[Errand[AskWarehouse]]) -> None:
    """Ask to ship; asking twice under one idempotency key is one request."""
    settings = cast("ShipmentTrackingSettings", errands[0].service.settings)
    reply = await errands[0].http.post(
        f"{settings.warehouse_url}/shipments/batch", json={"shipments": [_body(e) for e in errands]}
    )
    reply.raise_for_status()
    answers = msgspec.json.decode(reply.content, type=Answers).answers
    for errand, answer in zip(errands, answers, strict=True):
        if answer.status >= 400:
            errand.fail(_refusal(errand.payload, answer))
    asked = [errand for errand in errands if errand.error is None]
    if asked:
        async with settle(asked) as tx:
            for errand in asked:
                store.mark_asked(tx, errand.payload.shipment_id)


def _body(errand: Errand[AskWarehouse]) -> dict[str, Any]:
    body = msgspec.to_builtins(errand.payload)
    del body["type"]
    return {
        **body,
        "idempotency_key": errand.headers["Idempotency-Key"],
        "traceparent": errand.headers["traceparent"],
    }


def _refusal(payload: AskWarehouse, answer: Answered) -> Exception:
    text = f"{payload.warehouse_id} refused {payload.shipment_id}: {answer.text[:500]}"
    if answer.status in PASSING or answer.status >= 500:
        return RetryLater(text)
    return Reject(
        text,
        code="warehouse_refused",
        team="warehouse",
        context={"shipment_id": payload.shipment_id, "status": str(answer.status)},
    )
