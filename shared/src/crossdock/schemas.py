"""Makes JSON schemas speak to people: titles, data classes and examples for each field."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from crossdock_contracts.accepts import Node
from crossdock_contracts.meaning import DATA_CLASS, data_class

Json = dict[str, Any]


def explained(definitions: Json) -> Json:
    """Give each field its data class and the title that its name is; a reference's own stands."""
    for definition in definitions.values():
        for field, schema in definition.get("properties", {}).items():
            if "$ref" not in schema:
                schema.setdefault("title", field.replace("_", " ").capitalize())
                _classed(schema)
    return definitions


def _classed(schema: Json) -> None:
    """Say of a plain value from whom it is kept; a part's own fields say it themselves."""
    if schema.get("type") == "array":
        for each in (schema.get("items"), *schema.get("prefixItems", ())):
            if isinstance(each, dict):
                _classed(each)
    elif "$ref" not in schema and not any("$ref" in each for each in schema.get("anyOf", ())):
        schema.setdefault(DATA_CLASS, data_class(Node(schema, {})))


def filled(definitions: Json, schema: Json, bodies: Iterable[Any]) -> None:
    """Give each plain field the first value that an example has for it."""
    for body in bodies:
        _fill(definitions, schema, body)


def _fill(definitions: Json, schema: Json, value: Any) -> None:
    for each in _alternatives(definitions, schema):
        properties = each.get("properties", {})
        if isinstance(value, dict):
            for field, inner in value.items():
                if field in properties:
                    _fill(definitions, properties[field], inner)
                elif isinstance(rest := each.get("additionalProperties"), dict):
                    _fill(definitions, rest, inner)
        elif isinstance(value, list):
            for inner in value:
                if isinstance(items := each.get("items"), dict):
                    _fill(definitions, items, inner)
    if not isinstance(value, (dict, list)) and value not in (None, "") and "enum" not in schema:
        schema.setdefault("examples", [value])


def _alternatives(definitions: Json, schema: Json) -> list[Json]:
    if "$ref" in schema:
        return [definitions[schema["$ref"].rpartition("/")[2]]]
    if "anyOf" in schema:
        return [each for one in schema["anyOf"] for each in _alternatives(definitions, one)]
    return [schema]
