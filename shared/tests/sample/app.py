"""What the sample hears and says; the reason's text in an event tells it how to behave."""

import asyncio
import os
from collections.abc import Sequence
from typing import Any

import msgspec
from litestar import post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from pydantic_settings import SettingsConfigDict

from crossdock import Handlers, Reject, RetryLater, Service, Settings, Tx
from crossdock.errands import Errand, settle
from crossdock_contracts.inventory import AvailabilityAnswered, AvailabilityAsked
from crossdock_contracts.orders import OrderCancelled, OrderCompleted, OrderPlaced
from crossdock_contracts.shipments import MilestoneRecorded

handles = Handlers()
# Orders that fail as long as they stand here; tests take them out to heal them.
BROKEN: dict[str, Any] = {}
CALLS: list[str] = []


class Call(msgspec.Struct, frozen=True, kw_only=True, tag="call"):
    """An errand that notes its text, and fails while that stands in BROKEN."""

    text: str


@handles(locks=lambda event: [f"counter:{event.reason.code}"])
async def count(event: OrderCancelled, tx: Tx) -> MilestoneRecorded:
    """Note the event and answer with another."""
    text = event.reason.text
    if event.order_id in BROKEN:
        raise BROKEN[event.order_id]
    if text == "reject":
        raise Reject("told to", code="told_to", team="finance", context={"limit": 5})
    if text == "poison":
        raise ZeroDivisionError("told to")
    if text == "endless":
        await tx.execute("set local statement_timeout = 50")
        await tx.execute("select pg_sleep(30)")
    if "STALL" in os.environ:
        await asyncio.sleep(60)
    if text == "gated":
        BROKEN["entered"].set()
        await BROKEN["gate"].wait()
    tx.write("insert into heard (order_id, text) values ($1, $2)", event.order_id, text)
    tx.write(
        "insert into counters values ($1, 1) on conflict (name) do update set n = counters.n + 1",
        event.reason.code,
    )
    return MilestoneRecorded(
        order_id=event.order_id,
        shipment_id="SHP-1",
        milestone_id=str(tx.new_id()),
        code="X1",
        recorded_at=tx.now,
        text=text,
    )


@handles
async def call(event: OrderPlaced, tx: Tx) -> None:
    """Ask for an errand per line."""
    for line in event.lines:
        tx.errand(Call(text=line.item), key=event.order_id)


@handles.errand
async def make_call(payload: Call, errand: Errand) -> None:
    """Note the call; its outcome is noted too."""
    BROKEN.setdefault("ids", {}).setdefault(payload.text, []).append(errand.id)
    BROKEN.setdefault("headers", []).append(errand.headers)
    if f"gate:{payload.text}" in BROKEN:
        await BROKEN[f"gate:{payload.text}"].wait()
    if payload.text in BROKEN:
        raise BROKEN[payload.text]
    CALLS.append(payload.text)
    async with errand.settle() as tx:
        tx.write("insert into heard (order_id, text) values ($1, $2)", errand.key, payload.text)
        if f"settle:{payload.text}" in BROKEN:
            raise BROKEN[f"settle:{payload.text}"]


class Parcel(msgspec.Struct, frozen=True, kw_only=True, tag="parcel"):
    """An errand that goes with its like."""

    text: str


@handles.errands_together(Parcel)
async def send_parcels(errands: Sequence[Errand[Parcel]]) -> None:
    """Note what goes together; one that stands in BROKEN fails them all, or only itself."""
    texts = [errand.payload.text for errand in errands]
    BROKEN.setdefault("parcels", []).append(texts)
    if error := next((BROKEN[text] for text in texts if text in BROKEN), None):
        raise error
    for errand in errands:
        if f"fail:{errand.payload.text}" in BROKEN:
            errand.fail(BROKEN[f"fail:{errand.payload.text}"])
    good = [errand for errand in errands if errand.error is None]
    async with settle(good) as tx:
        for errand in good:
            tx.speak_for(errand.origin)
            tx.write(
                "insert into heard (order_id, text) values ($1, $2)",
                errand.key,
                f"{errand.payload.text} {tx.trace_id}",
            )


async def _notes(tx: Tx, events: list[OrderCompleted]) -> dict[str, int]:
    """How many notes there are of each order."""
    BROKEN.setdefault("looks", []).append(len(events))
    rows = await tx.fetch(
        "select order_id, count(*) as n from heard where order_id = any($1) group by order_id",
        [event.order_id for event in events],
    )
    return {row["order_id"]: row["n"] for row in rows}


@handles(reads=_notes)
async def note_completion(event: OrderCompleted, tx: Tx, notes: int | None) -> None:
    """Note how many notes there were before."""
    tx.write("insert into heard (order_id, text) values ($1, $2)", event.order_id, str(notes or 0))


@handles.answers
async def answer(question: AvailabilityAsked, tx: Tx) -> AvailabilityAnswered:
    """Answer with nothing."""
    BROKEN.setdefault("answered", []).append(question)
    match BROKEN.get("answer"):
        case Exception() as error:
            raise error
        case asyncio.Event() as gate:
            await gate.wait()
    return AvailabilityAnswered(items=())


@post("/notes")
async def note(data: JSONBody[dict[str, str]], service: NamedDependency[Service]) -> dict[str, str]:
    """Write a note in a transaction, and emit when asked to."""
    async with service.begin() as tx:
        if data["text"] == "later":
            raise RetryLater("not now")
        if data["text"] == "reject":
            raise Reject("no", code="no_notes", context={"asked": data["text"]})
        if data["text"] == "bug":
            raise ZeroDivisionError("a bug")
        tx.write("insert into heard (order_id, text) values ($1, $2)", "note", data["text"])
        return {"trace": tx.trace_id}


class SampleSettings(Settings):
    """Its variables begin with SAMPLE_."""

    model_config = SettingsConfigDict(env_prefix="SAMPLE_")


def replica() -> Service:
    """Another replica of the sample, to run beside the first."""
    return Service(
        "sample",
        owns=("shipments",),
        handlers=handles,
        settings=SampleSettings,
        routes=[note],
        package="sample",
    )


service = replica()
