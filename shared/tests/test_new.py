"""`crossdock new`: what it writes is whole, keeps the rules of the house, and passes its tests."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

import pytest
from typer.testing import CliRunner

from crossdock.cli.app import build
from crossdock.errors import NotReady
from crossdock.scaffold import find_event, singular
from crossdock_contracts import catalogue
from crossdock_contracts.freeze import ROOT

REPOSITORY = ROOT.parent
HEARD = ("orders.accepted", "shipments.shipped")


def new(*words: str) -> None:
    """Call the command as people do."""
    result = CliRunner().invoke(build(), ["new", *words])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output


def new_consumer(folder: Path, name: str = "order_board", heard: tuple[str, ...] = HEARD) -> None:
    """A consumer of some events."""
    new("consumer", name, "--folder", str(folder), *(w for each in heard for w in ("--to", each)))


def new_service(folder: Path, contracts: Path, noun: str = "quotes") -> None:
    """A service with a noun of its own, in contracts of the test's own."""
    for name in ("src", "examples", "snapshots", "releases", "CHANGELOG.md"):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, contracts / name)
        elif (ROOT / name).exists():
            shutil.copy(ROOT / name, contracts / name)
    where = ("--folder", str(folder), "--contracts", str(contracts))
    new("service", "quote_desk", "--owns", noun, *where)


def run(folder: Path, *command: str, **environment: str) -> str:
    """Run a command in a folder with this interpreter; what it said."""
    given = {**os.environ, **environment}
    words = [sys.executable, "-m", *command]
    done = subprocess.run(words, cwd=folder, env=given, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def lint(folder: Path, **environment: str) -> None:
    """In its own style, by its own settings."""
    run(folder, "ruff", "format", "--check", ".", **environment)
    run(folder, "ruff", "check", "--no-cache", ".", **environment)


# It is whole


def test_a_consumer_passes_its_tests_at_once(tmp_path: Path, postgres_url: str) -> None:
    """On real servers, with nothing added; it is formatted, and each field it reads is there."""
    folder = tmp_path / "order_board"
    new_consumer(folder)
    lint(folder)
    said = run(folder, "pytest", "-q", CROSSDOCK_POSTGRES_URL=postgres_url)
    assert "6 passed" in said


def test_a_service_passes_its_tests_at_once(tmp_path: Path, postgres_url: str) -> None:
    """Its noun is in the contracts, with an owner, an example and a snapshot that is as frozen."""
    folder, contracts = tmp_path / "quote_desk", tmp_path / "contracts"
    new_service(folder, contracts)
    path = str(contracts / "src")
    lint(folder)
    run(
        contracts,
        "ruff",
        "format",
        "--check",
        "src",
        "--config",
        str(REPOSITORY / "pyproject.toml"),
    )
    run(contracts, "crossdock_contracts.freeze", "--check", PYTHONPATH=path)
    said = run(folder, "pytest", "-q", PYTHONPATH=path, CROSSDOCK_POSTGRES_URL=postgres_url)
    assert "4 passed" in said
    assert '"quotes": "quote_desk",\n    "returns"' in (
        contracts / "src/crossdock_contracts/owners.py"
    ).read_text(encoding="utf-8")


def test_every_event_can_be_heard_at_once(tmp_path: Path) -> None:
    """However many there are, what is written is in style."""
    plain = {literal.rpartition(".")[0] for literal in catalogue()}
    new_consumer(tmp_path / "listener", "listener", tuple(sorted(plain)))
    lint(tmp_path / "listener")


def test_its_rooms_are_those_of_the_others(tmp_path: Path) -> None:
    """The same files, and an image that differs in the name alone."""
    folder = tmp_path / "order_board"
    new_consumer(folder)
    pattern = (REPOSITORY / "services/returns/Dockerfile").read_text(encoding="utf-8")
    for old, by in (
        ("crossdock-returns", "crossdock-order-board"),
        ("RETURNS", "ORDER_BOARD"),
        ("returns", "order_board"),
    ):
        pattern = pattern.replace(old, by)
    assert (folder / "Dockerfile").read_text(encoding="utf-8") == pattern
    sys.path.insert(0, str(REPOSITORY / "tests"))
    try:
        import house_rules
    finally:
        sys.path.remove(str(REPOSITORY / "tests"))
    house = tmp_path / "house"
    shutil.copytree(folder, house / "services/order_board")
    assert [breach for rule in house_rules.RULES for breach in rule(house)] == []


@pytest.mark.long
def test_a_fresh_environment_installs_and_checks_it(tmp_path: Path, postgres_url: str) -> None:
    """As its CI does: installed, linted, typed and tested, each package from its own folder."""
    folder, home = tmp_path / "order_board", tmp_path / "venv"
    new_consumer(folder)
    venv.create(home, with_pip=True)
    python = str(home / "bin/python")
    ours = [str(REPOSITORY / name) for name in ("contracts", "shared", "infra/local")]
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    lock = str(REPOSITORY / "requirements.lock")
    subprocess.run([*pip, "--require-hashes", "-r", lock], check=True, timeout=900)
    for each in (*ours, str(folder)):
        words = [*pip, "--no-deps", "--no-build-isolation", "--editable", each]
        subprocess.run(words, check=True, timeout=300)
    given = {**os.environ, "CROSSDOCK_POSTGRES_URL": postgres_url}
    for words in (["ruff", "check", "."], ["mypy"], ["pytest", "-q"]):
        subprocess.run([python, "-m", *words], cwd=folder, env=given, check=True, timeout=600)
    listed = subprocess.run(
        [home / "bin/crossdock", "run", "--help"], capture_output=True, text=True, check=True
    )
    assert "Run one service" in listed.stdout
    project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["name"] == "crossdock-order-board"


# What it refuses


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("consumer", "returns", "--to", "orders.accepted"), "a service returns already"),
        (("consumer", "json", "--to", "orders.accepted"), "package json is installed already"),
        (("consumer", "Order-Board", "--to", "orders.accepted"), "lower-case words joined with _"),
        (("consumer", "class", "--to", "orders.accepted"), "cannot be a service's name"),
        (("consumer", "order_board", "--to", "orders.acepted"), "did you mean orders.accepted"),
        (("consumer", "order_board", "--to", "orders.zzzz"), "did you mean orders."),
        (("service", "quote_desk", "--owns", "orders"), "orders is owned by order_intake"),
        (("service", "quote_desk", "--owns", "exceptions"), "exceptions is owned by everybody"),
        (("service", "quote_desk", "--owns", "quote"), "one word in the plural"),
        (("service", "quote_desk", "--owns", "values"), "a module of the contracts already"),
        (("service", "quote_desk", "--owns", "quotes", "--contracts", "."), "holds no contracts"),
    ],
)
def test_what_cannot_be_is_said(words: tuple[str, ...], said: str, tmp_path: Path) -> None:
    """One line with what to do instead, and nothing is written."""
    folder = tmp_path / "new"
    with pytest.raises(NotReady, match=said.replace("(", r"\(")):
        new(*words, "--folder", str(folder))
    assert not folder.exists()


def test_what_is_there_is_not_overwritten(tmp_path: Path) -> None:
    """A folder is somebody's work."""
    with pytest.raises(NotReady, match="exists already: choose another with --folder"):
        new_consumer(tmp_path)


def test_the_newest_version_is_heard() -> None:
    """Handlers see no other; a version in the name is no mistake."""
    assert find_event("orders.accepted.v1") is find_event("orders.accepted")


@pytest.mark.parametrize(
    ("many", "one"),
    [("quotes", "quote"), ("deliveries", "delivery"), ("boxes", "box"), ("branches", "branch")],
)
def test_one_of_many(many: str, one: str) -> None:
    """The class and the id are of one."""
    assert singular(many) == one
