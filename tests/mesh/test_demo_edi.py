"""`crossdock demo-edi` as a user runs it: whole round trips with partners, by files alone."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import CROSSDOCK, processes_of
from test_demo import run

from crossdock_demo.edi.command import SCENES

pytestmark = pytest.mark.mesh

REPEATS_ITSELF = """
import itertools, sys
from crossdock_demo import world
from crossdock_demo.edi import partner
world.PATIENCE = 30.0
partner.CONTROL_NUMBERS = itertools.repeat(101)
from crossdock.cli.main import main
sys.argv[0] = "crossdock"
main()
"""


def test_every_round_trip_brings_what_was_agreed(tmp_path: Path) -> None:
    """Exit 0, each expected document came, people hear what they must, and all books agree."""
    folder = tmp_path / "edi"
    done: subprocess.CompletedProcess[str] = run("demo-edi", folder, [CROSSDOCK])
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert processes_of(folder) == []
    figures = json.loads((folder / "summary.json").read_text())
    assert figures["held"]
    assert figures["audit_violations"] == 0
    assert set(figures["trips"]) == {name for name, _ in SCENES} | {"afterwards"}
    assert set(figures["edi_in"]) == {
        *("850", "860", "820", "180", "855", "856", "944", "945", "990", "214", "210", "997"),
        *("ORDERS", "REMADV", "CONTRL"),
    }
    assert set(figures["edi_out"]) == {
        *("855", "865", "856", "810", "812", "180", "850", "943", "940", "204", "997"),
        *("ORDRSP", "DESADV", "INVOIC", "CONTRL"),
    }
    assert not {"rejected", "failed", "duplicate"} & set(figures["states"])


@pytest.mark.long
def test_a_trip_that_fails_says_what_did_not_come_and_what_people_were_told(tmp_path: Path) -> None:
    """A partner uses a control number twice: exit 1, and the reason is there to read."""
    done = run("demo-edi", tmp_path / "edi", [sys.executable, "-c", REPEATS_ITSELF])
    assert done.returncode == 1
    assert "The demo failed: an answer to the change (865) for MERIDIAN: not seen" in done.stdout
    told = done.stdout.partition("People were told:")[2]
    assert "duplicate_interchange: " in told
    assert "ISA13 000000101 was used before by this partner" in told
