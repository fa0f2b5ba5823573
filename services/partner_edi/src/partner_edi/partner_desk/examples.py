"""A small example of any document's model, made from its fields."""

from __future__ import annotations

from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any

import msgspec
from msgspec import inspect

AT = datetime(2026, 1, 15, 8, 30, tzinfo=UTC)
# What a field of this name holds where its type alone does not tell.
BY_NAME: dict[str, Any] = {
    "uom": "EA", "country": "US", "region": "NC", "postal_code": "27601", "city": "Raleigh",
    "sscc": "003540232000000015", "carrier": "UPSN", "items": {"VN": "A1"}, "group_control": "1",
    "set_control": "0001", "set_code": "850", "name": "Example", "number": "1", "line_no": 1,
    "gtin": "04012345000009",
}  # fmt: skip
SIMPLE: dict[type, Any] = {
    inspect.BoolType: False,
    inspect.IntType: 1,
    inspect.FloatType: 1.0,
    inspect.DecimalType: Decimal(1),
    inspect.DateType: AT.date(),
    inspect.DateTimeType: AT,
    inspect.TimeType: time(8, 30),
    inspect.BytesType: b"",
}


def example(model: type[msgspec.Struct], currency: str) -> Any:
    """A model with what it must have, and one of each part that has parts of its own."""
    return _made(inspect.type_info(model), "", currency)


def _made(kind: inspect.Type, name: str, currency: str) -> Any:
    if isinstance(kind, inspect.Metadata):
        return _made(kind.type, name, currency)
    if name in BY_NAME:
        return BY_NAME[name]
    if isinstance(kind, inspect.StructType):
        told = [f for f in kind.fields if f.required or f.name in BY_NAME or _worth(f.type)]
        needed = {f.name: f.type for f in told}
        return kind.cls(**{key: _made(of, key, currency) for key, of in needed.items()})
    if isinstance(kind, inspect.StrType):
        return currency if name == "currency" else "X1"
    if isinstance(kind, inspect.LiteralType):
        return kind.values[0]
    if isinstance(kind, inspect.UnionType):
        chosen = next(of for of in kind.types if not isinstance(of, inspect.NoneType))
        return _made(chosen, name, currency)
    if isinstance(kind, inspect.VarTupleType):
        return (_made(kind.item_type, name.removesuffix("s"), currency),)
    if isinstance(kind, inspect.TupleType):
        return tuple(_made(of, name, currency) for of in kind.item_types)
    if isinstance(kind, inspect.DictType):
        return {"X1": _made(kind.value_type, name, currency)}
    return SIMPLE[type(kind)]


def _worth(kind: inspect.Type) -> bool:
    """Lines, packs, prices, places: a document without any would prove little."""
    if isinstance(kind, inspect.UnionType):
        return any(isinstance(of, inspect.StructType) for of in kind.types)
    return isinstance(kind, inspect.VarTupleType) and isinstance(kind.item_type, inspect.StructType)
