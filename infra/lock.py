"""Write the two lock files: all of development, and what the services' images need.

Run by `make lock`. Hashes stand in them, addresses do not.
"""

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RUNTIME = [ROOT / "contracts", ROOT / "shared", *sorted((ROOT / "services").glob("*/"))]
LOCAL = sorted(path.parent for path in (ROOT / "infra").glob("*/pyproject.toml"))
HEADER = "# Written by `make lock` from the packages' pyproject.toml files; not edited by hand.\n"


def needs(packages: list[Path]) -> set[str]:
    """What packages depend on, without our own."""
    found: set[str] = set()
    for package in packages:
        project = tomllib.loads((package / "pyproject.toml").read_text())["project"]
        found.update(d for d in project.get("dependencies", []) if not d.startswith("crossdock"))
    return found


def lock(requirements: set[str], target: Path) -> None:
    """Resolve for every platform and Python from 3.11 on, and write the result with hashes."""
    options = ["--universal", "--python-version", "3.11", "--generate-hashes"]
    options += ["--no-emit-index-url", "--no-header", "--no-annotate", "--quiet"]
    result = subprocess.run(
        [sys.executable, "-m", "uv", "pip", "compile", *options, "-"],
        input="\n".join(sorted(requirements)),
        text=True,
        capture_output=True,
        check=False,
    )
    if result.returncode:
        sys.exit(f"lock: {result.stderr.strip()}")
    target.write_text(HEADER + result.stdout)
    count = result.stdout.count("==")
    print(f"{target.relative_to(ROOT)}: {count} packages")  # noqa: T201 - it is a command


if __name__ == "__main__":
    dev = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]["dev"]
    lock(needs(RUNTIME), ROOT / "infra" / "runtime.lock")
    lock(needs(RUNTIME) | needs(LOCAL) | set(dev), ROOT / "requirements.lock")
