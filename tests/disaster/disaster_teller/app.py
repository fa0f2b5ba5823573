"""The teller: it notes what it hears; a row in `broken` makes an order's events fail."""

import os
import random

import msgspec
from pydantic_settings import SettingsConfigDict

from crossdock import Handlers, Reject, RetryLater, Service, Settings, Tx
from crossdock.errands import Errand
from crossdock_contracts.orders import OrderCancelled
from crossdock_contracts.shipments import MilestoneRecorded

HEARD = "insert into heard (order_id, text, by) values ($1, $2, $3)"
BROKEN = "select how from broken where order_id = $1"
# How often a handler fails for no reason, to be tried again.
CHANCE = float(os.environ.get("TELLER_CHANCE", "0"))


class TellerSettings(Settings):
    """Nothing of its own."""

    model_config = SettingsConfigDict(env_prefix="TELLER_")


class Call(msgspec.Struct, frozen=True, kw_only=True, tag="call"):
    """A call to the outside that fails while its text says so."""

    text: str


def build(by: str) -> Service:
    """The service as one replica of it, which signs what it notes with its name."""
    handles = Handlers()

    @handles
    async def note(event: OrderCancelled, tx: Tx) -> MilestoneRecorded:
        """Note the event, or fail as `broken` says; some ask for a call to the outside."""
        how = await tx.fetchval(BROKEN, event.order_id)
        if how:
            fail(how)
        if random.random() < CHANCE:
            raise (
                RetryLater("by chance", after=0.02) if random.random() < 0.5 else OSError("chance")
            )
        if how == "call":
            tx.errand(Call(text="bad"), key=event.order_id)
        tx.write(HEARD, event.order_id, event.reason.text, by)
        return MilestoneRecorded(
            order_id=event.order_id,
            shipment_id="SHP-1",
            milestone_id=str(tx.new_id()),
            code="X1",
            recorded_at=tx.now,
            text=event.reason.text,
        )

    @handles.errand
    async def call(payload: Call, errand: Errand) -> None:
        """Fail for good, unless the text was mended."""
        if payload.text == "bad":
            raise Reject("the outside says no", code="outside")
        async with errand.settle() as tx:
            tx.write(HEARD, errand.key, payload.text, by)

    return Service(
        "teller",
        owns=("shipments",),
        handlers=handles,
        settings=TellerSettings,
        package="disaster_teller",
    )


def fail(how: str) -> None:
    """Fail as a word says."""
    if how == "reject":
        raise Reject("told to", code="told_to")
    if how == "later":
        raise RetryLater("not yet", after=0.05)
    if how == "bug":
        raise ZeroDivisionError("told to")


service = build(str(os.getpid()))
