"""Wheels of our packages, and virtual environments that hold one service and nothing foreign."""

import subprocess
import sys
import venv
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from .project import Package, locked


def build_wheels(packages: Iterable[Package], target: Path) -> None:
    """Make wheels with the build backend that is installed here, all at one time."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "-d", str(target)]
    building = [
        subprocess.Popen(command, cwd=package.folder, stdout=subprocess.DEVNULL)
        for package in packages
    ]
    failed = [process.args for process in building if process.wait()]
    if failed:
        raise RuntimeError(f"no wheel from {failed}")


def link_distributions(lock: str, folder: Path) -> Path:
    """Show in `folder` the installed distributions that a lock names, file by file, no other.

    Downloading them for every environment would take minutes; these are the same files.
    """
    for name in locked(lock):
        try:
            _link(distribution(name), folder)
        except PackageNotFoundError:
            continue  # for another platform, as the lock's markers say
    return folder


def _link(installed: Distribution, folder: Path) -> None:
    for file in installed.files or []:
        if ".." not in file.parts:
            target = folder / file
            target.parent.mkdir(parents=True, exist_ok=True)
            target.symlink_to(Path(str(installed.locate_file(file))))


@dataclass(frozen=True)
class Environment:
    """A virtual environment."""

    folder: Path

    @classmethod
    def make(cls, folder: Path, libraries: Path, wheels: Iterable[Path]) -> "Environment":
        """Install wheels into a new one, beside the libraries of a folder."""
        venv.EnvBuilder(symlinks=True).create(folder)
        made = cls(folder)
        [packages] = folder.glob("lib/python*/site-packages")
        (packages / "libraries.pth").write_text(f"{libraries}\n")
        install = ["uv", "pip", "install", "--quiet", "--no-deps", "--no-index", "--offline"]
        subprocess.run(
            [sys.executable, "-m", *install, "--python", made.python, *map(str, wheels)],
            check=True,
        )
        return made

    @property
    def python(self) -> str:
        """Its interpreter."""
        return str(self.folder / "bin" / "python")

    @property
    def crossdock(self) -> str:
        """Its command `crossdock`."""
        return str(self.folder / "bin" / "crossdock")
