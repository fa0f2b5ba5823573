"""Attributes taken of contracts' classes: in typed code, and by calling a function."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from crossdock_contracts import Event
from crossdock_contracts.shipped import examples

if TYPE_CHECKING:
    from mypy.plugin import Plugin
    from mypy.types import Type

CONTRACTS = "crossdock_contracts."


class Observed:
    """The reads of one service."""

    def __init__(self) -> None:
        self._read: set[tuple[str, str]] = set()
        self._by_protocol: set[tuple[frozenset[str], str]] = set()
        self._mentioned: set[str] = set()

    def reads(self, cls: type[Any], field: str) -> bool:
        """Whether this field is taken of the class, of a base of it, or of a protocol it fits."""
        names = {_full(base) for base in cls.__mro__}
        fields = set(getattr(cls, "__struct_fields__", ()))
        in_key = field in getattr(cls, "key_fields", ()) and any(
            (name, "key") in self._read for name in names
        )
        return (
            in_key
            or any((name, field) in self._read for name in names)
            or any(members <= fields for members, taken in self._by_protocol if taken == field)
        )

    def mentions(self, cls: type[Any]) -> bool:
        """Whether the class is named anywhere."""
        return _full(cls) in self._mentioned

    def mention(self, name: str) -> None:
        """A class of the contracts was called."""
        self._mentioned.add(name)

    def match(self, path: Path, names: Mapping[str, Any]) -> None:
        """See what patterns take: `case StockReserved(allocations=parts)`."""
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.MatchClass) and isinstance(node.cls, ast.Name):
                cls = names.get(node.cls.id)
                if isinstance(cls, type):
                    self._read |= {(_full(cls), field) for field in node.kwd_attrs}

    def take(self, receiver: Type | None, field: str) -> None:
        """An attribute was taken of an expression of this type."""
        for info in _classes(receiver):
            if info.is_protocol:
                self._by_protocol.add((frozenset(info.protocol_members), field))
            ours = (base.fullname for base in info.mro if base.fullname.startswith(CONTRACTS))
            if first := next(ours, None):
                self._read.add((first, field))

    def trace(self, event: type[Event], function: Callable[[Any], Iterable[str]]) -> None:
        """What a function takes of the examples of an event, where no types say it."""
        for _, body in examples(event):
            list(function(_Traced(msgspec.json.decode(body, type=event), self._read)))


class _Traced:
    """Stands in for a value, and notes what is taken of it."""

    def __init__(self, value: Any, read: set[tuple[str, str]]) -> None:
        self.__dict__["_value"], self.__dict__["_read"] = value, read

    def __getattr__(self, name: str) -> Any:
        self._read.add((_full(type(self._value)), name))
        return _wrapped(getattr(self._value, name), self._read)


def _full(cls: type[Any]) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"


def _wrapped(value: Any, read: set[tuple[str, str]]) -> Any:
    if isinstance(value, msgspec.Struct):
        return _Traced(value, read)
    if isinstance(value, tuple):
        return tuple(_wrapped(each, read) for each in value)
    if isinstance(value, dict):
        return {key: _wrapped(each, read) for key, each in value.items()}
    return value


def _classes(kind: Type | None) -> list[Any]:
    """The classes that an expression may be an instance of."""
    from mypy.types import Instance, TypeVarType, UnionType, get_proper_type

    match proper := get_proper_type(kind):
        case Instance():
            return [proper.type]
        case UnionType():
            return [info for each in proper.items for info in _classes(each)]
        case TypeVarType():
            bounds = proper.values or [proper.upper_bound]
            return [info for each in bounds for info in _classes(each)]
    return []


def watching(seen: Mapping[str, Observed], of: tuple[str, ...]) -> Plugin:
    """A plugin of mypy that tells whoever is at a path what is taken there of these packages."""
    from mypy.nodes import StrExpr
    from mypy.options import Options
    from mypy.plugin import AttributeContext, FunctionContext, Plugin

    def attribute(name: str, context: AttributeContext) -> Type:
        if (observed := seen.get(context.api.path)) is not None:
            observed.take(context.type, name)
        return context.default_attr_type

    def call(name: str, context: FunctionContext) -> Type:
        if (observed := seen.get(context.api.path)) is not None:
            observed.mention(name)
            if name == "builtins.getattr" and isinstance(key := context.args[1][0], StrExpr):
                observed.take(context.arg_types[0][0], key.value)
        return context.default_return_type

    class Watching(Plugin):
        def get_attribute_hook(self, fullname: str) -> Callable[[AttributeContext], Type] | None:
            within = fullname.startswith(of)
            return partial(attribute, fullname.rpartition(".")[2]) if within else None

        def get_function_hook(self, fullname: str) -> Callable[[FunctionContext], Type] | None:
            wanted = fullname == "builtins.getattr" or fullname.startswith(CONTRACTS)
            return partial(call, fullname) if wanted else None

    return Watching(Options())
