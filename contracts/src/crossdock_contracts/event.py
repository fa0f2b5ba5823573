"""What an event is: its name, its key, and where to find every one of them."""

from __future__ import annotations

import importlib
import pkgutil
import re
from functools import cache
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar

import msgspec

SAFE = re.compile(r"[A-Za-z0-9_-]+")
NAME = re.compile(r"(?P<noun>[a-z]+)\.(?P<verb>[a-z_]+)\.v(?P<version>[1-9][0-9]*)")


class EventName(NamedTuple):
    """The literal that is an event's type, subject and version: `shipments.shipped.v1`."""

    noun: str
    verb: str
    version: int

    @classmethod
    def parse(cls, literal: str) -> EventName:
        """Read `shipments.shipped.v1`; ValueError names the literal that is not of that form."""
        match = NAME.fullmatch(literal)
        if match is None:
            raise ValueError(f"{literal!r} is not of the form <plural noun>.<past participle>.v<N>")
        return cls(match["noun"], match["verb"], int(match["version"]))

    def __str__(self) -> str:
        return f"{self.noun}.{self.verb}.v{self.version}"

    @property
    def stream(self) -> str:
        """The JetStream stream that stores this noun: `SHIPMENTS`."""
        return self.noun.upper()


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """Something that happened, said once by the owner of its noun, and never changed again.

    A subclass gives its literal as `tag` and, where it is not the order's life, the fields whose
    values are its key, joined with `/`. All events with one key stay in order.
    """

    key_fields: ClassVar[tuple[str, ...]] = ("order_id",)

    @property
    def key(self) -> str:
        """What must stay in order, and no wider: a failure holds back everything with this key."""
        parts = [getattr(self, field) for field in self.key_fields]
        if not any(parts):
            raise ValueError(f"{name_of(type(self))} has an empty {' and '.join(self.key_fields)}")
        return "/".join(parts)


Answer = TypeVar("Answer")


class Question(msgspec.Struct, Generic[Answer], frozen=True, kw_only=True, tag_field="type"):
    """Something asked over the wire while a caller waits. Its absence must have an answer too."""


def name_of(cls: type[Any]) -> EventName:
    """The name an event or question class was declared with."""
    tag = cls.__struct_config__.tag
    if not isinstance(tag, str):
        raise TypeError(f"{cls.__qualname__} has no tag: declare it with tag='<noun>.<verb>.v<N>'")
    return EventName.parse(tag)


def subject_token(key: str) -> str:
    """Make any key a legal NATS subject token; unsafe bytes become `=XX`, so no two keys meet."""
    if not key:
        raise ValueError("an empty key is no key: a subject has no empty token")
    if SAFE.fullmatch(key):
        return key
    return "".join(
        chr(byte) if SAFE.fullmatch(chr(byte)) else f"={byte:02X}" for byte in key.encode()
    )


@cache
def catalogue() -> dict[str, type[Event]]:
    """Every event of every noun and version, by its literal."""
    package = importlib.import_module(__package__)
    for noun in pkgutil.iter_modules(package.__path__):
        if noun.ispkg:
            modules = importlib.import_module(f"{__package__}.{noun.name}")
            for version in pkgutil.iter_modules(modules.__path__):
                importlib.import_module(f"{modules.__name__}.{version.name}")
    return {str(name_of(cls)): cls for cls in sorted(_tagged(Event), key=lambda c: str(name_of(c)))}


def _tagged(base: type[Event]) -> set[type[Event]]:
    """The published subclasses of a class; shared bases and other packages' tests are left out."""
    found = set()
    for cls in base.__subclasses__():
        found |= _tagged(cls)
        if cls.__module__.startswith(f"{__package__}.") and NAME.fullmatch(
            str(cls.__struct_config__.tag)
        ):
            found.add(cls)
    return found
