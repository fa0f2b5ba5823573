"""Read log files from their ends."""

import time
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path

POLL_SECONDS = 0.2


def tail(path: Path, lines: int) -> list[str]:
    """The last lines of a log."""
    with path.open(errors="replace") as file:
        return [line.rstrip("\n") for line in deque(file, maxlen=lines)]


def follow(paths: Sequence[Path]) -> Iterator[tuple[Path, str]]:
    """Each line as it is written from now on; a log that was rotated is read from its start."""
    positions = {path: path.stat().st_size for path in paths}
    while True:
        for path in paths:
            lines, positions[path] = _complete_lines(path, positions[path])
            for line in lines:
                yield path, line
        time.sleep(POLL_SECONDS)


def _complete_lines(path: Path, position: int) -> tuple[list[str], int]:
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            file.seek(position if size >= position else 0)
            start = file.tell()
            text = file.read()
    except FileNotFoundError:
        return [], 0
    end = text.rfind(b"\n") + 1
    return text[:end].decode(errors="replace").splitlines(), start + end
