"""Freeze the contracts: `python -m crossdock_contracts.freeze` writes each one's snapshot.

A snapshot is the JSON schema of one event or question, with its key and its owner's noun. With
`--check` nothing is written, and any difference fails. Once CHANGELOG.md names a release, a change
that is not an addition with a default is refused: it needs a new version.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from .event import Event, Question, catalogue, name_of

ROOT = Path(__file__).parents[2]
RELEASE = re.compile(r"^## \[?[0-9]", re.MULTILINE)
# What these say is for readers; it may become clearer at any time.
PROSE = {"title", "description"}


def snapshot(cls: type[msgspec.Struct]) -> dict[str, Any]:
    """What other programs rely on: name, owner, key or answer, and the schema."""
    name = name_of(cls)
    found: dict[str, Any] = {"title": str(name), "owner": name.noun}
    if issubclass(cls, Event):
        found["key"] = key_of(cls)
    else:
        found["answer"] = msgspec.json.schema(answer_of(cls))
    return {**found, "schema": msgspec.json.schema(cls)}


def key_of(cls: type[Event]) -> str:
    """How the key is made of the fields: `{order_id}`, `{partner_id}/{po_number}`."""
    return "/".join(f"{{{field}}}" for field in cls.key_fields)


def answer_of(cls: type[Any]) -> Any:
    """The answer that a question is declared with."""
    return next(base.__args__[0] for base in cls.__orig_bases__ if hasattr(base, "__args__"))


def snapshots() -> dict[str, dict[str, Any]]:
    """A snapshot of every event and question, by its literal."""
    events = catalogue().values()
    questions = [cls for cls in Question.__subclasses__() if cls.__module__.startswith(__package__)]
    return {str(name_of(cls)): snapshot(cls) for cls in (*events, *questions)}


def breaks(old: Any, new: Any, at: str = "") -> Iterator[str]:
    """Every difference that is not an addition with a default, as a sentence."""
    if isinstance(old, dict) and isinstance(new, dict):
        yield from _breaks_of_object(old, new, at)
    elif _is_set(old) and _is_set(new) and set(old) == set(new):
        return
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for n, (before, after) in enumerate(zip(old, new, strict=True)):
            yield from breaks(before, after, f"{at}/{n}")
    elif old != new:
        yield f"{at or '/'}: {json.dumps(old)} became {json.dumps(new)}"


def _is_set(value: Any) -> bool:
    """Whether it is a list of words, such as `required` or `enum`, whose order says nothing."""
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _breaks_of_object(old: dict[str, Any], new: dict[str, Any], at: str) -> Iterator[str]:
    # Below `properties` and `$defs` stand names that others chose; elsewhere, JSON schema's words.
    named = at.endswith(("/properties", "/$defs"))
    for word in old.keys() | new.keys():
        if not named and word in PROSE and at:
            continue
        if word not in new:
            yield f"{at}/{word} is gone"
        elif word in old:
            yield from breaks(old[word], new[word], f"{at}/{word}")
        elif not named:
            yield f"{at}/{word} is new: {json.dumps(new[word])}"


def render(value: Any) -> str:
    """JSON as it is committed."""
    return json.dumps(value, indent=2, sort_keys=True) + "\n"


def differences(folder: Path) -> Iterator[str]:
    """How the snapshots in a folder differ from the code, one line each."""
    now = snapshots()
    kept = {path.stem: path for path in folder.glob("*.json")}
    for literal in sorted(now.keys() | kept.keys()):
        if literal not in now:
            yield f"{literal}: has a snapshot, but is declared nowhere"
        elif literal not in kept:
            yield f"{literal}: has no snapshot"
        elif (text := kept[literal].read_text(encoding="utf-8")) != render(now[literal]):
            found = sorted(breaks(json.loads(text), now[literal]))
            yield from (f"{literal}: {each}" for each in found or ["has additions"])


def broken(folder: Path) -> list[str]:
    """The released contracts in a folder that the code does not keep."""
    now, found = snapshots(), []
    for path in sorted(folder.glob("*.json")):
        old = json.loads(path.read_text(encoding="utf-8"))
        gone = path.stem not in now
        found += [
            f"{path.stem}: {e}" for e in (["is gone"] if gone else breaks(old, now[path.stem]))
        ]
    return found


def is_released(root: Path) -> bool:
    """Whether the changelog names a release: from then on contracts only grow."""
    return RELEASE.search((root / "CHANGELOG.md").read_text(encoding="utf-8")) is not None


def write(root: Path) -> list[str]:
    """Write all snapshots, or nothing: then what a release promised and the code breaks."""
    folder = root / "snapshots"
    if is_released(root) and (found := broken(folder)):
        return found
    folder.mkdir(exist_ok=True)
    now = snapshots()
    for path in folder.glob("*.json"):
        if path.stem not in now:
            path.unlink()
    for literal, each in now.items():
        (folder / f"{literal}.json").write_text(render(each), encoding="utf-8")
    return []


def main(arguments: Sequence[str] | None = None) -> int:
    """The command: 0 when the snapshots are as the code says, 1 with a line for each difference."""
    parser = argparse.ArgumentParser(prog="crossdock_contracts.freeze", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, fail on a difference")
    parser.add_argument("--root", type=Path, default=ROOT, help="the folder of CHANGELOG.md")
    given = parser.parse_args(arguments)
    found = list(differences(given.root / "snapshots")) if given.check else write(given.root)
    if found and given.check:
        found.append("run `python -m crossdock_contracts.freeze` and commit what it writes")
    elif found:
        found.append("this was released: declare the change as a new version (vN+1.py)")
    sys.stderr.writelines(f"{line}\n" for line in found)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
