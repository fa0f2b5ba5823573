"""File names from outside: one part of a path, nothing that leads elsewhere."""

from __future__ import annotations

LONGEST = 200
UNFINISHED = (".tmp", ".part", ".filepart", ".partial")


def fault(name: str) -> str | None:
    """What is wrong with a file name; None for one that can lie in a folder."""
    size = len(name.encode(errors="surrogateescape"))
    if not name or name in (".", ".."):
        return f"{name!r} is no name of a file"
    if size > LONGEST:
        return f"the file name {name[:40]!r}... has {size} bytes, more than the {LONGEST} allowed"
    for character in name:
        if character in "/\\" or ord(character) < 32 or ord(character) == 127:
            return f"the file name {name!r} holds {character!r}, which no file name here may have"
    return None


def unfinished(name: str) -> bool:
    """Whether a name says that its file is still being written."""
    return name.startswith(".") or name.lower().endswith(UNFINISHED)


def storable(name: str) -> str:
    """The name as text that the store and a log can hold, whatever bytes it was made of."""
    return name.encode(errors="replace").decode().replace("\0", "?")
