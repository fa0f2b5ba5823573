"""Values changed by the data element that stands in their place, in segments and in rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from .tables import Composite, Element, SegmentTable

if TYPE_CHECKING:
    from .document import Row

Change = Callable[[str], str]
# By place in the segment, then by component.
Places = Mapping[int, Mapping[int, Change]]


def places(table: SegmentTable | None, change_of: Callable[[Element], Change | None]) -> Places:
    """Where in a segment values are to be changed, and how."""
    found: dict[int, dict[int, Change]] = {}
    for at, slot in enumerate(table.slots if table else (), 1):
        parts = slot.of.parts if isinstance(slot.of, Composite) else (slot,)
        for number, part in enumerate(parts, 1):
            if isinstance(part.of, Element) and (change := change_of(part.of)) is not None:
                found.setdefault(at, {})[number] = change
    return found


def changed(row: Row, at: Places) -> Row:
    """A row with the values in these places changed."""
    made: list[Any] = list(row)
    for place, inner in at.items():
        if place < len(made):
            made[place] = _element(made[place], inner, 1)
    return made


def _element(element: Any, inner: Mapping[int, Change], number: int) -> Any:
    if isinstance(element, str):
        return inner[number](element) if number in inner else element
    return [
        _element(part, inner, n if isinstance(part, str) else 1)
        for n, part in enumerate(element, 1)
    ]
