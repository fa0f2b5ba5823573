"""The table of changes: how one field changes, and which way that breaks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal, NamedTuple
from uuid import UUID

import msgspec
from msgspec import Meta
from parts_of_change import (
    Bank,
    BareLine,
    Card,
    Cash,
    FrontRow,
    ItemLine,
    Line,
    LongRow,
    Loose,
    NotedLine,
    PricedItemLine,
    PricedLine,
    Row,
    Strict,
    StrictNoted,
)

from crossdock_contracts import Event, Instant, Money, Quantity

NONE: tuple[Any, ...] = ()
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ID = UUID(int=7)


class Case(NamedTuple):
    """One change of the field `x`: as it was, as it is, values of both, and the verdict.

    A field is its type and perhaps its default; an empty one is absent. `breaks` has B where the
    new version cannot read the old, F the other way; small letters where bytes still decode, and
    mean something else.
    """

    name: str
    old: tuple[Any, ...]
    new: tuple[Any, ...]
    old_values: tuple[Any, ...]
    new_values: tuple[Any, ...]
    kinds: str
    breaks: str


def text(**limits: Any) -> Any:
    """A text with limits."""
    return Annotated[str, Meta(**limits)]


def number(**limits: Any) -> Any:
    """An integer with limits."""
    return Annotated[int, Meta(**limits)]


def unit(name: str) -> Any:
    """A number in a unit."""
    return Annotated[int, Meta(extra_json_schema={"x-unit": name})]


def guarded(name: str) -> Any:
    """A text of a data class."""
    return Annotated[str, Meta(extra_json_schema={"x-data-class": name})]


def called(name: str, default: Any = msgspec.NODEFAULT) -> Any:
    """The field by another name in bodies."""
    return msgspec.field(default=default, name=name)


Few = Annotated[tuple[int, ...], Meta(max_length=2)]
Some = Annotated[tuple[int, ...], Meta(min_length=1)]
Small = Annotated[dict[str, int], Meta(max_length=1)]

PRESENCE = [
    Case("added with a default", NONE, (str, ""), NONE, ("a",), "field added", ""),
    Case("added, may be null", NONE, (int | None, None), NONE, (1, None), "field added", ""),
    Case("added, a part with a default", NONE, (Line | None, None), NONE, (Line(no=1, sku="A"),),
         "field added", ""),
    Case("added without default", NONE, (str,), NONE, ("a",), "field added", "B"),
    Case("added, null but no default", NONE, (str | None,), NONE, (None,), "field added", "B"),
    Case("removed, was required", (str,), NONE, ("a",), NONE, "field removed", "F"),
    Case("removed, had a default", (str, ""), NONE, ("a",), NONE, "field removed", "f"),
    Case("renamed, was required", (str,), (str, called("y")), ("a",), ("b",),
         "field renamed", "BF"),
    Case("renamed, had a default", (str, ""), (str, called("y", "")), ("a",), ("b",),
         "field renamed", "bf"),
    Case("renamed and given a default", (str,), (str, called("y", "")), ("a",), ("b",),
         "field renamed", "bF"),
    Case("renamed and retyped", (str,), (int, called("y")), ("a",), (1,),
         "field added, field removed", "BF"),
    Case("default changed", (str, "a"), (str, "b"), ("c",), ("c",), "default", "bf"),
    Case("default of a list changed", (tuple[int, ...], ()), (tuple[int, ...], (1,)), ((2,),),
         ((2,),), "default", "bf"),
    Case("default given", (str,), (str, ""), ("a",), ("b",), "made optional", "F"),
    Case("default taken away", (str, ""), (str,), ("a",), ("b",), "made required", "B"),
    Case("default given, null allowed", (int,), (int | None, None), (1,), (None,),
         "made optional, null allowed", "F"),
    Case("default null taken away", (int | None, None), (int,), (1,), (1,),
         "made required, null refused", "B"),
    Case("null allowed", (int,), (int | None,), (1,), (1, None), "null allowed", "F"),
    Case("null refused", (int | None,), (int,), (1, None), (1,), "null refused", "B"),
    Case("null allowed in a list", (tuple[int, ...],), (tuple[int | None, ...],), ((1,),),
         ((1, None),), "null allowed", "F"),
    Case("nothing changed", (str, "a"), (str, "a"), ("b",), ("b",), "", ""),
    Case("said in other words", (text(description="One."),), (text(description="Two."),), ("a",),
         ("b",), "", ""),
]  # fmt: skip

TYPES = [
    Case("text to integer", (str,), (int,), ("a",), (1,), "retyped", "BF"),
    Case("text to number", (str,), (float,), ("1.5",), (1.5,), "retyped", "BF"),
    Case("text to boolean", (str,), (bool,), ("yes",), (True,), "retyped", "BF"),
    Case("integer to number", (int,), (float,), (1,), (1.5,), "widened", "F"),
    Case("number to integer", (float,), (int,), (1.5,), (1,), "narrowed", "B"),
    Case("integer to decimal", (int,), (Decimal,), (1,), (Decimal("1.5"),), "widened", "F"),
    Case("number to decimal", (float,), (Decimal,), (1.5,), (Decimal("1.5"),), "widened", "F"),
    Case("decimal to number", (Decimal,), (float,), (Decimal("1.5"),), (1.5,), "narrowed", "B"),
    Case("decimal to text", (Decimal,), (str,), (Decimal(1),), ("one",), "widened", "F"),
    Case("text to decimal", (str,), (Decimal,), ("one",), (Decimal(1),), "narrowed", "B"),
    Case("integer to boolean", (int,), (bool,), (1,), (True,), "retyped", "BF"),
    Case("moment to text", (Instant,), (str,), (NOON,), ("noon",), "widened", "F"),
    Case("text to moment", (str,), (Instant,), ("noon",), (NOON,), "narrowed", "B"),
    Case("moment to day", (Instant,), (date,), (NOON,), (NOON.date(),), "retyped", "BF"),
    Case("day to moment", (date,), (Instant,), (NOON.date(),), (NOON,), "retyped", "BF"),
    Case("uuid to text", (UUID,), (str,), (ID,), ("x",), "widened", "F"),
    Case("text to uuid", (str,), (UUID,), ("x",), (ID,), "narrowed", "B"),
    Case("anything to text", (Any,), (str,), (1,), ("a",), "narrowed", "B"),
    Case("text to anything", (str,), (Any,), ("a",), (1,), "widened", "F"),
    Case("one to many", (str,), (tuple[str, ...],), ("a",), (("a",),), "retyped", "BF"),
    Case("many to one", (tuple[str, ...],), (str,), (("a",),), ("a",), "retyped", "BF"),
    Case("list to set", (tuple[str, ...],), (frozenset[str],), (("a", "a"),), (frozenset("a"),),
         "repetition", "b"),
    Case("set to list", (frozenset[str],), (tuple[str, ...],), (frozenset("a"),), (("a", "a"),),
         "repetition", "f"),
    Case("list of texts to numbers", (tuple[str, ...],), (tuple[int, ...],), (("a",),), ((1,),),
         "retyped", "BF"),
    Case("map of texts to numbers", (dict[str, str],), (dict[str, int],), ({"a": "b"},),
         ({"a": 1},), "retyped", "BF"),
    Case("map of numbers to decimals", (dict[str, int],), (dict[str, Decimal],), ({"a": 1},),
         ({"a": Decimal("1.5")},), "widened", "F"),
    Case("amount to money", (Decimal,), (Money,), (Decimal(1),), (Money(Decimal(1), "USD"),),
         "retyped", "BF"),
    Case("money to quantity", (Money,), (Quantity,), (Money(Decimal(1), "USD"),),
         (Quantity(Decimal(1), "EA"),),
         "field added, field added, field removed, field removed", "BF"),
    Case("a type more", (int,), (int | str,), (1,), (1, "a"), "variant added", "F"),
    Case("a type less", (int | str,), (int,), (1, "a"), (1,), "variant removed", "B"),
    Case("pair to triple", (tuple[int, int],), (tuple[int, int, int],), ((1, 2),), ((1, 2, 3),),
         "retyped", "BF"),
    Case("pair to list", (tuple[int, int],), (tuple[int, ...],), ((1, 2),), ((1, 2, 3),),
         "widened", "F"),
    Case("number to whole seconds", (timedelta,), (int,), (timedelta(seconds=1),), (1,),
         "retyped", "BF"),
    Case("bytes to text", (bytes,), (str,), (b"a",), ("!",), "widened", "F"),
    Case("shorter keys", (dict[str, int],), (dict[text(max_length=3), int],), ({"abcd": 1},),
         ({"abc": 1},), "narrowed", "B"),
    Case("list of longer texts", (tuple[text(max_length=3), ...],),
         (tuple[text(max_length=9), ...],), (("abc",),), (("abcd",),), "widened", "F"),
    Case("map to list", (dict[str, int],), (tuple[int, ...],), ({"a": 1},), ((1,),),
         "retyped", "BF"),
    Case("boolean to text", (bool,), (str,), (True,), ("yes",), "retyped", "BF"),
    Case("second of a pair", (tuple[int, int],), (tuple[int, float],), ((1, 2),), ((1, 2.5),),
         "widened", "F"),
]  # fmt: skip

VALUES = [
    Case("value added", (Literal["a"],), (Literal["a", "b"],), ("a",), ("b",), "value added", "F"),
    Case("value removed", (Literal["a", "b"],), (Literal["a"],), ("b",), ("a",),
         "value removed", "B"),
    Case("value renamed", (Literal["a", "b"],), (Literal["a", "c"],), ("b",), ("c",),
         "value added, value removed", "BF"),
    Case("values in another order", (Literal["a", "b"],), (Literal["b", "a"],), ("a", "b"),
         ("a", "b"), "", ""),
    Case("null among values", (Literal["a"],), (Literal["a"] | None,), ("a",), (None,),
         "null allowed", "F"),
    Case("values to numbers of the same look", (Literal["1"],), (Literal[1],), ("1",), (1,),
         "value added, value removed", "BF"),
    Case("values to text", (Literal["a"],), (str,), ("a",), ("b",), "widened", "F"),
    Case("text to values", (str,), (Literal["a"],), ("b",), ("a",), "narrowed", "B"),
    Case("numbered value added", (Literal[1, 2],), (Literal[1, 2, 3],), (1,), (3,),
         "value added", "F"),
    Case("values to numbers", (Literal[1, 2],), (number(ge=0),), (1,), (3,), "widened", "F"),
    Case("values to longer text", (Literal["a"],), (text(min_length=2),), ("a",), ("bc",),
         "retyped", "BF"),
    Case("shorter text", (text(max_length=9),), (text(max_length=3),), ("abcd",), ("abc",),
         "narrowed", "B"),
    Case("longer text", (text(max_length=3),), (text(max_length=9),), ("abc",), ("abcd",),
         "widened", "F"),
    Case("length limited", (str,), (text(max_length=3),), ("abcd",), ("abc",), "narrowed", "B"),
    Case("length unlimited", (text(max_length=3),), (str,), ("abc",), ("abcd",), "widened", "F"),
    Case("empty refused", (str,), (text(min_length=1),), ("",), ("a",), "narrowed", "B"),
    Case("pattern given", (str,), (text(pattern="^[A-Z]+$"),), ("a",), ("A",), "narrowed", "B"),
    Case("pattern taken away", (text(pattern="^[A-Z]+$"),), (str,), ("A",), ("a",),
         "widened", "F"),
    Case("pattern changed", (text(pattern="^[A-Z]+$"),), (text(pattern="^[a-z]+$"),), ("A",),
         ("a",), "retyped", "BF"),
    Case("higher minimum", (number(ge=0),), (number(ge=1),), (0,), (1,), "narrowed", "B"),
    Case("lower minimum", (number(ge=1),), (number(ge=0),), (1,), (0,), "widened", "F"),
    Case("higher maximum", (number(le=9),), (number(le=99),), (9,), (10,), "widened", "F"),
    Case("lower maximum", (number(le=99),), (number(le=9),), (10,), (9,), "narrowed", "B"),
    Case("limit itself refused", (number(ge=0),), (number(gt=0),), (0,), (1,), "narrowed", "B"),
    Case("shifted range", (number(ge=0, le=5),), (number(ge=3, le=9),), (0,), (9,),
         "retyped", "BF"),
    Case("only even", (int,), (number(multiple_of=2),), (1,), (2,), "narrowed", "B"),
    Case("finer steps", (number(multiple_of=4),), (number(multiple_of=2),), (4,), (2,),
         "widened", "F"),
    Case("fewer entries", (tuple[int, ...],), (Few,), ((1, 2, 3),), ((1,),), "narrowed", "B"),
    Case("more entries", (Few,), (tuple[int, ...],), ((1,),), ((1, 2, 3),), "widened", "F"),
    Case("never empty", (tuple[int, ...],), (Some,), ((),), ((1,),), "narrowed", "B"),
    Case("smaller map", (dict[str, int],), (Small,), ({"a": 1, "b": 2},), ({"a": 1},),
         "narrowed", "B"),
]  # fmt: skip

L, N, P, B = Line(no=1, sku="A"), NotedLine(no=1, sku="A", note="n"), PricedLine, BareLine(no=1)

PARTS = [
    Case("part grows", (Line,), (NotedLine,), (L,), (N,), "field added", ""),
    Case("part demands more", (Line,), (PricedLine,), (L,), (P(no=1, sku="A", price=Decimal(1)),),
         "field added", "B"),
    Case("part shrinks", (Line,), (BareLine,), (L,), (B,), "field removed", "F"),
    Case("part loses a default", (NotedLine,), (Line,), (N,), (L,), "field removed", "f"),
    Case("parts in a list grow", (tuple[Line, ...],), (tuple[NotedLine, ...],), ((L,),), ((N,),),
         "field added", ""),
    Case("parts in a list shrink", (tuple[Line, ...],), (tuple[BareLine, ...],), ((L,),), ((B,),),
         "field removed", "F"),
    Case("parts in a map shrink", (dict[str, Line],), (dict[str, BareLine],), ({"a": L},),
         ({"a": B},), "field removed", "F"),
    Case("part behind null grows", (Line | None,), (NotedLine | None,), (L, None), (N, None),
         "field added", ""),
    Case("part renames a field", (Line,), (ItemLine,), (L,), (ItemLine(no=1, item="A"),),
         "field renamed", "BF"),
    Case("part renames one field and takes another", (Line,), (PricedItemLine,), (L,),
         (PricedItemLine(no=1, item="A", price=Decimal(1)),), "field added, field renamed", "BF"),
    Case("part allows null", (Line,), (Line | None,), (L,), (None,), "null allowed", "F"),
    Case("part to row", (Line,), (Row,), (L,), (Row(no=1),), "retyped", "BF"),
    Case("part to parts", (Line,), (tuple[Line, ...],), (L,), ((L,),), "retyped", "BF"),
    Case("part to map", (Line,), (dict[str, Any],), (L,), ({},), "widened", "F"),
    Case("part to text", (Line,), (str,), (L,), ("a",), "retyped", "BF"),
    Case("variant added", (Card | Bank,), (Card | Bank | Cash,), (Bank(),), (Cash(),),
         "variant added", "F"),
    Case("variant removed", (Card | Bank,), (Card,), (Bank(),), (Card(number="1"),),
         "variant removed", "B"),
    Case("unknown refused", (Loose,), (Strict,), (Loose(no=1),), (Strict(no=1),),
         "unknown fields refused", "b"),
    Case("unknown taken", (Strict,), (Loose,), (Strict(no=1),), (Loose(no=1),), "", ""),
    Case("strict part grows", (Strict,), (StrictNoted,), (Strict(no=1),), (StrictNoted(note="n"),),
         "field added", "F"),
    Case("strict part shrinks", (StrictNoted,), (Strict,), (StrictNoted(note="n"),),
         (Strict(no=1),), "field removed", "Bf"),
    Case("row takes one in front", (Row,), (FrontRow,), (Row(no=1),), (FrontRow(sku="A", no=1),),
         "retyped", "BF"),
    Case("row grows", (Row,), (LongRow,), (Row(no=1),), (LongRow(no=1, sku="A"),), "", ""),
]  # fmt: skip

MEANING = [
    Case("unit changed", (unit("d"),), (unit("h"),), (1,), (24,), "unit", "bf"),
    Case("unit taken away", (unit("d"),), (int,), (1,), (1,), "unit", "bf"),
    Case("unit told", (int,), (unit("d"),), (1,), (1,), "", ""),
    Case("now personal", (guarded("public"),), (guarded("personal"),), ("a",), ("b",),
         "data class", "f"),
    Case("no longer personal", (guarded("personal"),), (guarded("internal"),), ("a",), ("b",),
         "data class", "b"),
    Case("financial to personal", (guarded("financial"),), (guarded("personal"),), ("a",), ("b",),
         "data class", "bf"),
    Case("classed as personal", (str,), (guarded("personal"),), ("a",), ("b",), "data class", "f"),
    Case("classed as it was taken", (str,), (guarded("internal"),), ("a",), ("b",), "", ""),
]  # fmt: skip

CASES = [*PRESENCE, *TYPES, *VALUES, *PARTS, *MEANING]


def declared(name: str, field: tuple[Any, ...], **options: Any) -> type[msgspec.Struct]:
    """An event with the field, as it is declared at one time."""
    return msgspec.defstruct(
        name,
        [("order_id", str), *([("x", *field)] if field else [])],
        bases=(Event,),
        frozen=True,
        kw_only=True,
        tag="samples.made.v1",
        **options,
    )
