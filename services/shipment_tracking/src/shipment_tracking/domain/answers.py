"""How outsiders are answered: what took effect, what was refused and why."""

from typing import Literal

from crossdock_contracts import Value
from crossdock_contracts.shipments import Package

from .model import CarrierEvent, Confirmation, Refusal, Shipment


class Answer(Value, frozen=True):
    """What became of a confirmation; `status` is HTTP's. A repetition gets the same answer."""

    status: int = 200
    outcome: Literal["taken", "duplicate", "refused"] = "taken"
    shipment_id: str = ""
    state: str = ""
    packages: tuple[Package, ...] = ()
    code: str = ""
    text: str = ""
    context: dict[str, str] = {}  # noqa: RUF012 - a msgspec field; msgspec copies the default


def taken(shipment: Shipment) -> Answer:
    """It took effect: where the shipment stands now, and the labels to print."""
    return Answer(
        shipment_id=shipment.shipment_id, state=shipment.state, packages=shipment.packages
    )


def refused(refusal: Refusal) -> Answer:
    """It took no effect."""
    return Answer(
        status=refusal.status,
        outcome="refused",
        code=refusal.code,
        text=refusal.text,
        context=refusal.context,
    )


def unknown(said: Confirmation | CarrierEvent) -> Refusal:
    """Nothing here has that name."""
    name = said.shipment_id or said.tracking_number or ""
    text = f"no shipment is known as {name!r}; what was said is kept until one is"
    return Refusal(404, "unknown_shipment", text, name=name, event_id=said.event_id)


def reused(event_id: str) -> Refusal:
    """Two different things were said under one id."""
    text = f"event_id {event_id!r} was used before with other content"
    return Refusal(409, "event_id_reused", text, event_id=event_id)
