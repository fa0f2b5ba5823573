"""The checks that run elsewhere are those that run here."""

import os
import subprocess
from pathlib import Path

import yaml
from crossdock_packaging.project import ROOT
from crossdock_packaging.told import schema_complaints

WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))


def test_workflows_are_workflows() -> None:
    """They fit GitHub's schema."""
    names = [str(path.relative_to(ROOT)) for path in WORKFLOWS]
    assert schema_complaints("vendor.github-workflows", *names) == ""


def test_actions_are_github_s_own_at_a_major_version() -> None:
    """Nobody else's code sees this repository's tokens."""
    for path in WORKFLOWS:
        workflow = yaml.safe_load(path.read_text())
        assert workflow["permissions"] == {"contents": "read"}
        for job in workflow["jobs"].values():
            used = [step["uses"] for step in job["steps"] if "uses" in step]
            assert all(name.startswith("actions/") for name in used)
            assert all(name.rpartition("@")[2].removeprefix("v").isdigit() for name in used)


def test_ci_runs_what_make_test_runs_and_reports_its_result(tmp_path: Path) -> None:
    """From any folder, without a terminal, with the exit code of the tests."""
    make = tmp_path / "make"
    make.write_text('#!/bin/sh\necho "make $* in $PWD"\nwc -c\nexit 3\n')
    make.chmod(0o755)
    done = subprocess.run(
        [str(ROOT / ".ci" / "run")],
        env=os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}", "CI": "true"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    assert f"make test in {ROOT}\n0\n" in done.stdout
