"""`crossdock demo` as a user runs it: once with all well, and when something is broken."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import CROSSDOCK, processes_of

from crossdock_demo.orders import COUNT
from crossdock_demo.scenario import FILES

pytestmark = pytest.mark.mesh

FAILS_SOON = """
import sys
from crossdock_demo import world
world.PATIENCE = 4.0
from crossdock.cli.main import main
sys.argv[0] = "crossdock"
main()
"""


def demo(folder: Path, command: list[str], **settings: str) -> subprocess.CompletedProcess[str]:
    """Run the demo in a folder."""
    return run("demo", folder, command, **settings)


def run(
    name: str, folder: Path, command: list[str], **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run one of the demos in a folder."""
    names = ("CROSSDOCK_NATS_URL", "CROSSDOCK_POSTGRES_URL")
    environment = {k: v for k, v in os.environ.items() if k not in names}
    done = subprocess.run(
        [*command, name, "--folder", str(folder)],
        env=environment | {"COLUMNS": "200"} | settings,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert processes_of(folder) == []
    return done


def test_the_demo_does_what_it_promises(tmp_path: Path) -> None:
    """Exit 0, every figure as expected, the whole story shown, no process left."""
    folder = tmp_path / "a demo"
    done = demo(folder, [CROSSDOCK])
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    figures = json.loads((folder / "summary.json").read_text())
    placed = COUNT + len(FILES)
    assert figures["orders_placed"] == placed
    assert figures["orders_accepted"] == placed - 2
    assert figures["orders_rejected"] == 1
    assert figures["invoices_issued"] == figures["shipments"] > placed
    assert figures["credit_memos"] == figures["payments_applied"] == 1
    assert figures["edi_in"]["850"] >= len(FILES)
    assert set(figures["edi_out"]) == {"810", "855", "856", "997"}
    assert figures["dead"] == figures["parked"] == figures["audit_violations"] == 0
    assert re.fullmatch("ORD-[0-9]+", figures["trace"]["order_id"])
    assert re.fullmatch("[0-9a-f]{32}", figures["trace"]["trace_id"])
    assert {"partner_edi", "order_intake", "invoicing"} <= set(figures["trace"]["services"])
    assert figures["seconds"] > 0
    for shown in ("what happened", "documents written", "audit", figures["trace"]["trace_id"]):
        assert shown in done.stdout
    assert "✗" not in done.stdout


@pytest.mark.long
def test_a_broken_demo_says_what_did_not_happen(tmp_path: Path) -> None:
    """No file is small enough for partner_edi: exit 1, and the expectation is named."""
    folder = tmp_path / "demo"
    done = demo(folder, [sys.executable, "-c", FAILS_SOON], PARTNER_EDI_QUIET_SECONDS="3600")
    assert done.returncode == 1
    assert "The demo failed: empty inbox folders: not seen within 4 s" in done.stdout
    assert f"The services' logs are in {folder}" in done.stdout.replace("\n", "")


def test_a_service_that_cannot_start_is_named(tmp_path: Path) -> None:
    """A wrong setting: exit 1, one line with the variable, its value and what is allowed."""
    done = demo(tmp_path / "demo", [CROSSDOCK], INVENTORY_SYNC_LANES="99")
    assert done.returncode == 1
    [line] = done.stderr.strip().splitlines()
    assert line.startswith("crossdock: inventory_sync died at start: INVENTORY_SYNC_LANES='99': ")
    assert "less than or equal to 16" in line
