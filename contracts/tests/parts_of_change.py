"""Parts of events, as they were and as they are, for the table of changes."""

from __future__ import annotations

from decimal import Decimal

from crossdock_contracts import Value


class Line(Value, frozen=True):
    """A part of an event."""

    no: int
    sku: str


class ItemLine(Value, frozen=True):
    """The same with a field by another name."""

    no: int
    item: str


class PricedItemLine(Value, frozen=True):
    """That with one field more."""

    no: int
    item: str
    price: Decimal


class NotedLine(Value, frozen=True):
    """The same with one field more that may be left out."""

    no: int
    sku: str
    note: str = ""


class PricedLine(Value, frozen=True):
    """The same with one field more that may not."""

    no: int
    sku: str
    price: Decimal


class BareLine(Value, frozen=True):
    """The same with one field less."""

    no: int


class Card(Value, frozen=True, tag="card"):
    """A way to pay."""

    number: str


class Bank(Value, frozen=True, tag="bank"):
    """Another."""

    iban: str = ""


class Cash(Value, frozen=True, tag="cash"):
    """A third."""


class Loose(Value, frozen=True):
    """Takes whatever else is said."""

    no: int = 0


class Strict(Value, frozen=True, forbid_unknown_fields=True):
    """Takes nothing else."""

    no: int = 0


class StrictNoted(Value, frozen=True, forbid_unknown_fields=True):
    """Takes one more."""

    no: int = 0
    note: str = ""


class Row(Value, frozen=True, array_like=True):
    """A struct written as a list."""

    no: int


class LongRow(Value, frozen=True, array_like=True):
    """A longer one."""

    no: int
    sku: str = ""


class FrontRow(Value, frozen=True, array_like=True):
    """The same with something in front."""

    sku: str
    no: int
