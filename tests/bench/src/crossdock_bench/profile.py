"""Where a message's processor time goes: the peer's stack, looked at a thousand times a second.

The clock counts processor time only, so waiting is not in it. What C code spends without a line of
Python falls to the line that comes next, which is that of whoever it works for.
"""

from __future__ import annotations

import json
import os
import signal
from collections import Counter
from pathlib import Path
from types import FrameType

EVERY = 0.001
WRITE_EVERY = 200
VARIABLE = "BENCH_PROFILE"
REST = "event loop, and the rest"
# The first file that matches, seen from the innermost frame outwards, says whose time it is.
PARTS = {
    "crossdock/message.py": "headers into a message",
    "crossdock/ids.py": "headers into a message",
    "crossdock/reader.py": "frames from the broker",
    "crossdock/wire.py": "frames from the broker",
    "nats/": "frames from the broker",
    "asyncio/streams.py": "frames from the broker",
    "crossdock/dispatch.py": "decode the event, find and call its handler",
    "crossdock/telemetry.py": "trace of each event",
    "crossdock/tx.py": "what handlers say and write",
    "crossdock_bench/": "the handler itself",
    "asyncpg/": "PostgreSQL's driver",
    "crossdock/inbox.py": "position and inbox",
    "crossdock/database.py": "position and inbox",
    "crossdock/lanes.py": "lane and its batch",
    "crossdock/convoy.py": "lane and its batch",
    "crossdock/placement.py": "lane and its batch",
    "crossdock/runtime.py": "lane and its batch",
    "crossdock/publisher.py": "relay",
    "crossdock/outbox.py": "relay",
    "crossdock/relay.py": "relay",
}


class Sampler:
    """Counts whose turn it is, and writes that down as it goes: a peer ends by being killed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._counts: Counter[str] = Counter()
        self._known: dict[str, str | None] = {}

    def start(self) -> None:
        """From here on."""
        signal.signal(signal.SIGPROF, self._look)
        signal.setitimer(signal.ITIMER_PROF, EVERY, EVERY)

    def _look(self, _signal: int, frame: FrameType | None) -> None:
        self._counts[self.part_of(frame)] += 1
        if self._counts.total() % WRITE_EVERY == 0:
            written = self._path.with_suffix(".new")
            written.write_text(json.dumps(self._counts))
            written.replace(self._path)

    def part_of(self, frame: FrameType | None) -> str:
        """The part that a stack belongs to."""
        while frame is not None:
            name = frame.f_code.co_filename
            if name not in self._known:
                self._known[name] = next((PARTS[p] for p in PARTS if f"/{p}" in name), None)
            if part := self._known[name]:
                return part
            frame = frame.f_back
        return REST


def begin() -> None:
    """Sample this process where the bench asks for it."""
    if path := os.environ.get(VARIABLE):
        Sampler(Path(path)).start()


def shares(path: Path, microseconds: float) -> dict[str, float]:
    """Each part's share of a message's processor time, the largest first."""
    counts = Counter(json.loads(path.read_text()))
    return {part: n / counts.total() * microseconds for part, n in counts.most_common()}
