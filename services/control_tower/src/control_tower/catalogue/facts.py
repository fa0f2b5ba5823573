"""What the catalogue tells: from the installed contracts, and what consumers committed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from crossdock_contracts import Event, catalogue, name_of, newest
from crossdock_contracts.accepts import Node, describe, kind
from crossdock_contracts.freeze import key_of
from crossdock_contracts.meaning import UNIT, data_class
from crossdock_contracts.owners import ANYBODY, OWNERS
from crossdock_contracts.privacy import place_of, redacted
from crossdock_contracts.shipped import examples, folder

EVERY_EVENT = "*"


class Field(NamedTuple):
    """One field of an event, by its path."""

    path: str
    kind: str
    needed: bool
    data_class: str
    unit: str
    description: str


class Reader(NamedTuple):
    """Who hears an event, by which handler, and the fields it reads."""

    service: str
    handler: str
    reads: tuple[str, ...]


class Entry(NamedTuple):
    """One version of one event."""

    literal: str
    noun: str
    title: str
    text: str
    owner: str
    key: str
    fields: list[Field]
    readers: list[Reader]
    examples: list[tuple[str, str]]
    newest: str

    @property
    def superseded(self) -> bool:
        """Whether its owner says a later version now."""
        return self.newest != self.literal


def entries() -> list[Entry]:
    """Every event, by noun and version."""
    heard = _consumers()
    return [_entry(literal, cls, heard) for literal, cls in catalogue().items()]


def owner_of(noun: str) -> str:
    """Who says it."""
    owner = OWNERS.get(noun, ANYBODY)
    return "every service" if owner == ANYBODY else owner


def _entry(literal: str, cls: type[Event], heard: list[dict[str, Any]]) -> Entry:
    place = place_of(cls)
    noun = name_of(cls).noun
    return Entry(
        literal=literal,
        noun=noun,
        title=cls.__name__,
        text=str(place.resolved().schema.get("description", "")),
        owner=owner_of(noun),
        key=key_of(cls),
        fields=list(_fields(place)),
        readers=list(_readers(literal, heard)),
        examples=[(name, _shown(body, cls)) for name, body in examples(cls)],
        newest=str(name_of(newest(cls))),
    )


def _shown(body: bytes, cls: type[Event]) -> str:
    return msgspec.json.format(redacted(body, cls), indent=2).decode()


def _consumers() -> list[dict[str, Any]]:
    return [json.loads(path.read_bytes()) for path in sorted(folder("consumers").glob("*.json"))]


def _readers(literal: str, heard: list[dict[str, Any]]) -> Iterator[Reader]:
    for each in heard:
        handlers = each.get("handlers", {})
        if literal in handlers or EVERY_EVENT in handlers or literal in each["reads"]:
            handler = handlers.get(literal) or handlers.get(EVERY_EVENT, "")
            yield Reader(each["consumer"], handler, tuple(each["reads"].get(literal, ())))


def _fields(node: Node, at: str = "", seen: frozenset[str] = frozenset()) -> Iterator[Field]:
    for each in node.alternatives():
        title = str(each.schema.get("title", ""))
        if kind(each) == "struct" and title not in seen:
            needed = each.schema.get("required", ())
            for name, inner in each.schema["properties"].items():
                path, place = f"{at}.{name}" if at else name, each.at(inner)
                yield _field(path, place, name in needed)
                yield from _fields(place, path, seen | {title})
        elif kind(each) == "array":
            yield from _fields(each.at(each.schema.get("items")), f"{at}[]", seen)
        elif kind(each) == "dict":
            inner = each.schema.get("additionalProperties")
            yield from _fields(each.at(inner), f"{at}{{}}", seen)


def _field(path: str, place: Node, needed: bool) -> Field:
    inner = [each for each in place.alternatives() if kind(each) != "null"]
    schemas = [place.schema, *(each.schema for each in inner)]
    plain = [each for each in inner if kind(each) not in {"struct", "dict", "array"}]
    return Field(
        path=path,
        kind=describe(place),
        needed=needed,
        data_class=data_class(place) if plain else _of_items(inner),
        unit=next((str(each[UNIT]) for each in schemas if UNIT in each), ""),
        description=next((str(s["description"]) for s in schemas if "description" in s), ""),
    )


def _of_items(inner: list[Node]) -> str:
    """A list of plain values has their class; a part has none of its own."""
    for each in inner:
        items = each.at(each.schema.get("items"))
        if kind(each) == "array" and {kind(n) for n in items.alternatives()} <= {"string", "enum"}:
            return data_class(items)
    return ""
