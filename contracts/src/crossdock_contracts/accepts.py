"""Whether one schema takes everything that another may say: the question behind every verdict.

It speaks the JSON schema that msgspec writes and judges as msgspec decodes: unknown fields are
skipped, an integer is a number, a number is a Decimal, and nothing else is taken for anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

Json = dict[str, Any]
# What these say is for readers.
PROSE = {"title", "description", "examples"}
# What a reader demands at least and at most, by keyword.
AT_LEAST = {"minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"}
AT_MOST = {"maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"}


class Node(NamedTuple):
    """A place in a schema, with the definitions its references lead to."""

    schema: Json
    defs: Json

    def at(self, schema: Any) -> Node:
        """Another place in the same document; what is said nowhere may be anything."""
        return Node(schema if isinstance(schema, dict) else {}, self.defs)

    def resolved(self) -> Node:
        """The same place with its reference followed; words beside the reference stay."""
        schema = self.schema
        while name := schema.get("$ref", "").rpartition("/")[2]:
            beside = {word: value for word, value in schema.items() if word != "$ref"}
            schema = {**self.defs[name], **beside}
        return Node(schema, self.defs)

    def alternatives(self) -> list[Node]:
        """What may stand here, one node for each member of a union."""
        here = self.resolved()
        inner = here.schema.get("anyOf") or here.schema.get("allOf")
        return [a for each in inner for a in self.at(each).alternatives()] if inner else [here]


class Gap(NamedTuple):
    """What the reader does not take, and where."""

    path: str
    what: str


def root(schema: Json) -> Node:
    """A whole schema, as `msgspec.json.schema` writes it."""
    return Node(schema, schema.get("$defs", {}))


def gaps(reader: Node, writer: Node, path: str = "") -> list[Gap]:
    """Why the reader cannot decode everything the writer may encode; empty when it can."""
    return list(_gaps(reader, writer, path, set()))


def kind(node: Node) -> str:
    """What sort of value: null, any, enum, struct, dict, array, or the scalar's type or format."""
    schema = node.schema
    if "enum" in schema:
        return "enum"
    match schema.get("type"):
        case "object":
            return "struct" if "properties" in schema else "dict"
        case "string":
            return str(schema.get("format") or schema.get("contentEncoding") or "string")
        case None:
            return "any"
        case other:
            return str(other)


def tag(node: Node) -> Any:
    """The literal that tells a struct of a union from the others; None where it has none."""
    for each in node.schema.get("properties", {}).values():
        if "default" not in each and len(each.get("enum", ())) == 1 and each.keys() <= {"enum"}:
            return each["enum"][0]
    return None


def _gaps(reader: Node, writer: Node, path: str, seen: set[tuple[int, int]]) -> Iterator[Gap]:
    pair = (id(reader.schema), id(writer.schema))
    if pair in seen:
        return
    seen = seen | {pair}
    readers = reader.alternatives()
    for said in writer.alternatives():
        tries = [list(_one(each, said, path, seen)) for each in readers]
        if not all(tries):
            continue
        if (near := _nearest(readers, said)) is not None:
            yield from tries[near]
        else:
            yield Gap(path, f"{describe(said)} is not {describe(reader)}")


def _nearest(readers: list[Node], said: Node) -> int | None:
    """The one alternative that is meant for what is said: by its tag, or by its kind."""
    alike = [n for n, each in enumerate(readers) if kind(each) == kind(said)]
    tagged = [n for n in alike if tag(readers[n]) == tag(said)]
    return next((found[0] for found in (tagged, alike) if len(found) == 1), None)


def _one(reader: Node, writer: Node, path: str, seen: set[tuple[int, int]]) -> Iterator[Gap]:
    match kind(reader), kind(writer):
        case "any", _:
            return
        case _, "enum":
            for value in writer.schema["enum"]:
                if not _takes(reader, value):
                    yield Gap(path, f"{value!r} is not {describe(reader)}")
        case "struct", "struct":
            yield from _struct(reader, writer, path, seen)
        case "struct", "dict":
            for field in reader.schema.get("required", ()):
                yield Gap(_join(path, field), "may be left out, and has no default")
            values = _values(writer)
            for field, each in reader.schema["properties"].items():
                yield from _gaps(reader.at(each), values, _join(path, field), seen)
        case "dict", "struct":
            for field, each in writer.schema["properties"].items():
                yield from _gaps(_values(reader), writer.at(each), _join(path, field), seen)
        case "dict", "dict":
            yield from _limits(reader, writer, path)
            yield from _gaps(_values(reader), _values(writer), f"{path}{{}}", seen)
        case "array", "array":
            yield from _array(reader, writer, path, seen)
        case wanted, given if wanted == given or given in TAKEN.get(wanted, ()):
            yield from _limits(reader, writer, path)
        case _:
            yield Gap(path, f"{describe(writer)} is not {describe(reader)}")


TEXTS = {"string", "decimal", "date-time", "date", "time", "duration", "uuid", "base64"}
TAKEN = {"number": {"integer"}, "decimal": {"integer", "number"}, "string": TEXTS}


def _struct(reader: Node, writer: Node, path: str, seen: set[tuple[int, int]]) -> Iterator[Gap]:
    wanted, given = reader.schema["properties"], writer.schema["properties"]
    demanded, sure = reader.schema.get("required", ()), writer.schema.get("required", ())
    for field, each in wanted.items():
        at = _join(path, field)
        if field in given:
            yield from _gaps(reader.at(each), writer.at(given[field]), at, seen)
            if field in demanded and field not in sure:
                yield Gap(at, "may be left out, and has no default")
        elif field in demanded:
            yield Gap(at, "is missing, and has no default")
    if reader.schema.get("additionalProperties") is False:
        for field in given.keys() - wanted.keys():
            yield Gap(_join(path, field), "is refused, as is every unknown field")


def _array(reader: Node, writer: Node, path: str, seen: set[tuple[int, int]]) -> Iterator[Gap]:
    wanted, given = _elements(reader), _elements(writer)
    if given.first and "items" not in writer.schema:
        given = given._replace(rest=None)  # a struct as a list, which says no more than it has
    yield from _limits(reader, writer, path)
    for n in range(max(len(wanted.first), len(given.first))):
        one, other = wanted.nth(n), given.nth(n)
        if one is not None and other is not None:
            yield from _gaps(one, other, f"{path}[{n}]", seen)
    if wanted.rest is not None and given.rest is not None:
        yield from _gaps(wanted.rest, given.rest, f"{path}[]", seen)


class _Elements(NamedTuple):
    first: list[Node]
    rest: Node | None

    def nth(self, n: int) -> Node | None:
        return self.first[n] if n < len(self.first) else self.rest


def _elements(node: Node) -> _Elements:
    schema = node.schema
    rest = None if schema.get("items") is False else node.at(schema.get("items"))
    return _Elements([node.at(each) for each in schema.get("prefixItems", ())], rest)


def _values(node: Node) -> Node:
    return node.at(node.schema.get("additionalProperties"))


def _limits(reader: Node, writer: Node, path: str) -> Iterator[Gap]:
    """Where the writer goes further than the reader allows."""
    wanted, given = reader.schema, writer.schema
    for word in sorted(wanted.keys() & (AT_LEAST | AT_MOST)):
        if not (_within(word, wanted[word], given) or _implied(word, wanted[word], given)):
            yield Gap(path, f"{word} {wanted[word]} is not kept")
    for word in ("pattern", "propertyNames"):
        if word in wanted and given.get(word) != wanted[word]:
            yield Gap(path, f"{word} {wanted[word]} is not kept")
    step = wanted.get("multipleOf")
    if step is not None and (given.get("multipleOf") is None or given["multipleOf"] % step):
        yield Gap(path, f"multipleOf {step} is not kept")


def _within(word: str, limit: Any, given: Json) -> bool:
    if word not in given:
        return False
    return bool(given[word] >= limit if word in AT_LEAST else given[word] <= limit)


def _implied(word: str, limit: Any, given: Json) -> bool:
    """Whether another word of the writer keeps the limit: above 4 is at least 4."""
    match word:
        case "minimum":
            return bool(given.get("exclusiveMinimum", limit - 1) >= limit)
        case "maximum":
            return bool(given.get("exclusiveMaximum", limit + 1) <= limit)
        case "exclusiveMinimum":
            return bool(given.get("minimum", limit) > limit)
        case "exclusiveMaximum":
            return bool(given.get("maximum", limit) < limit)
    return False


def _takes(reader: Node, value: Any) -> bool:
    """Whether a reader takes one value of an enum."""
    schema, text = reader.schema, isinstance(value, str)
    if "enum" in schema:
        return value in schema["enum"]
    if kind(reader) != ("string" if text else "integer"):
        return not text and kind(reader) in {"number", "decimal"} and not isinstance(value, bool)
    said: Json = {"minLength": len(value), "maxLength": len(value)} if text else {}
    said = said or {"minimum": value, "maximum": value, "multipleOf": value}
    if text and re.search(schema.get("pattern", ""), value):
        said["pattern"] = schema.get("pattern")
    return not list(_limits(reader, Node(said, {}), ""))


def _join(path: str, field: str) -> str:
    return f"{path}.{field}" if path else field


def describe(node: Node) -> str:
    """A type in few words, for people."""
    return " | ".join(_word(each) for each in node.alternatives())


def _word(node: Node) -> str:
    schema = node.schema
    match kind(node):
        case "enum":
            return "one of " + ", ".join(map(str, schema["enum"]))
        case "struct":
            return str(schema.get("title", "an object"))
        case "dict":
            return f"a map of {describe(_values(node))}"
        case "array":
            inner = [describe(node.at(each)) for each in schema.get("prefixItems", ())]
            inner = inner or [describe(node.at(schema.get("items")))]
            return f"a list of {', '.join(inner)}{_said(schema)}"
        case word:
            return f"{word}{_said(schema)}"


def _said(schema: Json) -> str:
    words = (AT_LEAST | AT_MOST | {"pattern", "multipleOf"}) & schema.keys()
    return f" ({', '.join(f'{word} {schema[word]}' for word in sorted(words))})" if words else ""
