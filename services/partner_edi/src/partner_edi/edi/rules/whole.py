"""A set that was read whole, held against its table; what was found twice is said once."""

from __future__ import annotations

from collections.abc import Iterable

from ..envelope import TransactionSet
from ..finding import Finding
from .checker import SetCheck


def check_set(document: TransactionSet) -> list[Finding]:
    """Everything the tables say about a set and its own numbers."""
    check = SetCheck(document.code, document.opening, document.release)
    for segment in document.segments[1:]:
        check.take(segment)
    return check.findings


def gravest(findings: Iterable[Finding]) -> list[Finding]:
    """One finding per place: a mapping may refuse what the tables only mark as wrong."""
    kept: dict[tuple[object, ...], Finding] = {}
    for number, found in enumerate(findings):
        # A segment's own faults may be several; an element is wrong once.
        place = found.position, found.tag, found.element, found.component
        key = place if found.element else (*place, number)
        if key not in kept or kept[key].level < found.level:
            kept[key] = found
    return list(kept.values())
