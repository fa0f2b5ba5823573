"""From differences to a verdict: what is on its way, and what nothing explains."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

# Importing them registers their checks.
from . import goods, money, once, trail
from .check import CHECKS, Difference
from .rows import Facts

_ALL = (goods, once, money, trail)

NAMES = {
    1: "order lines add up, in every store",
    2: "stock adds up, reserved within on hand",
    3: "billed, credited, applied once",
    4: "receivables to the cent",
    5: "outbox, stream, inbox agree",
    6: "every event leads to its root",
}
NEW = "seen only at the last look, while the stores were changing"


@dataclass(frozen=True, kw_only=True)
class Violation:
    """What nothing explains; `check` and `subject` together say which one it is."""

    check: str
    subject: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Explained:
    """A difference with what is on its way and will remove it."""

    text: str
    because: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """One invariant: how much was compared, what is in flight, what is violated."""

    number: int
    checked: int
    in_flight: tuple[Explained, ...] = ()
    violations: tuple[Violation, ...] = ()

    @property
    def name(self) -> str:
        """The invariant in a few words."""
        return NAMES[self.number]


def judge(facts: Facts, waiting: Mapping[str, Sequence[str]]) -> dict[int, Verdict]:
    """Every invariant but the transport's, given what is on its way by key and by event id."""
    verdicts = {number: Verdict(number=number, checked=n) for number, n in _checked(facts).items()}
    for check in CHECKS:
        before = verdicts[check.invariant]
        in_flight, violations = _sorted_out(check.name, check.run(facts), waiting)
        verdicts[check.invariant] = replace(
            before,
            in_flight=(*before.in_flight, *in_flight),
            violations=(*before.violations, *violations),
        )
    return verdicts


def confirmed(earlier: Mapping[int, Verdict], later: Mapping[int, Verdict]) -> dict[int, Verdict]:
    """The later verdicts, with only those violations that stood in the earlier ones too.

    The stores are read while the mesh runs. A moment later a difference that came from reading is
    gone, or another one is there; one that is real stays.
    """
    return {number: _still(earlier[number], verdict) for number, verdict in later.items()}


def _still(earlier: Verdict, later: Verdict) -> Verdict:
    known = {(violation.check, violation.subject) for violation in earlier.violations}
    stands = [v for v in later.violations if (v.check, v.subject) in known]
    new = [v for v in later.violations if (v.check, v.subject) not in known]
    explained = (Explained(text=violation.text, because=(NEW,)) for violation in new)
    return replace(later, violations=tuple(stands), in_flight=(*later.in_flight, *explained))


def _sorted_out(
    check: str, differences: Iterable[Difference], waiting: Mapping[str, Sequence[str]]
) -> tuple[list[Explained], list[Violation]]:
    in_flight: list[Explained] = []
    violations: list[Violation] = []
    for difference in differences:
        because = [text for key in sorted(difference.keys) for text in waiting.get(key, ())]
        if because:
            in_flight.append(Explained(text=difference.text, because=tuple(because)))
        else:
            violations.append(
                Violation(check=check, subject=difference.subject, text=difference.text)
            )
    return in_flight, violations


def _checked(facts: Facts) -> dict[int, int]:
    """How many things each invariant was proved for."""
    return {
        1: len(goods.accepted(facts.orders or (), facts.order_lines or ())),
        2: len(facts.stock or ()),
        3: sum(
            len(rows or ())
            for rows in (facts.shipments, facts.return_lines, facts.payment_applications)
        ),
        4: len(facts.receivables or ()) + len(facts.invoices or ()),
        6: len(facts.events or ()),
    }
