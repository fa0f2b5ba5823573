"""Every field of a schema, by its path: `lines[].quantity.value`."""

from __future__ import annotations

from collections.abc import Iterator

from .accepts import Node, kind


def fields(node: Node, at: str = "", seen: frozenset[str] = frozenset()) -> Iterator[str]:
    """The paths below a place; a part within a part of its own kind is told once."""
    for each in node.alternatives():
        title = str(each.schema.get("title", ""))
        match kind(each):
            case "struct" if title not in seen:
                for field, inner in each.schema["properties"].items():
                    path = f"{at}.{field}" if at else field
                    yield path
                    yield from fields(each.at(inner), path, seen | {title})
            case "dict":
                inner = each.schema.get("additionalProperties")
                yield from fields(each.at(inner), f"{at}{{}}", seen)
            case "array":
                for n, inner in enumerate(each.schema.get("prefixItems", ())):
                    yield from fields(each.at(inner), f"{at}[{n}]", seen)
                yield from fields(each.at(each.schema.get("items")), f"{at}[]", seen)
