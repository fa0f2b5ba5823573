"""`crossdock contracts check`, as CI calls it: on a repository with a history."""

from __future__ import annotations

import json
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from crossdock.cli.app import build
from crossdock.errors import NotReady
from crossdock_contracts.freeze import ROOT, snapshots

SHIPPED = "shipments.shipped.v2"


class Repository:
    """A repository with the contracts of today, and a past to give it."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "contracts"
        for name in ("snapshots", "consumers", "src"):
            shutil.copytree(ROOT / name, self.root / name)
        (self.root / "CHANGELOG.md").write_text("## Unreleased\n")
        self.git("init", "-q")

    def git(self, *words: str) -> None:
        """Run git here."""
        who = ["-c", "user.name=n", "-c", "user.email=n@example.org"]
        command = ["git", "-C", str(self.root.parent), *who, *words]
        subprocess.run(command, check=True, capture_output=True)

    def had(self, field: str, schema: dict[str, Any], *, required: bool = False) -> None:
        """Commit a past in which an event had one field more."""
        told = snapshots()[SHIPPED]
        struct = told["schema"]["$defs"]["ShipmentShipped"]
        struct["properties"][field] = schema
        struct["required"] += [field] if required else []
        path = self.root / f"snapshots/{SHIPPED}.json"
        path.write_text(json.dumps(told))
        self.git("add", ".")
        self.git("commit", "-qm", "past")
        self.git("tag", "was")

    def released(self, version: str, **changed: Any) -> None:
        """Keep a release in which the event was a little different."""
        (self.root / "releases").mkdir(exist_ok=True)
        told = {**snapshots(), SHIPPED: {**snapshots()[SHIPPED], **changed}}
        (self.root / f"releases/{version}.json").write_text(json.dumps(told))

    def check(self, *options: str) -> Result:
        """Run the gate."""
        words = ["contracts", "check", "--root", str(self.root), *options]
        return CliRunner().invoke(build(), words)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """The contracts of today."""
    return Repository(tmp_path)


def test_nothing_to_compare_with_is_said(repository: Repository) -> None:
    """No release and no reference: it passes, and says why."""
    result = repository.check()
    assert result.exit_code == 0
    assert "no release yet, and no --against" in result.output


def test_a_field_that_somebody_needs_stops_the_build(repository: Repository) -> None:
    """It names the event, the field, who breaks, and what to do."""
    repository.had("weight", {"type": "string"}, required=True)
    result = repository.check("--against", "was")
    assert result.exit_code == 1
    assert f"BREAKING  {SHIPPED} weight: field removed from string" in result.output
    assert "breaks: control_tower, inventory_sync, invoicing" in result.output
    assert "do: keep it" in result.output
    assert "1 changes since was; 1 break (full-transitive)" in result.output


def test_a_field_that_nobody_reads_may_go(repository: Repository) -> None:
    """It had a default, and no consumer takes it: not now, and not at the reference."""
    repository.had("weight", {"type": "string", "default": ""})
    result = repository.check("--against", "was")
    assert result.exit_code == 0, result.output
    assert f"ok        {SHIPPED} weight: field removed" in result.output


def test_a_consumer_that_read_it_until_now_is_asked_too(repository: Repository) -> None:
    """It is still deployed: its reads at the reference count."""
    path = repository.root / "consumers/returns.json"
    was = path.read_text()
    path.write_text(was.replace('"lines",', '"lines", "weight",', 1))
    assert '"weight"' in path.read_text()
    repository.had("weight", {"type": "string", "default": ""})
    reads = json.loads(path.read_text())["reads"]
    assert "weight" in {field for fields in reads.values() for field in fields}
    if "weight" not in reads.get(SHIPPED, ()):  # the first list was another event's
        reads[SHIPPED] = [*reads[SHIPPED], "weight"]
        path.write_text(json.dumps({"consumer": "returns", "reads": reads}))
        repository.git("commit", "-qam", "reads")
        repository.git("tag", "-f", "was")
    path.write_text(was)
    result = repository.check("--against", "was")
    assert result.exit_code == 1
    assert "breaks: returns\n" in result.output


def test_each_mode_and_format(repository: Repository) -> None:
    """A widened key breaks both ways; JSON and annotations tell what text does."""
    repository.released("1.0.0", key="{shipment_id}")
    repository.released("1.1.0")
    assert repository.check("--mode", "backward").exit_code == 0
    told = json.loads((result := repository.check("--format", "json")).output)
    assert result.exit_code == told["breaking"] == 1
    assert told["findings"][0]["against"] == ["1.0.0"]
    assert "invoicing" in told["findings"][0]["breaks"]
    result = repository.check("--format", "github")
    assert result.exit_code == 1
    place = "file=contracts/src/crossdock_contracts/shipments/v2.py,line="
    assert result.output.startswith(f"::error {place}")


def test_what_cannot_be_compared_is_a_mistake_and_no_verdict(repository: Repository) -> None:
    """One sentence each."""
    repository.had("weight", {"type": "string"})
    result = repository.check("--against", "nobody")
    assert isinstance(result.exception, NotReady)
    assert "no snapshots at nobody" in str(result.exception)
    shutil.rmtree(repository.root)
    result = repository.check()
    assert "holds no contracts" in str(result.exception)


def test_a_producer_ahead_of_its_consumers_is_refused(repository: Repository) -> None:
    """A release with the versions that were built before, against today's: who stayed is named."""
    [wheel] = (ROOT.parent / "tests/mixed/wheels").glob("crossdock_contracts-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        built = {Path(n).stem for n in archive.namelist() if "/snapshots/" in n}
    snapshots = {path.stem: path for path in (repository.root / "snapshots").glob("*.json")}
    # In today's words: what else has changed since then is not what this is about.
    before = {name: json.loads(snapshots[name].read_text()) for name in sorted(built)}
    (repository.root / "releases").mkdir()
    (repository.root / "releases/1.0.0.json").write_text(json.dumps(before))
    first = repository.check()
    assert first.exit_code == 0, first.output
    path = repository.root / "consumers/invoicing.json"
    path.write_text(path.read_text().replace(SHIPPED, "shipments.shipped.v1"))
    result = repository.check()
    assert result.exit_code == 1
    assert f"BREAKING  {SHIPPED} version added" in result.output
    assert "breaks: invoicing\n" in result.output


def test_this_repository_passes_its_own_gate() -> None:
    """Against every release there is."""
    result = CliRunner().invoke(build(), ["contracts", "check"])
    assert result.exit_code == 0, result.output
