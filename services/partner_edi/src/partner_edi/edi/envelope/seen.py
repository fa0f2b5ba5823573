"""Control numbers seen: in little memory when they count up, as they mostly do."""

from __future__ import annotations

from ..segments import count


class Seen:
    """Tells repetitions; numbers of one length that follow each other are kept as a run."""

    def __init__(self) -> None:
        self._others: set[str] = set()
        self._length = self._first = self._last = -1

    def add(self, control: str) -> bool:
        """Remember a control number; False when it is there already."""
        number = count(control)
        if number is not None and self._first < 0:
            self._length, self._first, self._last = len(control), number, number
            return True
        if number is not None and len(control) == self._length:
            if self._first <= number <= self._last:
                return False
            if number == self._last + 1 and control not in self._others:
                self._last = number
                return True
        fresh = control not in self._others
        self._others.add(control)
        return fresh
