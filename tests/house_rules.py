"""The rules of the house: functions that walk the syntax trees and say where one is broken.

A rule takes the root of a tree and returns its breaches, each as `path:line what`.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from house_tree import Function, imports, modules, nouns, public, services, strings, where

MAX_FILE, MAX_HANDLER = 300, 25
DRIVERS = {"asyncpg", "nats", "faststream"}
OUTSIDE = {"crossdock_standins", "crossdock_local"}
FILES = {"pyproject.toml", "Dockerfile", "README.md", "src", "tests"}
NEEDED = {
    "__init__.py",
    "py.typed",
    "app.py",
    "settings.py",
    "handlers.py",
    "store.py",
    "migrations",
}
# A further room holds one concept of its service and is named for it; a drawer holds anything.
DRAWERS = {"utils", "util", "helpers", "helper", "common", "misc", "base", "tools", "lib", "core"}
IMPURE = {
    *("asyncio", "http", "io", "logging", "multiprocessing", "os", "pathlib", "random", "secrets"),
    *("shutil", "socket", "sqlite3", "subprocess", "tempfile", "threading", "time", "urllib"),
}
IMPURE_CALLS = {
    *("datetime.now", "datetime.utcnow", "datetime.today", "date.today", "datetime.datetime.now"),
    *("datetime.date.today", "uuid.uuid1", "uuid.uuid4", "uuid1", "uuid4"),
    *("open", "print", "input"),
}
SQL = re.compile(
    r"\s*(--[^\n]*\s+)*(select\s+(1\b|\*|[\w.]+\(|.*\sfrom\s)|insert\s+into\s|delete\s+from\s"
    r"|update\s+[\w.\"]+\s+(\w+\s+)?set\s|with\s+(recursive\s+)?\w+[^.]*\sas\s+(materialized\s+)?\("
    r"|(create|alter|drop)\s+(or\s+replace\s+)?(table|view|index|schema|database|role|function)\s"
    r"|(grant|revoke)\s+\w+\s+on\s|truncate\s+\w+)",
    re.IGNORECASE | re.DOTALL,
)
MIGRATION = re.compile(r"[0-9]{4}_(pre|post)_[a-z0-9_]+\.sql|__init__\.py")

Rule = Callable[[Path], list[str]]


# The rules


def contracts_need_msgspec_only(root: Path) -> list[str]:
    """The only public API depends on msgspec and the standard library."""
    allowed = sys.stdlib_module_names | {"msgspec", "crossdock_contracts"}
    return [
        where(root, path, line, f"contracts import {name}")
        for path, tree in modules(root, "contracts/src/**/*.py")
        for line, name in imports(tree)
        if name.partition(".")[0] not in allowed
        and not (path.name == "pytest_plugin.py" and name.partition(".")[0] == "pytest")
    ]


def chassis_knows_no_business_word(root: Path) -> list[str]:
    """The chassis imports the base of the contracts, never a noun and never a service."""
    forbidden = {f"crossdock_contracts.{noun}" for noun in nouns(root)}
    forbidden |= {service.name for service in services(root)} | OUTSIDE
    return [
        where(root, path, line, f"the chassis imports {name}")
        for path, tree in modules(root, "shared/src/**/*.py")
        for line, name in imports(tree)
        if any(f"{name}.".startswith(f"{bad}.") for bad in forbidden)
    ]


def services_import_no_other_service(root: Path) -> list[str]:
    """A service is built from contracts, the chassis and itself; its tests may meet stand-ins."""
    names = {service.name for service in services(root)}
    breaches = []
    for path, tree in modules(root, "services/**/*.py"):
        service, room = path.relative_to(root).parts[1:3]
        forbidden = names - {service} | (OUTSIDE if room == "src" else set())
        for line, name in imports(tree):
            if name.partition(".")[0] in forbidden:
                breaches.append(where(root, path, line, f"{service} imports {name}"))
    return breaches


def drivers_belong_to_the_chassis(root: Path) -> list[str]:
    """No connection in business code: asyncpg, nats and faststream are the chassis' own."""
    return [
        where(root, path, line, f"imports {name}")
        for path, tree in modules(root, "contracts/**/*.py", "services/**/*.py")
        for line, name in imports(tree)
        if name.partition(".")[0] in DRIVERS
    ]


def domains_are_pure(root: Path) -> list[str]:
    """No clock, random or I/O in a domain, nor in what it takes from its own service."""
    waiting = [path for path, _ in modules(root, "services/*/src/*/domain.py")]
    waiting += [path for path, _ in modules(root, "services/*/src/**/domain/*.py")]
    waiting += [path for path, _ in modules(root, "services/*/src/**/invariants/*.py")]
    seen: dict[Path, ast.Module] = {}
    while waiting:
        path = waiting.pop()
        if path not in seen:
            seen[path] = ast.parse(path.read_text(encoding="utf-8"))
            waiting += _own_modules(path, seen[path])
    return sorted(where(root, p, *breach) for p, tree in seen.items() for breach in _impure(tree))


def _own_modules(path: Path, tree: ast.Module) -> Iterator[Path]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            folder = path.parents[node.level - 1].joinpath(*(node.module or "").split("."))
            candidates = [folder / f"{alias.name}.py" for alias in node.names]
            candidates += [folder.with_suffix(".py")] if node.module else []
            yield from (candidate for candidate in candidates if candidate.is_file())


def _impure(tree: ast.Module) -> Iterator[tuple[int, str]]:
    allowed = (sys.stdlib_module_names - IMPURE) | {"crossdock_contracts"}
    for line, name in imports(tree):
        if name.partition(".")[0] not in allowed:
            yield line, f"a domain imports {name}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in IMPURE_CALLS:
            yield node.lineno, f"a domain calls {ast.unparse(node.func)}"


def sql_lives_in_its_room(root: Path) -> list[str]:
    """SQL stands in `store.py` and `*.sql`; the chassis' in its sql folder."""
    patterns = ("contracts/src/**/*.py", "shared/src/**/*.py", "services/*/src/**/*.py")
    return [
        where(root, path, line, f"SQL outside of its room: {' '.join(text.split())[:40]}")
        for path, tree in modules(root, *patterns)
        if path.name != "store.py"
        for line, text in strings(tree)
        if SQL.match(text)
    ]


def services_have_the_same_rooms(root: Path) -> list[str]:
    """Who knows one service knows them all; no room is empty, and none is a drawer."""
    breaches = []
    for service in services(root):
        package = service / "src" / service.name
        lacking = [n for n in FILES if not (service / n).exists()]
        lacking += [n for n in NEEDED if not (package / n).exists()]
        breaches += [f"services/{service.name} lacks {name}" for name in lacking]
        for path in package.glob("migrations/*.*"):
            if not MIGRATION.fullmatch(path.name):
                breaches.append(where(root, path, 1, "is not NNNN_{pre,post}_what.sql"))
        for path, tree in modules(root, f"services/{service.name}/src/**/*.py"):
            if path.stem != "__init__" and len(tree.body) < 2:
                breaches.append(where(root, path, 1, "is an empty room"))
            if DRAWERS & {path.stem, path.parent.name}:
                breaches.append(where(root, path, 1, "is a drawer: name it for what it holds"))
    return sorted(breaches)


def readmes_have_one_shape(root: Path) -> list[str]:
    """Who has read one service's README finds the same things at the same places in the next."""
    breaches = []
    for service in services(root):
        path = service / "README.md"
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        shape = (f"# {service.name}", "**Owns** ", "**Hears**", "## HTTP", "## Settings")
        places = [f"\n{text}".find(f"\n{part}") for part in shape]
        if -1 in places or places != sorted(places):
            breaches.append(where(root, path, 1, f"does not go {' '.join(shape)}"))
    return breaches


def files_are_short(root: Path) -> list[str]:
    """Past about 300 lines, a concept is hiding in a file."""
    breaches = []
    for path, _ in modules(root, "contracts/**/*.py", "shared/**/*.py", "services/**/*.py"):
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > MAX_FILE:
            breaches.append(where(root, path, lines, f"has more than {MAX_FILE} lines"))
    return breaches


def handlers_are_short(root: Path) -> list[str]:
    """Past about 25 lines, a concept is hiding in a handler."""
    return [
        where(root, path, node.lineno, f"{node.name} has more than {MAX_HANDLER} lines")
        for path, tree in modules(root, "services/*/src/**/*.py")
        for node in ast.walk(tree)
        if isinstance(node, Function)
        and any(re.match(r"handles\b", ast.unparse(mark)) for mark in node.decorator_list)
        and (node.end_lineno or 0) - node.lineno >= MAX_HANDLER
    ]


def everything_public_says_what_it_is(root: Path) -> list[str]:
    """Modules, public classes and functions, and tests have a docstring."""
    breaches = []
    for path, tree in modules(root, "contracts/src/**/*.py", "s*/**/src/**/*.py"):
        named = [(1, path.name, ast.get_docstring(tree))]
        named += [(node.lineno, node.name, ast.get_docstring(node)) for node in public(tree)]
        breaches += [
            where(root, path, n, f"{name} has no docstring") for n, name, doc in named if not doc
        ]
    for path, tree in modules(root, "*/tests/**/test_*.py", "services/*/tests/**/test_*.py"):
        for node in tree.body:
            if not isinstance(node, Function) or not node.name.startswith("test_"):
                continue
            if not ast.get_docstring(node):
                breaches.append(where(root, path, node.lineno, "a test says no rule"))
    return breaches


def only_the_owner_publishes_a_noun(root: Path) -> list[str]:
    """An event is made only where its noun is owned; exceptions.raised is everybody's."""
    owned = [(noun, service.name) for service in services(root) for noun in _owned(root, service)]
    owners = dict(owned)
    breaches = [f"{n} and {owners[noun]} both own {noun}" for noun, n in owned if n != owners[noun]]
    events = _events(root)
    for path, tree in modules(root, "services/*/src/**/*.py"):
        service = path.relative_to(root).parts[1]
        for line, noun in _made(tree, events):
            if noun != "exceptions" and owners.get(noun) != service:
                breaches.append(where(root, path, line, f"{service} makes an event of {noun}"))
    return breaches


def _made(tree: ast.Module, events: dict[str, str]) -> Iterator[tuple[int, str]]:
    """Where a module calls an event's class, by whatever way it imported it, and the noun."""
    imported = {name.rpartition(".")[2]: name for _, name in imports(tree)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            head, dot, rest = ast.unparse(node.func).partition(".")
            name = f"{imported.get(head, head)}{dot}{rest}"
            if name in events:
                yield node.lineno, events[name]


def _owned(root: Path, service: Path) -> Iterator[str]:
    for _, tree in modules(root, f"services/{service.name}/src/{service.name}/app.py"):
        for node in ast.walk(tree):
            if isinstance(node, ast.keyword) and node.arg == "owns":
                yield from ast.literal_eval(node.value)


def _events(root: Path) -> dict[str, str]:
    """The noun of every event class, by the name that services import it with."""
    found = {}
    for path, tree in modules(root, "contracts/src/crossdock_contracts/*/v*.py"):
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and any(k.arg == "tag" for k in node.keywords):
                noun = path.parent.name
                if not any("Question" in ast.unparse(base) for base in node.bases):
                    found[f"crossdock_contracts.{noun}.{node.name}"] = noun
    return found


RULES: tuple[Rule, ...] = (
    contracts_need_msgspec_only,
    chassis_knows_no_business_word,
    services_import_no_other_service,
    drivers_belong_to_the_chassis,
    domains_are_pure,
    sql_lives_in_its_room,
    services_have_the_same_rooms,
    readmes_have_one_shape,
    files_are_short,
    handlers_are_short,
    everything_public_says_what_it_is,
    only_the_owner_publishes_a_noun,
)
