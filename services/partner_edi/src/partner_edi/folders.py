"""A partner's folders: pick up what is complete, put down what is whole."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

UNFINISHED = (".tmp", ".part")
BOXES = ("inbox", "outbox", "archive", "error")


class Found(msgspec.Struct, frozen=True):
    """A file in an inbox that did not change for `quiet` seconds."""

    partner_id: str
    path: Path
    size: int
    mtime_ns: int
    inode: int
    quiet: float


class Watch:
    """Remembers how files looked before: a file that still changes is still being written."""

    def __init__(self) -> None:
        self._seen: dict[Path, tuple[tuple[int, int, int], float]] = {}
        self._held: dict[Path, float] = {}

    def hold(self, path: Path, seconds: float) -> None:
        """Leave a file alone for a while: it could not be read or moved."""
        self._held[path] = time.monotonic() + seconds

    def look(self, root: Path) -> list[Found]:
        """All files in all inboxes, oldest first; how long each was quiet is told, not judged."""
        now, seen = time.monotonic(), {}
        found: list[Found] = []
        for partner_id, path, status in _files(root):
            shape = status.st_size, status.st_mtime_ns, status.st_ino
            before, since = self._seen.get(path, (shape, now))
            seen[path] = (shape, since if before == shape else now)
            if self._held.get(path, 0.0) <= now:
                found.append(Found(partner_id, path, *shape, now - seen[path][1]))
        self._seen = seen
        self._held = {path: until for path, until in self._held.items() if until > now}
        return sorted(found, key=lambda f: (f.mtime_ns, f.path))


def _files(root: Path) -> Iterator[tuple[str, Path, os.stat_result]]:
    for inbox in sorted(root.glob("*/inbox")):
        try:
            entries = list(os.scandir(inbox))
        except OSError:
            continue
        for entry in entries:
            if entry.name.startswith(".") or entry.name.endswith(UNFINISHED):
                continue
            # A file may be taken away between the listing and the look; a link is not followed.
            try:
                if entry.is_file(follow_symlinks=False):
                    yield inbox.parent.name, Path(entry.path), entry.stat(follow_symlinks=False)
            except OSError:
                continue


def make(root: Path, partners: Iterable[str]) -> None:
    """Create the four folders of each partner."""
    for partner_id in partners:
        for box in BOXES:
            (root / partner_id / box).mkdir(parents=True, exist_ok=True)


def put(folder: Path, name: str, content: bytes) -> Path:
    """Write a file so that nobody ever sees half of it, not even after a power loss."""
    folder.mkdir(parents=True, exist_ok=True)
    hidden = folder / f".{name}.tmp"
    with open(hidden, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    target = folder / name
    os.replace(hidden, target)
    _sync(folder)
    return target


def move(path: Path, folder: Path, mark: str, findings: Iterable[str] = ()) -> Path:
    """Take a file out of its inbox, its findings next to it; `mark` tells equal names apart."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / path.name
    if target.exists():
        target = folder / f"{path.stem}.{mark}{path.suffix}"
    if text := "".join(f"{finding}\n" for finding in findings):
        put(folder, f"{target.name}.findings.txt", text.encode())
    os.replace(path, target)
    _sync(folder)
    return target


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
