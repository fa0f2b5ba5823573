"""How long things have not changed, and how long to wait before the next try."""

from __future__ import annotations

import random
import time
from collections.abc import Hashable, Mapping
from typing import Generic, TypeVar

LONGEST_WAIT = 900.0
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


def back_off(usual: float, failures: int) -> float:
    """Seconds until the next try: doubling from the usual, at most a quarter of an hour more."""
    wait = usual * 2.0 ** min(failures, 20)
    return max(usual, min(wait, LONGEST_WAIT)) * random.uniform(0.9, 1.1)  # noqa: S311 - no secret
