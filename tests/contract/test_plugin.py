"""Another repository's consumer checks what it reads, with our wheel and pytest alone."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from importlib.metadata import distribution
from pathlib import Path
from typing import NamedTuple

import pytest
from crossdock_packaging.isolation import Environment, build_wheels
from crossdock_packaging.project import packages

from crossdock_contracts.freeze import ROOT

READS = {
    "consumer": "dunning",
    "reads": {
        "invoices.issued.v1": ["invoice_id", "total.amount", "lines[].sku"],
        "invoices.settled.v1": ["invoice_id"],
    },
}
TESTS = '''
from decimal import Decimal

import msgspec
import pytest


class Money(msgspec.Struct):
    amount: Decimal
    currency: str


class Issued(msgspec.Struct):
    """What dunning takes of an invoice, in a class of its own."""

    invoice_id: str
    total: Money
    partner_id: str | None = None


class Narrow(msgspec.Struct):
    """Takes less than the contract allows."""

    invoice_id: str
    partner_id: str


def test_my_class_takes_every_invoice(contracts):
    contracts.accepted_by(Issued, "invoices.issued.v1")
    assert len(contracts.examples("invoices.issued.v1")) > 1


def test_a_class_that_does_not_is_told(contracts):
    with pytest.raises(AssertionError, match="partner_id: null is not string"):
        contracts.accepted_by(Narrow, "invoices.issued.v1")
    with pytest.raises(AssertionError, match="there are invoices.credited.v1"):
        contracts.accepted_by(Issued, "invoices.issued.v9")
'''


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A Python with the wheel of the contracts, msgspec and pytest, and nothing of ours beside."""
    folder = tmp_path_factory.mktemp("elsewhere")
    build_wheels([packages()["contracts"]], folder)
    libraries = folder / "libraries"
    for name in ("msgspec", "pytest", "pluggy", "iniconfig", "packaging", "pygments"):
        for file in distribution(name).files or ():
            if ".." not in file.parts:
                (libraries / file).parent.mkdir(parents=True, exist_ok=True)
                (libraries / file).symlink_to(Path(str(file.locate())))
    return Environment.make(folder / "venv", libraries, folder.glob("*.whl")).python


class Elsewhere(NamedTuple):
    """Another repository."""

    folder: Path
    python: str

    def tested(self, *options: str) -> tuple[int, str]:
        """Run its tests: the exit code, and what was said."""
        command = [self.python, "-m", "pytest", "-p", "no:cacheprovider", "-v", *options]
        clean = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(
            command, cwd=self.folder, env=clean, capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout + done.stderr

    def reads(self, **changed: list[str]) -> None:
        """Say what it reads."""
        told = {"consumer": "dunning", "reads": READS["reads"] | changed}
        (self.folder / "reads.json").write_text(json.dumps(told))


@pytest.fixture
def elsewhere(tmp_path: Path, python: str) -> Elsewhere:
    """A consumer with two tests, and a file of what it reads."""
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "test_mine.py").write_text(TESTS)
    found = Elsewhere(tmp_path, python)
    found.reads()
    return found


def test_the_plugin_does_nothing_until_asked(elsewhere: Elsewhere) -> None:
    """It offers its fixture, and adds no test."""
    code, said = elsewhere.tested()
    assert code == 0, said
    assert "2 passed" in said


@pytest.mark.parametrize("asked", ["setting", "option"])
def test_each_event_that_is_read_becomes_a_test(elsewhere: Elsewhere, asked: str) -> None:
    """Asked by the setting, or on the command line."""
    options = []
    if asked == "setting":
        (elsewhere.folder / "pytest.ini").write_text("[pytest]\ncrossdock_reads = reads.json\n")
    else:
        options = ["--crossdock-reads", "reads.json"]
    code, said = elsewhere.tested(*options)
    assert code == 0, said
    assert "4 passed" in said
    assert "reads.json::invoices.issued.v1 PASSED" in said


def test_a_field_that_is_not_there_fails_by_name(elsewhere: Elsewhere) -> None:
    """And so does an event that is not."""
    elsewhere.reads(
        **{
            "invoices.issued.v1": ["total.amount", "lines[].colour"],
            "invoices.sent.v1": ["invoice_id"],
        }
    )
    code, said = elsewhere.tested("--crossdock-reads", "reads.json")
    assert code == 1
    assert "invoices.issued.v1 has no lines[].colour" in said
    assert "invoices.sent.v1 is not in the contracts; there are invoices.credited.v1" in said
    assert "2 failed, 3 passed" in said


def test_a_file_that_cannot_be_read_is_a_mistake_in_one_line(elsewhere: Elsewhere) -> None:
    """No traceback, and the exit code of wrong use."""
    code, said = elsewhere.tested("--crossdock-reads", "nothing.json")
    assert code == 4
    assert "ERROR: crossdock_reads: " in said
    assert "Traceback" not in said


def test_what_a_service_is_found_to_read_is_such_a_file(elsewhere: Elsewhere) -> None:
    """`contracts/consumers` holds files that the plugin takes."""
    shutil.copy(ROOT / "consumers/invoicing.json", elsewhere.folder)
    code, said = elsewhere.tested("--crossdock-reads", "invoicing.json")
    assert code == 0, said
    assert "invoicing.json::shipments.shipped.v2 PASSED" in said
