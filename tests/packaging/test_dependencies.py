"""What a package imports, its pyproject.toml declares: no package lives off another's needs."""

import ast
import sys
from collections.abc import Iterator
from functools import cache
from importlib.metadata import distribution
from pathlib import PurePosixPath

import pytest
from crossdock_packaging.project import Package, packages

# What only tests load is there when tests are: no installation for use needs it.
FOR_TESTS = {
    "contracts": {"pytest"},  # crossdock_contracts.pytest_plugin
    "shared": {"pytest", "mypy"},  # crossdock.testing, a plugin of pytest; `contracts reads`
    "infra/local": {"pytest", "testcontainers", "crossdock"},  # the same, and --testcontainers
}


@pytest.mark.parametrize("folder", [name for name in packages() if not name.startswith("tests/")])
def test_a_package_declares_what_it_imports(folder: str) -> None:
    """An import that only another package's dependency brings would break with that one."""
    package = packages()[folder]
    declared = {need.name for need in package.needs}
    given = package.modules | FOR_TESTS.get(folder, set())
    lacking = sorted({name for name in imports(package) if not covered(name, declared, given)})
    assert lacking == [], f"{folder}/pyproject.toml does not declare what brings {lacking}"


def imports(package: Package) -> Iterator[str]:
    """Every module or name that the package imports absolutely, dotted."""
    for path in package.folder.glob("src/**/*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and not node.level:
                yield from (f"{node.module}.{alias.name}" for alias in node.names)


def covered(name: str, declared: set[str], given: set[str]) -> bool:
    """Whether the standard library, what is given, or a declared package has this module."""
    top = name.partition(".")[0]
    if top in sys.stdlib_module_names or top in given:
        return True
    ours = {p.name: p.modules for p in packages().values()}
    return any(
        top in ours[each] if each in ours else _module_of(name, _modules(each)) for each in declared
    )


def _module_of(name: str, modules: frozenset[str]) -> bool:
    """Whether one of the modules is what is imported, or what it is imported from."""
    parts = name.split(".")
    return any(".".join(parts[:n]) in modules for n in range(1, len(parts) + 1))


@cache
def _modules(name: str) -> frozenset[str]:
    """The modules that a distribution brings, dotted; folders that several share are nobody's."""
    found = set()
    for file in distribution(name).files or []:
        path = PurePosixPath(file)
        if path.suffix in {".py", ".so", ".pyi"}:
            stem = path.parent if path.stem == "__init__" else path.parent / path.name.split(".")[0]
            found.add(".".join(stem.parts))
    return frozenset(found)
