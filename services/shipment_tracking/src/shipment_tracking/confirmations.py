"""What outsiders say: each word counts once, is kept, and is answered the same when repeated."""

import hashlib
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Literal

import msgspec
from msgspec.structs import replace

from crossdock import Tx
from crossdock_contracts.shipments import Package

from . import store
from .domain import CarrierEvent, Confirmation, Refusal

Source = Literal["warehouse", "carrier"]
Said = Confirmation | CarrierEvent


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a confirmation; `status` is HTTP's. A repetition gets the same answer."""

    status: int = 200
    outcome: Literal["taken", "duplicate", "refused"] = "taken"
    shipment_id: str = ""
    state: str = ""
    packages: tuple[Package, ...] = ()
    code: str = ""
    text: str = ""
    context: dict[str, str] = {}


async def once(
    tx: Tx,
    source: Source,
    said: Said,
    take: Callable[[], Awaitable[Answer]],
) -> Answer:
    """Take effect, or repeat the answer; what found no shipment is tried again when repeated.

    A refusal commits too: the words are kept and a person is told, or nobody would ever know.
    """
    await tx.lock(f"{source}:{said.event_id}")
    body, digest = msgspec.json.encode(said), _digest(said)
    heard = await store.heard_before(tx, source, said.event_id, digest)
    if heard is not None and not (heard.outcome == "unmatched" and heard.same):
        return _again(said, heard)
    try:
        answer, outcome = await take(), "taken"
    except Refusal as refusal:
        answer, outcome = _refused(refusal), "unmatched" if refusal.status == 404 else "refused"
        if heard is None:
            await _tell(tx, source, said, refusal)
    store.keep(tx, source, said, body=body, digest=digest, outcome=outcome, answer=answer)
    return answer


def _digest(said: Said) -> bytes:
    """What was said, but for the time: a sender that lost its notes tells the same again, later."""
    timeless = replace(said, at=datetime.min.replace(tzinfo=UTC))
    return hashlib.sha256(msgspec.json.encode(timeless)).digest()


def _again(said: Said, heard: store.Heard) -> Answer:
    if not heard.same:
        text = f"event_id {said.event_id!r} was used before with other content"
        return _refused(Refusal(409, "event_id_reused", text, event_id=said.event_id))
    answer = msgspec.json.decode(heard.answer, type=Answer)
    return replace(answer, outcome="duplicate") if answer.status == 200 else answer


def _refused(refusal: Refusal) -> Answer:
    return Answer(
        status=refusal.status,
        outcome="refused",
        code=refusal.code,
        text=refusal.text,
        context=refusal.context,
    )


def unknown(said: Said) -> Refusal:
    """Nothing here has that name."""
    name = said.shipment_id or said.tracking_number or ""
    text = f"no shipment is known as {name!r}; what was said is kept until one is"
    return Refusal(404, "unknown_shipment", text, name=name, event_id=said.event_id)


async def _tell(tx: Tx, source: Source, said: Said, refusal: Refusal) -> None:
    known = await store.shipment(tx, said.shipment_id) if said.shipment_id else None
    order_id = known.order_id if known else None
    tx.raise_exception(
        code=refusal.code,
        text=f"{source}: {refusal.text}",
        team="warehouse",
        about=order_id or said.shipment_id or said.tracking_number or said.event_id,
        order_id=order_id,
        context={
            **refusal.context,
            "event_id": said.event_id,
            "shipment_id": said.shipment_id or "",
            "tracking_number": said.tracking_number or "",
        },
    )
