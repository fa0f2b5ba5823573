"""The rules of the contracts' house: alone, greppable, owned."""

import ast
import sys
from pathlib import Path

import pytest

import crossdock_contracts
from crossdock_contracts import catalogue, name_of

SOURCE = Path(crossdock_contracts.__file__).parent
MODULES = sorted(SOURCE.rglob("*.py"))
ALLOWED = sys.stdlib_module_names | {"msgspec", "crossdock_contracts"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_contracts_import_only_msgspec_and_the_standard_library(path: Path) -> None:
    """Whoever consumes an event installs nothing else; pytest alone loads its plugin."""
    allowed = ALLOWED | ({"pytest"} if path.name == "pytest_plugin.py" else set())
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imported = {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            imported = {(node.module or "").partition(".")[0]}
        else:
            continue
        assert imported <= allowed, f"line {node.lineno}"


def test_each_literal_stands_in_the_source_once() -> None:
    """Searching for `orders.accepted.v1` leads to its one definition."""
    source = "".join(path.read_text(encoding="utf-8") for path in MODULES)
    for literal in catalogue():
        assert source.count(f'tag="{literal}"') == 1, literal


def test_each_event_lives_in_the_module_of_its_noun_and_version() -> None:
    """A large one has several files; the newest version can be imported from the noun."""
    for literal, cls in catalogue().items():
        name = name_of(cls)
        home = f"crossdock_contracts.{name.noun}.v{name.version}"
        assert f"{cls.__module__}.".startswith(f"{home}."), literal
        newest = sys.modules[f"crossdock_contracts.{name.noun}"]
        assert getattr(newest, cls.__name__).__name__ in newest.__all__, literal


def test_each_event_says_what_happened_and_never_changes() -> None:
    """It has a docstring of whole sentences, and is frozen."""
    for literal, cls in catalogue().items():
        assert (cls.__doc__ or "").strip().endswith((".", "?")), literal
        assert cls.__struct_config__.frozen, literal


def test_all_is_what_can_be_imported() -> None:
    """`__all__` names nothing that is not there, in order."""
    for name in crossdock_contracts.__all__:
        assert hasattr(crossdock_contracts, name)
    assert list(crossdock_contracts.__all__) == sorted(crossdock_contracts.__all__)
