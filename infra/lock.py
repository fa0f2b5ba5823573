"""Write the lock files: all of development, and what each kind of image needs.

Run by `make lock`. Hashes stand in them, addresses do not.
"""

import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SERVICES = ["contracts", "shared", "services/*"]
STANDINS = ["infra/standins"]
EVERYTHING = [*SERVICES, "infra/*", "tests/*"]
HEADER = "# Written by `make lock` from the packages' pyproject.toml files; not edited by hand.\n"


def projects(patterns: list[str]) -> list[dict[str, Any]]:
    """The pyproject.toml files of the packages that the patterns find."""
    paths = [p for pattern in patterns for p in sorted(ROOT.glob(f"{pattern}/pyproject.toml"))]
    return [tomllib.loads(path.read_text()) for path in paths]


def needs(patterns: list[str]) -> set[str]:
    """What packages depend on, without our own."""
    found = {need for p in projects(patterns) for need in p["project"].get("dependencies", [])}
    return {need for need in found if not need.startswith("crossdock")}


def build_needs(patterns: list[str]) -> set[str]:
    """What it takes to make wheels of packages."""
    return {need for project in projects(patterns) for need in project["build-system"]["requires"]}


def dev_needs() -> set[str]:
    """What development takes beside the packages."""
    return set(tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]["dev"])


def lock(requirements: set[str], name: str, *more: str) -> None:
    """Resolve for every platform and Python from 3.11 on, and write the result with hashes.

    What the file has pinned stays while it fits: a new need moves no other package.
    """
    options = ["--universal", "--python-version", "3.11", "--generate-hashes"]
    options += ["--no-emit-index-url", "--no-header", "--no-annotate", "--quiet", *more]
    options += ["--output-file", name]
    result = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "uv", "pip", "compile", *options, "-"],
        input="\n".join(sorted(requirements)),
        text=True,
        capture_output=True,
        check=False,
        cwd=ROOT,
    )
    if result.returncode:
        sys.exit(f"lock: {result.stderr.strip()}")
    found = (ROOT / name).read_text()
    (ROOT / name).write_text(HEADER + found)
    print(f"{name}: {found.count('==')} packages")  # noqa: T201 - it is a command


if __name__ == "__main__":
    lock(needs(EVERYTHING) | build_needs(EVERYTHING) | dev_needs(), "requirements.lock")
    # An image runs the versions that the tests ran with.
    same = ("--constraints", "requirements.lock")
    lock(needs(SERVICES), "infra/runtime.lock", *same)
    lock(needs(STANDINS), "infra/images/standins.lock", *same)
    lock(build_needs(EVERYTHING), "infra/images/build.lock", *same)
