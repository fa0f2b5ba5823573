"""Whom a field is kept from: its data class, and bodies with what is personal left out.

What a contract does not know is withheld as if it were personal: nobody has said that it is not.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import msgspec

from .accepts import Json, Node, kind, root, tag
from .meaning import data_class

PERSONAL = "personal"
MASK, UNKNOWN = "(personal)", "(not in the contract)"


def classes(
    node: Node, at: str = "", seen: frozenset[str] = frozenset()
) -> Iterator[tuple[str, str]]:
    """Each plain value below a place, by its path, with its data class."""
    for each in node.alternatives():
        title = str(each.schema.get("title", ""))
        match kind(each):
            case "struct" if title not in seen:
                for field, inner in each.schema["properties"].items():
                    path = f"{at}.{field}" if at else field
                    yield from classes(each.at(inner), path, seen | {title})
            case "dict":
                inner = each.schema.get("additionalProperties")
                yield from classes(each.at(inner), f"{at}{{}}", seen)
            case "array":
                yield from classes(each.at(each.schema.get("items")), f"{at}[]", seen)
            case "null" | "struct":
                pass
            case _:
                yield at, data_class(node)


def redacted(body: bytes, contract: Any) -> bytes:
    """A body as anybody may see it, as JSON; `contract` is its class, None withholds all of it."""
    if contract is None:
        return msgspec.json.encode(f"({len(body)} bytes withheld: of no known contract)")
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return msgspec.json.encode(f"({len(body)} bytes withheld: no JSON)")
    return msgspec.json.encode(shown(value, place_of(contract)))


@cache
def place_of(contract: Any) -> Node:
    """The schema of a contract."""
    return root(msgspec.json.schema(contract))


def shown(value: Any, node: Node) -> Any:
    """A value with every personal part of it left out."""
    if isinstance(value, dict):
        return {name: _field(name, each, node, value) for name, each in value.items()}
    if isinstance(value, list):
        items = [each.schema.get("items") for each in node.alternatives() if kind(each) == "array"]
        return [shown(each, node.at(items[0])) if items else UNKNOWN for each in value]
    return MASK if data_class(node) == PERSONAL and value not in (None, "") else value


def _field(name: str, value: Any, node: Node, whole: Json) -> Any:
    for each in node.alternatives():
        literal = tag(each)
        if literal is not None and literal not in whole.values():
            continue
        properties = each.schema.get("properties", {})
        inner = properties.get(name, each.schema.get("additionalProperties"))
        if isinstance(inner, dict):
            return shown(value, each.at(inner))
    return UNKNOWN
