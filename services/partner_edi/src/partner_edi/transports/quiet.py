"""How long things have not changed: a file that still changes is still being written."""

from __future__ import annotations

import time
from collections.abc import Hashable, Mapping
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
S = TypeVar("S")


class Quiet(Generic[K, S]):
    """Remembers what things looked like, and since when."""

    def __init__(self) -> None:
        self._seen: dict[K, tuple[S, float]] = {}
        self._looked = 0.0

    def look(self, shapes: Mapping[K, S]) -> None:
        """What there is now; what is not there any more is forgotten."""
        self._looked, seen = time.monotonic(), {}
        for key, shape in shapes.items():
            before, since = self._seen.get(key, (shape, self._looked))
            seen[key] = (shape, since if before == shape else self._looked)
        self._seen = seen

    def of(self, key: K) -> float:
        """For how many seconds something had not changed at the last look."""
        return self._looked - self._seen[key][1]
