"""Commands for contracts: the gate, what services read, and the documents made from both."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console

from crossdock_contracts import catalogue, freeze, gate, past
from crossdock_contracts.freeze import ROOT

from .. import documents, reads
from ..errors import NotReady
from ..reach import load_service, service_names
from . import deployed

console = Console(soft_wrap=True, markup=False, highlight=False, emoji=False)
Mode = StrEnum("Mode", {name: name for name in gate.MODES})  # type: ignore[misc]
RootOption = Annotated[Path, typer.Option(help="The contracts' folder.", show_default=False)]


class Format(StrEnum):
    """How findings are told."""

    text = "text"
    json = "json"
    github = "github"


def register(app: typer.Typer) -> None:
    """Add these commands."""
    contracts = typer.Typer(no_args_is_help=True, help="Gate contracts, and document them.")
    contracts.command("check")(check)
    contracts.command("write")(write)
    deployed.register(contracts)
    app.add_typer(contracts, name="contracts")


def check(
    against: Annotated[
        str | None, typer.Option(help="A commit, branch or tag to compare with as well.")
    ] = None,
    mode: Annotated[Mode, typer.Option(help="Which readers must go on working.")] = Mode[
        "full-transitive"
    ],
    format: Annotated[Format, typer.Option(help="How it is told.")] = Format.text,
    root: RootOption = ROOT,
) -> None:
    """Judge what changed since every release and a commit; exit 1 when it breaks somebody."""
    _must_be(root)
    earlier = gate.binding(past.releases(root), mode)
    consumers = consumers_in(read(root / past.CONSUMERS))
    if against is not None:
        try:
            earlier[against] = past.folder_at(against, past.SNAPSHOTS, root)
            with contextlib.suppress(ValueError):  # a commit from before they were written down
                consumers += consumers_in(past.folder_at(against, past.CONSUMERS, root))
        except ValueError as error:
            raise NotReady(str(error)) from error
    findings = gate.judge(earlier, freeze.snapshots(), mode=mode, consumers=consumers)
    breaking = sum(each.breaking for each in findings)
    if format is Format.json:
        console.print(json.dumps(gate.as_json(findings, mode), indent=2))
    elif format is Format.github:
        for line in gate.as_github(findings, places(root)):
            console.print(line)
    else:
        for line in gate.as_text(findings):
            console.print(line)
        since = ", ".join(earlier) or "nothing: no release yet, and no --against"
        console.print(f"{len(findings)} changes since {since}; {breaking} break ({mode})")
    if breaking:
        raise typer.Exit(1)


def write(root: RootOption = ROOT) -> None:
    """Write what is made of contracts and services: snapshots, who reads what, documents."""
    _must_be(root)
    if refused := freeze.broken(root):
        told = "\n".join(refused)
        raise NotReady(f"this was released, so it is declared as a new version (vN+1.py):\n{told}")
    _write(root, past.SNAPSHOTS, freeze.snapshots(), freeze.render)
    services = [load_service(name) for name in service_names()]
    consumers = reads.consumers(services)
    _write(root, past.CONSUMERS, consumers)
    _write(root, documents.FOLDER, documents.all_of(services, consumers_in(consumers)))
    without = [name for name in catalogue() if not any((root / "examples" / name).glob("*.json"))]
    for name in without:
        console.print(f"{name} has no example: write examples/{name}/<what it shows>.json")
    if without:
        raise typer.Exit(1)


def read(folder: Path) -> dict[str, Any]:
    """The JSON files of a folder, by their stems."""
    return {path.stem: json.loads(path.read_bytes()) for path in sorted(folder.glob("*.json"))}


def consumers_in(files: Mapping[str, Any]) -> list[gate.Consumer]:
    """What consumers say they read."""
    return [msgspec.convert(each, gate.Consumer) for each in files.values()]


def render(document: Any) -> str:
    """JSON in the order in which it is told."""
    return json.dumps(document, indent=2) + "\n"


def places(root: Path) -> dict[str, str]:
    """Where each contract is declared, as annotations name a place: `path,line=7`."""
    found = {}
    for path in sorted(root.glob("src/**/*.py")):
        for n, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            for literal in re.findall(r'\btag="([a-z_.]+\.v[0-9]+)"', line):
                found[literal] = f"{path.relative_to(root.resolve().parent)},line={n}"
    return found


def _write(
    root: Path, folder: str, made: Mapping[str, Any], render: Callable[[Any], str] = render
) -> None:
    """Make a folder's JSON files what is made, and say which were not."""
    wanted = {root / folder / f"{name}.json": render(each) for name, each in made.items()}
    for path in sorted(wanted.keys() | set((root / folder).rglob("*.json"))):
        told = path.relative_to(root)
        if (text := wanted.get(path)) is None:
            path.unlink()
            console.print(f"{told}: removed")
        elif not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            console.print(f"{told}: written")


def _must_be(root: Path) -> None:
    if not (root / "CHANGELOG.md").is_file():
        raise NotReady(f"{root} holds no contracts: run this in their repository, or give --root")
