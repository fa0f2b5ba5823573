"""A new service as files: templates of the package, with the names of what is asked for."""

from __future__ import annotations

import difflib
import importlib.util
import json
import keyword
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from crossdock_contracts import Event, EventName, catalogue, name_of
from crossdock_contracts.owners import OWNERS

from .errors import NotReady
from .reach import service_names

NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
NOUN = re.compile(r"[a-z]{3,30}")
GAP = re.compile(r"<<([a-z_]+)>>")
# One name is folder, package, database, role and image; a role's may not be longer.
LONGEST = 40
WIDTH, SENTENCE = 100, 60
SUFFIX = ".tmpl"


def new_consumer(name: str, wanted: Sequence[str], folder: Path) -> list[Path]:
    """Write a service that hears events and keeps what happened; the files it is made of."""
    events = list({event: None for each in wanted for event in [find_event(each)]})
    if not events:
        raise NotReady("say what it hears: --to orders.accepted")
    _check(name, folder)
    literals = [str(name_of(event)) for event in events]
    plain = [literal.rpartition(".")[0] for literal in literals]
    reads = {str(name_of(event)): list(event.key_fields) for event in events}
    gaps = {
        "about": f"Hears {_told(plain)}, and knows what happened last.",
        "owns": "()",
        "heard": ", ".join(f"`{each}`" for each in plain),
        "imports": "\n".join(_imports(events)),
        "handlers": "\n".join(_handler(event) for event in events),
        "heard_classes": _listed("HEARD = [", [event.__name__ for event in events], "]"),
        "reads": json.dumps({"consumer": name, "reads": reads}, indent=2),
    }
    return _write(("every", "consumer"), folder, _names(name) | gaps)


def new_service(name: str, noun: str, folder: Path, contracts: Path) -> list[Path]:
    """Write a service that owns a noun, and the noun's first event into the contracts."""
    _check(name, folder)
    _check_noun(noun, contracts)
    one = singular(noun)
    gaps = _names(name) | {
        "about": f"Records {noun} and tells everybody.",
        "owns": f'("{noun}",)',
        "reads": json.dumps({"consumer": name, "reads": {}}, indent=2),
        "noun": noun,
        "one": one,
        "thing": one.capitalize(),
        "event": f"{one.capitalize()}Recorded",
        "stream": noun.upper(),
    }
    return [*_write(("every", "service"), folder, gaps), *_declare(noun, name, contracts, gaps)]


# Names


def find_event(wanted: str) -> type[Event]:
    """The newest version of an event by noun and verb; NotReady suggests what is near."""
    known: dict[str, type[Event]] = {}
    for cls in sorted(catalogue().values(), key=lambda cls: name_of(cls).version):
        known[str(name_of(cls)).rpartition(".")[0]] = cls
    plain = re.sub(r"\.v[0-9]+$", "", wanted)
    if plain in known:
        return known[plain]
    near = difflib.get_close_matches(plain, known, n=3, cutoff=0.5)
    near = near or [each for each in known if each.partition(".")[0] == plain.partition(".")[0]]
    hint = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(known)}"
    raise NotReady(f"there is no event {wanted!r}: {hint}")


def singular(noun: str) -> str:
    """One of many, as far as rules go: `quotes` -> `quote`, `deliveries` -> `delivery`."""
    for ending, instead in (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("ches", "ch"), ("s", "")):
        if noun.endswith(ending):
            return noun.removesuffix(ending) + instead
    return noun


def _check(name: str, folder: Path) -> None:
    if not NAME.fullmatch(name) or len(name) > LONGEST or keyword.iskeyword(name):
        raise NotReady(
            f"{name!r} cannot be a service's name: it is package, database, role and image at once,"
            f" so lower-case words joined with _, at most {LONGEST} characters: dock_planner"
        )
    if name in {*service_names(), *OWNERS.values()}:
        raise NotReady(f"there is a service {name} already: choose another name")
    if importlib.util.find_spec(name) is not None:
        raise NotReady(f"a Python package {name} is installed already: choose another name")
    if folder.exists():
        raise NotReady(f"{folder} exists already: choose another with --folder, or remove it")


def _check_noun(noun: str, contracts: Path) -> None:
    if noun in OWNERS:
        owner = {"*": "everybody"}.get(OWNERS[noun], OWNERS[noun])
        raise NotReady(f"{noun} is owned by {owner}: only one service publishes a noun")
    package = contracts / "src" / "crossdock_contracts"
    if not NOUN.fullmatch(noun) or keyword.iskeyword(noun) or singular(noun) == noun:
        raise NotReady(
            f"{noun!r} cannot be a noun: it begins each subject and names a package and a stream, "
            "so one word in the plural, lower-case letters alone: quotes"
        )
    if not (package / "owners.py").is_file():
        raise NotReady(
            f"{contracts} holds no contracts, and a new noun is declared there: "
            "run this in their repository, or give --contracts"
        )
    if (package / noun).exists() or (package / f"{noun}.py").exists():
        raise NotReady(f"{noun} is a module of the contracts already: choose another noun")


def _names(name: str) -> dict[str, str]:
    camel = "".join(part.capitalize() for part in name.split("_"))
    return {
        "name": name,
        "dashed": name.replace("_", "-"),
        "upper": name.upper(),
        "camel": camel,
    }


# Pieces that are as many as there are events


def _told(words: Sequence[str]) -> str:
    text = " and ".join([", ".join(words[:-1]), words[-1]] if words[1:] else words)
    return text if len(text) <= SENTENCE else f"{len(words)} events"


def _listed(before: str, words: Sequence[str], after: str) -> str:
    line = f"{before}{', '.join(words)}{after}"
    if len(line) <= WIDTH:
        return line
    return "".join([f"{before}\n", *(f"    {word},\n" for word in words), after])


def _imports(events: Sequence[type[Event]]) -> Iterator[str]:
    nouns: dict[str, list[str]] = {}
    for event in events:
        nouns.setdefault(name_of(event).noun, []).append(event.__name__)
    for noun, classes in sorted(nouns.items()):
        before = f"from crossdock_contracts.{noun} import "
        line = f"{before}{', '.join(sorted(classes))}"
        yield line if len(line) <= WIDTH else _listed(f"{before}(", sorted(classes), ")")


def _handler(event: type[Event]) -> str:
    name: EventName = name_of(event)
    verb = re.sub(r"(?<!^)(?=[A-Z])", "_", event.__name__).lower()
    return (
        f"\n@handles\nasync def note_{verb}(event: {event.__name__}, tx: Tx) -> None:\n"
        f'    """Note that {name.noun}.{name.verb} happened."""\n    await _note(tx, event)\n'
    )


# Files


def _write(kinds: Sequence[str], folder: Path, gaps: Mapping[str, str]) -> list[Path]:
    written = []
    for kind in kinds:
        for parts, template in _templates(files(__package__) / "templates" / kind):
            path = folder.joinpath(*(_place(part, gaps) for part in parts))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(_filled(template, gaps), encoding="utf-8")
            written.append(path)
    return sorted(written)


def _templates(room: Traversable, *before: str) -> Iterator[tuple[tuple[str, ...], Traversable]]:
    for entry in room.iterdir():
        if entry.is_dir():
            yield from _templates(entry, *before, entry.name)
        elif entry.name.endswith(SUFFIX):
            yield (*before, entry.name.removesuffix(SUFFIX)), entry


def _place(part: str, gaps: Mapping[str, str]) -> str:
    # A packager may leave out what begins with a dot.
    return gaps["name"] if part == "NAME" else re.sub(r"^dot_", ".", part)


def _filled(template: Traversable, gaps: Mapping[str, str]) -> str:
    return GAP.sub(lambda gap: gaps[gap[1]], template.read_text(encoding="utf-8"))


def _declare(noun: str, owner: str, contracts: Path, gaps: Mapping[str, str]) -> list[Path]:
    """The noun in the contracts: owner, first event, example, and its frozen snapshot."""
    package = contracts / "src" / "crossdock_contracts"
    literal = f"{noun}.recorded.v1"
    places = {
        "__init__.py": package / noun / "__init__.py",
        "v1.py": package / noun / "v1.py",
        "example.json": contracts / "examples" / literal / "minimal.json",
    }
    for name, path in places.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        template = files(__package__) / "templates" / "noun" / f"{name}{SUFFIX}"
        path.write_text(_filled(template, gaps), encoding="utf-8")
    _own(package / "owners.py", noun, owner)
    _freeze(contracts)
    snapshot = contracts / "snapshots" / f"{literal}.json"
    return [package / "owners.py", *places.values(), snapshot]


def _own(path: Path, noun: str, owner: str) -> None:
    """Add a line to the table of owners, in its order."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    table = [n for n, line in enumerate(lines) if re.match(r'    "[a-z]+": ', line)]
    line = f'    "{noun}": "{owner}",\n'
    after = [n for n in table if lines[n] < line]
    lines.insert(after[-1] + 1 if after else table[0], line)
    path.write_text("".join(lines), encoding="utf-8")


def _freeze(contracts: Path) -> None:
    """In a process of its own: this one has the contracts loaded as they were."""
    path = os.pathsep.join([str(contracts / "src"), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, "-m", "crossdock_contracts.freeze", "--root", str(contracts)]
    environment = {**os.environ, "PYTHONPATH": path}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - no shell
    if done.returncode:
        raise NotReady(f"the contracts could not be frozen: {done.stderr.strip()}")
