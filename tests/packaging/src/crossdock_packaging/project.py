"""The packages of this repository, their locks, and the files that git keeps."""

import subprocess
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[4]
PACKAGES = ("contracts", "shared", "services/*", "infra/*", "tests/*")
SERVICES = sorted(path.parent.name for path in ROOT.glob("services/*/Dockerfile"))


@dataclass(frozen=True)
class Package:
    """One installable package: its folder and what its pyproject.toml says."""

    folder: Path
    project: dict[str, Any]

    @property
    def name(self) -> str:
        """The distribution's name."""
        return str(self.project["project"]["name"])

    @property
    def needs(self) -> list[Requirement]:
        """What it depends on to run."""
        return [Requirement(text) for text in self.project["project"].get("dependencies", [])]

    @property
    def build_needs(self) -> list[Requirement]:
        """What it takes to make its wheel."""
        return [Requirement(text) for text in self.project["build-system"]["requires"]]

    @property
    def modules(self) -> set[str]:
        """The names it is imported by."""
        return {path.parent.name for path in self.folder.glob("src/*/__init__.py")}


@cache
def packages() -> dict[str, Package]:
    """Every package of this repository, by its folder relative to the root."""
    found = [
        path for pattern in PACKAGES for path in sorted(ROOT.glob(f"{pattern}/pyproject.toml"))
    ]
    return {
        str(path.parent.relative_to(ROOT)): Package(path.parent, tomllib.loads(path.read_text()))
        for path in found
    }


def dev_needs() -> list[Requirement]:
    """What development takes beside the packages."""
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
    return [Requirement(text) for text in groups["dev"]]


@cache
def tracked() -> list[Path]:
    """The files that git keeps, or would with the next commit; none where this is no checkout."""
    # The folder may belong to another user than the one who runs the tests.
    command = ["git", "-c", "safe.directory=*", "ls-files", "--cached", "--others"]
    command += ["--exclude-standard", "-z", "--full-name"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def locked(name: str) -> dict[str, list[Version]]:
    """The versions that a lock file pins, by distribution; several where platforms differ."""
    found: dict[str, list[Version]] = {}
    for line in (ROOT / name).read_text().splitlines():
        if line[:1].isalnum():
            [pin] = Requirement(line.removesuffix("\\")).specifier
            distribution = canonicalize_name(Requirement(line.removesuffix("\\")).name)
            found.setdefault(distribution, []).append(Version(pin.version))
    return found
