"""The chassis' SQL, one file per mechanism; each statement has a name and a sentence."""

from __future__ import annotations

import re
from importlib.resources import files
from types import SimpleNamespace

NAMED = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


def queries(file: str) -> SimpleNamespace:
    """Read `<file>.sql` and give its statements by name: `queries("inbox").enter`."""
    text = files(__package__).joinpath(f"{file}.sql").read_text(encoding="utf-8")
    _, *parts = NAMED.split(text)
    return SimpleNamespace(
        **{name: sql.strip().rstrip(";") for name, sql in zip(parts[::2], parts[1::2], strict=True)}
    )
