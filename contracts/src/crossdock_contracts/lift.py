"""From any version of an event to the newest: whoever handles an event sees only that one.

The module of a new version holds how the one before becomes it, declared with `@lifts`. What
streams, outboxes and stores hold in older versions stays as it was said, and is read with `read`.
"""

from __future__ import annotations

import typing
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

import msgspec

from .event import Event, EventName, catalogue, name_of

Old = TypeVar("Old", bound=Event)
New = TypeVar("New", bound=Event)
_STEPS: dict[type[Event], tuple[type[Event], Callable[[Any], Event]]] = {}


class NotKnown(ValueError):
    """No contract known here has this name."""


class NewerVersion(NotKnown):
    """The event is known here, but only in older versions: whoever reads it must be upgraded."""


def lifts(function: Callable[[Old], New]) -> Callable[[Old], New]:
    """Declare how an event of one version becomes one of the next; it has to be pure."""
    hints = typing.get_type_hints(function)
    new = hints.pop("return")
    [old] = hints.values()
    if name_of(new) != name_of(old)._replace(version=name_of(old).version + 1):
        raise TypeError(f"{function.__name__}: {name_of(new)} does not follow {name_of(old)}")
    _STEPS[old] = new, function
    return function


def lift(event: Event) -> Event:
    """The event in the newest version of it."""
    while (step := _STEPS.get(type(event))) is not None:
        event = step[1](event)
    return event


def newest(cls: type[Event]) -> type[Event]:
    """The newest version of an event's class; itself, where nothing superseded it."""
    while (step := _STEPS.get(cls)) is not None:
        cls = step[0]
    return cls


def read(literal: str, body: bytes | str) -> Event:
    """The event in a body of any version, in the newest one.

    NewerVersion when the body is of a later version than this package has, NotKnown when the event
    is not in it at all, msgspec.DecodeError when the body is not what its version promises.
    """
    decoder = _decoders().get(literal)
    if decoder is None:
        raise _unknown(literal)
    return lift(decoder.decode(body))


def _unknown(literal: str) -> NotKnown:
    try:
        name = EventName.parse(literal)
    except ValueError as error:
        return NotKnown(str(error))
    known = [n for n in map(name_of, catalogue().values()) if n[:2] == name[:2]]
    if known and name > max(known):
        return NewerVersion(f"{name} is newer than {max(known)}, the newest known here")
    return NotKnown(f"{name} is not in the contracts known here")


@cache
def _decoders() -> dict[str, msgspec.json.Decoder[Event]]:
    return {literal: msgspec.json.Decoder(cls) for literal, cls in catalogue().items()}
