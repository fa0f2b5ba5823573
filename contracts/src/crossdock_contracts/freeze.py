"""Freeze the contracts: `python -m crossdock_contracts.freeze` writes each one's snapshot.

A snapshot is the JSON schema of one event or question, with its subject, its key and its owner.
With `--check` nothing is written, and any difference fails. `--release 1.0.0` keeps the snapshots
of a release for ever: from then on, a change that breaks them is refused.
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

from .changes import changes
from .event import Event, Question, catalogue, name_of
from .gate import Finding, judge
from .owners import OWNERS
from .past import RELEASES, SNAPSHOTS, releases

ROOT = Path(__file__).parents[2]
RELEASE = re.compile(r"^## \[?([0-9][0-9.]*)", re.MULTILINE)


def snapshot(cls: type[msgspec.Struct]) -> dict[str, Any]:
    """What other programs rely on: name, owner, key or answer, and the schema."""
    name = name_of(cls)
    found: dict[str, Any] = {"title": str(name), "owner": OWNERS.get(name.noun, name.noun)}
    if issubclass(cls, Event):
        found |= {"key": key_of(cls), "subject": f"{name}.{key_of(cls)}"}
    else:
        found |= {"subject": f"ask.{name}", "answer": msgspec.json.schema(answer_of(cls))}
    told = {**found, "schema": msgspec.json.schema(cls)}
    # As it reads when it was written: a default tuple is a list.
    return dict(msgspec.json.decode(msgspec.json.encode(told)))


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
            found = [f"{c.field} {c.kind}" for c in changes(json.loads(text), now[literal])]
            yield from (f"{literal}: {each}" for each in found or ["says it in other words"])


def broken(root: Path) -> list[str]:
    """What the code does not keep of any release; who reads what is left to the gate."""
    return [_told(each) for each in judge(releases(root), snapshots()) if each.breaking]


def _told(finding: Finding) -> str:
    return f"{finding.event} {finding.what} (since {', '.join(finding.against)})"


def is_released(root: Path) -> bool:
    """Whether the changelog names a release: from then on contracts only grow."""
    return bool(versions(root))


def versions(root: Path) -> list[str]:
    """The releases that the changelog names."""
    return RELEASE.findall((root / "CHANGELOG.md").read_text(encoding="utf-8"))


def write(root: Path) -> list[str]:
    """Write all snapshots, or nothing: then what a release promised and the code breaks."""
    if found := broken(root):
        return found
    folder = root / SNAPSHOTS
    folder.mkdir(exist_ok=True)
    now = snapshots()
    for path in folder.glob("*.json"):
        if path.stem not in now:
            path.unlink()
    for literal, each in now.items():
        (folder / f"{literal}.json").write_text(render(each), encoding="utf-8")
    return []


def release(root: Path, version: str) -> list[str]:
    """Keep the snapshots as those of a release; what a release says is never written twice."""
    path = root / RELEASES / f"{version}.json"
    if version not in versions(root):
        return [f"CHANGELOG.md has no heading `## {version}`: say what a consumer notices"]
    if path.exists():
        return [f"{path.name} is released already: choose the next version"]
    if found := write(root):
        return found
    path.parent.mkdir(exist_ok=True)
    path.write_text(render(snapshots()), encoding="utf-8")
    return []


def main(arguments: Sequence[str] | None = None) -> int:
    """The command: 0 when the snapshots are as the code says, 1 with a line for each difference."""
    parser = argparse.ArgumentParser(prog="crossdock_contracts.freeze", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, fail on a difference")
    parser.add_argument("--release", metavar="VERSION", help="keep this release for ever")
    parser.add_argument("--root", type=Path, default=ROOT, help="the folder of CHANGELOG.md")
    given = parser.parse_args(arguments)
    if given.check:
        found = list(differences(given.root / SNAPSHOTS))
        hint = "run `python -m crossdock_contracts.freeze` and commit what it writes"
    elif given.release:
        found, hint = release(given.root, given.release), "nothing was released"
    else:
        found = write(given.root)
        hint = "this was released: declare the change as a new version (vN+1.py)"
    sys.stderr.writelines(f"{line}\n" for line in [*found, hint] if found)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
