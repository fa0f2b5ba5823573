"""What lies beside the code: snapshots, examples, consumers; in the repository and in the wheel."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from .accepts import Json
from .event import name_of

PACKAGE = Path(__file__).parent
REPOSITORY = PACKAGE.parents[1]


def folder(name: str) -> Path:
    """`snapshots`, `examples` or `consumers`: in the installed package, or in the repository."""
    inside = PACKAGE / name
    return inside if inside.is_dir() else REPOSITORY / name


@cache
def snapshots() -> dict[str, Json]:
    """Every contract as this version of the package has it, by its literal."""
    return {p.stem: json.loads(p.read_bytes()) for p in sorted(folder("snapshots").glob("*.json"))}


def examples(event: type[Any] | str) -> list[tuple[str, bytes]]:
    """The examples of an event, by class or literal: their names and bodies."""
    literal = event if isinstance(event, str) else str(name_of(event))
    return [
        (path.stem, path.read_bytes())
        for path in sorted((folder("examples") / literal).glob("*.json"))
    ]
