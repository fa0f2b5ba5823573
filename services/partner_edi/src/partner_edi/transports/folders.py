"""A partner's folders: pick up what is complete, put down what is whole."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from . import names
from .quiet import Quiet, back_off

BOXES = ("inbox", "outbox", "archive", "error")
STALE = 24 * 3600.0


class Shape(msgspec.Struct, frozen=True):
    """What a file looks like without reading it: while this changes, it is being written."""

    size: int
    mtime_ns: int
    inode: int

    @classmethod
    def of(cls, status: os.stat_result) -> Shape:
        """The shape that a look at a file gave."""
        return cls(status.st_size, status.st_mtime_ns, status.st_ino)

    def __str__(self) -> str:
        return f"{self.inode}/{self.mtime_ns}/{self.size}"


class Found(msgspec.Struct, frozen=True):
    """A file in an inbox that did not change for `quiet` seconds."""

    partner_id: str
    path: Path
    shape: Shape
    quiet: float


class Watch:
    """Looks into the inboxes, and remembers how files looked before."""

    def __init__(self) -> None:
        self._quiet: Quiet[Path, Shape] = Quiet()
        self._held: dict[Path, float] = {}
        self._tries: dict[Path, int] = {}

    def hold(self, path: Path, seconds: float) -> float:
        """Leave a file alone for a while, longer each time, since it cannot be taken; how long."""
        tries = self._tries.get(path, 0)
        self._tries[path] = tries + 1
        wait = back_off(seconds, tries)
        self._held[path] = time.monotonic() + wait
        return wait

    def held(self) -> set[str]:
        """Partners with a file in the inbox that could not be taken, as of the last look."""
        return {path.parents[1].name for path in self._tries}

    def look(self, root: Path) -> list[Found]:
        """All files in all inboxes, oldest first; how long each was quiet is told, not judged."""
        found = list(_files(root))
        self._quiet.look({path: shape for _, path, shape in found})
        now = time.monotonic()
        self._held = {path: until for path, until in self._held.items() if until > now}
        there = {path for _, path, _ in found}
        self._tries = {path: tries for path, tries in self._tries.items() if path in there}
        free = [each for each in found if each[1] not in self._held]
        free.sort(key=lambda each: (each[2].mtime_ns, each[1]))
        return [Found(*each, self._quiet.of(each[1])) for each in free]


def _files(root: Path) -> Iterator[tuple[str, Path, Shape]]:
    for inbox in sorted(root.glob("*/inbox")):
        for entry in files(inbox):
            # A file may be taken away between the listing and the look.
            try:
                yield inbox.parent.name, Path(entry.path), Shape.of(entry.stat())
            except OSError:
                continue


def files(folder: Path) -> list[os.DirEntry[str]]:
    """The finished files of a folder; none where there is no such folder."""
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return []
    return [e for e in entries if not names.unfinished(e.name) and _is_plain(e)]


def _is_plain(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file(follow_symlinks=False)
    except OSError:
        return False


def make(root: Path, partners: Iterable[str]) -> None:
    """Create the four folders of each partner."""
    for partner_id in partners:
        for box in BOXES:
            (root / partner_id / box).mkdir(parents=True, exist_ok=True)


def recover(root: Path) -> None:
    """Clear what a crash left: files on their way out of an inbox go back, cut-off uploads go.

    An upload is let alone as long as another replica may still be receiving it.
    """
    for taken in root.glob("*/.taken/*/*"):
        publish(taken, taken.parents[2] / "inbox", taken.name)
        taken.parent.rmdir()
    for upload in root.glob("*/inbox/.*.upload"):
        if upload.stat().st_mtime < time.time() - STALE:
            upload.unlink(missing_ok=True)


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
    sync(folder)
    return target


def move(path: Path, shape: Shape, folder: Path, mark: str, findings: Iterable[str] = ()) -> Path:
    """Take a file that was read out of its inbox, its findings next to it.

    `mark` tells equal names apart. What came under the name since it was read goes back, and is
    looked at like any other file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    # Taken first and looked at then: nobody can put another file under the name in between.
    taken = path.parents[1] / ".taken" / secrets.token_hex(8) / path.name
    taken.parent.mkdir(parents=True)
    try:
        os.rename(path, taken)
        if Shape.of(taken.stat()) != shape:
            publish(taken, path.parent, path.name)
            raise FileNotFoundError(f"{path} is another file by now, and is looked at again")
        target = folder / path.name
        if target.exists():
            target = folder / f"{path.stem}.{mark}{path.suffix}"
        if text := "".join(f"{finding}\n" for finding in findings):
            put(folder, f"{target.name}.findings.txt", text.encode())
        os.replace(taken, target)
    finally:
        taken.parent.rmdir()
    sync(folder)
    return target


def publish(hidden: Path, folder: Path, name: str) -> Path:
    """Give a hidden file its name; where another has it, a similar one: nothing is overwritten."""
    given, target = Path(name), folder / name
    while True:
        try:
            os.link(hidden, target)
            break
        except FileExistsError:
            if target.samefile(hidden):  # linked before a crash
                break
            target = folder / f"{given.stem}.{secrets.token_hex(4)}{given.suffix}"
    hidden.unlink()
    sync(folder)
    return target


def sync(folder: Path) -> None:
    """Make what was renamed in a folder outlive a power loss."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
