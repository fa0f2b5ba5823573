"""AsyncAPI's own parser takes every document, and finds nothing in it.

It comes from npm into a folder of its own. Where there is no node, or npm cannot be reached, the
test is skipped and says why (`-ra` shows it); with `CI` in the environment it fails instead, so no
machine that checks this project leaves it out unnoticed.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any, NoReturn

import pytest

from crossdock_contracts.freeze import ROOT

PARSER = "@asyncapi/parser@3.6.3"
VALIDATE = Path(__file__).with_name("validate.mjs")
DOCUMENTS = sorted((ROOT / "asyncapi").glob("*.json"))
# A newer AsyncAPI is out: that is news, and no finding.
NEWS = "asyncapi-latest-version"


def without(reason: str) -> NoReturn:
    """Skip, or fail where nothing may be skipped."""
    if os.environ.get("CI"):
        pytest.fail(f"{reason}; with CI set, the documents must be checked")
    pytest.skip(f"{reason}: the documents were not checked with {PARSER}")


@pytest.fixture(scope="module")
def parser(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the parser in it; no package runs anything while it is installed."""
    if not shutil.which("node") or not shutil.which("npm"):
        without("node and npm are not installed")
    folder = tmp_path_factory.mktemp("npm")
    quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-save", "--loglevel=error"]
    command = ["npm", "install", "--prefix", str(folder), *quiet, PARSER]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    except subprocess.TimeoutExpired:
        without("npm gave no answer in four minutes")
    if done.returncode:
        without(f"npm could not get it ({' '.join(done.stderr.split())[:200]})")
    return folder


def parsed(parser: Path, *documents: Path) -> dict[str, Any]:
    """What the parser says of each document, by its name."""
    command = ["node", str(VALIDATE), str(parser), *map(str, documents)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    return {Path(path).stem: told for path, told in json.loads(done.stdout).items()}


def test_every_document_is_valid(parser: Path) -> None:
    """Of the mesh, and of each service."""
    found = parsed(parser, *DOCUMENTS)
    assert len(found) == len(DOCUMENTS) > 8
    for name, told in found.items():
        assert [each for each in told["findings"] if not each.startswith(NEWS)] == [], name
        assert min(told["operations"], told["channels"]) > 5, name


def test_the_parser_would_find_something(parser: Path, tmp_path: Path) -> None:
    """A broken reference, and a word that is missing."""
    whole = json.loads((ROOT / "asyncapi/invoicing.json").read_text())
    whole["operations"]["bill_shipment"]["channel"]["$ref"] = "#/channels/nothing"
    (tmp_path / "reference.json").write_text(json.dumps(whole))
    del whole["info"]["title"]
    (tmp_path / "title.json").write_text(json.dumps(whole))
    found = parsed(parser, *tmp_path.glob("*.json"))
    assert "nothing" in " ".join(found["reference"]["findings"])
    assert "title" in " ".join(found["title"]["findings"])
