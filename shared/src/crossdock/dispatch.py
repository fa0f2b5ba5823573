"""From a message to its handler: decode once, lock together, call in order, keep what it says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

import msgspec

from crossdock_contracts import Event, EventName, catalogue, lift, name_of

from .errors import TooNew, Undecodable
from .telemetry import Trace

if TYPE_CHECKING:
    from .handlers import Handler, Outcome
    from .message import Message
    from .runtime import Runtime
    from .tx import Tx


class Call(NamedTuple):
    """A decoded event with the handler it goes to."""

    message: Message
    event: Event
    handler: Handler


class Dispatcher:
    """Calls a service's handlers for messages."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._handlers = runtime.handlers
        self._tracer = runtime.tracer
        self._known: dict[str, tuple[EventName, Handler]] = {}

    async def all(self, messages: list[Message], tx: Tx) -> None:
        """Handle messages in order in one transaction; the first error ends it."""
        calls = [self._call_for(message) for message in messages]
        names = [
            name for call in calls if call.handler.locks for name in call.handler.locks(call.event)
        ]
        await tx.lock(*names)
        known = await _look_ahead(calls, tx)
        for call in calls:
            message, event, handler = call
            parent = Trace.read(message.traceparent, message.tracestate)
            with self._tracer.step(handler.name, parent, "consumer", key=message.key) as trace:
                tx.turn_to(message, trace)
                if handler.reads is None:
                    emit_all(tx, await handler.function(event, tx))
                    continue
                found = known.get(message.id)
                if found is None:
                    found = await handler.reads(tx, [event])
                emit_all(tx, await handler.function(event, tx, found.get(event.key)))

    def handler_name(self, message: Message) -> str:
        """Who would handle it, for people; empty when nobody would."""
        return self._name(message.type)

    def is_paused(self, literal: str) -> bool:
        """Whether the handler of a type of message is paused."""
        paused = self._runtime.pauses.handlers
        return bool(paused) and self._name(literal) in paused

    def _name(self, literal: str) -> str:
        try:
            handler = self._handlers.find(EventName.parse(literal))
        except ValueError:
            return ""
        return handler.name if handler else ""

    def _call_for(self, message: Message) -> Call:
        name, handler = self._known.get(message.type) or self._find(message)
        body, service = message.body, self._runtime.service_name
        return Call(message, decode(name, body, service), handler)

    def _find(self, message: Message) -> tuple[EventName, Handler]:
        try:
            name = EventName.parse(message.type)
        except ValueError as error:
            raise Undecodable(f"type {error}") from error
        handler = self._handlers.find(name)
        if handler is None:
            raise Undecodable(
                f"{name} is not handled here, though its subject was {message.subject}"
            )
        if name in _decoders():  # what only a stranger says is not remembered
            self._known[message.type] = name, handler
        return name, handler


def decode(name: EventName, body: bytes, service: str = "the service") -> Event:
    """The event in a body, lifted to its newest version, which is the one that handlers take.

    TooNew for a later version than this release knows, Undecodable otherwise.
    """
    decoder = _decoders().get(name)
    if decoder is None:
        known = [n for n in _decoders() if n[:2] == name[:2]]
        if known and name.version > max(n.version for n in known):
            raise TooNew(
                f"{name} is newer than {max(known)}, the newest that this release knows: "
                f"upgrade {service}"
            )
        raise Undecodable(f"{name} is not in the contracts known here")
    try:
        return lift(decoder.decode(body))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Undecodable(f"{name}: {error}") from error


async def _look_ahead(calls: list[Call], tx: Tx) -> dict[UUID, Mapping[str, Any]]:
    """What handlers have to know of each key's first event, one look for all events of a handler.

    The others of a key are looked up in their turn: an earlier one may change what they find.
    """
    if len(calls) < 2:
        return {}
    first = {call.event.key: call for call in reversed(calls)}
    found: dict[UUID, Mapping[str, Any]] = {}
    by_reads = attrgetter("handler.reads")
    looking = [call for call in first.values() if call.handler.reads]
    for reads in dict.fromkeys(map(by_reads, looking)):
        mine = [call for call in looking if by_reads(call) is reads]
        rows = await reads(tx, [call.event for call in mine])
        found |= dict.fromkeys((call.message.id for call in mine), rows)
    return found


@cache
def _decoders() -> dict[EventName, msgspec.json.Decoder[Any]]:
    return {name_of(cls): msgspec.json.Decoder(cls) for cls in catalogue().values()}


def emit_all(tx: Tx, outcome: Outcome) -> None:
    """Emit what a handler returned: nothing, an event, or several."""
    if outcome is None:
        return
    events: Iterable[Event] = (outcome,) if isinstance(outcome, Event) else outcome
    for event in events:
        tx.emit(event)
