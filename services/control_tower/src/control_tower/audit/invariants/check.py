"""What a check is: a function of facts that says what differs, and which keys could explain it."""

from __future__ import annotations

import inspect
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar

from .rows import Facts

ZERO = Decimal(0)
Amounts = Mapping[tuple[Any, ...], Decimal]
Row = TypeVar("Row")


class Difference(NamedTuple):
    """Two facts that do not agree, in a sentence with their values.

    `keys` are the events' keys (or ids) that explain it while they are on their way. There are
    none where one store contradicts itself in one snapshot: no message can explain that.
    """

    subject: str
    text: str
    keys: frozenset[str] = frozenset()


Found = Iterator[Difference]


class Check(NamedTuple):
    """One way to break an invariant. The names of its parameters are the facts it needs."""

    invariant: int
    function: Callable[..., Iterable[Difference]]

    @property
    def name(self) -> str:
        """The rule, as the function's name tells it."""
        return self.function.__name__

    def run(self, facts: Facts) -> list[Difference]:
        """What differs; nothing where a store that it needs was not read."""
        needed = {
            name: getattr(facts, name) for name in inspect.signature(self.function).parameters
        }
        if any(rows is None for rows in needed.values()):
            return []
        return list(self.function(**needed))


CHECKS: list[Check] = []
Function = TypeVar("Function", bound=Callable[..., Iterable[Difference]])


def proves(invariant: int) -> Callable[[Function], Function]:
    """Make a function one of the checks of an invariant."""

    def register(function: Function) -> Function:
        CHECKS.append(Check(invariant, function))
        return function

    return register


def totals(rows: Iterable[Row], key: Callable[[Row], Any], value: Callable[[Row], Decimal]) -> Any:
    """Sums per key, zero for a key that does not occur."""
    sums: defaultdict[Any, Decimal] = defaultdict(Decimal)
    for row in rows:
        sums[key(row)] += value(row)
    return sums


def grouped(rows: Iterable[Row], key: Callable[[Row], Any]) -> dict[Any, list[Row]]:
    """Rows per key, in order of appearance."""
    groups: defaultdict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return dict(groups)


def unequal(here: Amounts, there: Amounts) -> Iterator[tuple[tuple[Any, ...], Decimal, Decimal]]:
    """Keys whose amounts differ; what only one side knows is zero on the other."""
    for key in {**here, **there}:
        mine, theirs = here.get(key, ZERO), there.get(key, ZERO)
        if mine != theirs:
            yield key, mine, theirs


def number(value: Decimal) -> str:
    """A quantity or an amount as people write it, without trailing zeros or exponent."""
    return f"{value.normalize() + 0:f}"
