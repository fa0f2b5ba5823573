"""Earlier contracts: of every release, and of any commit of the repository."""

from __future__ import annotations

import io
import json
import subprocess
import tarfile
from pathlib import Path
from typing import Any

from .gate import Snapshots

RELEASES, SNAPSHOTS, CONSUMERS = "releases", "snapshots", "consumers"


def releases(root: Path) -> dict[str, Snapshots]:
    """The snapshots of each released version, by version."""
    return {path.stem: json.loads(path.read_bytes()) for path in (root / RELEASES).glob("*.json")}


def folder_at(reference: str, folder: str, root: Path) -> dict[str, Any]:
    """The JSON files of a folder at a commit, branch or tag; ValueError when git knows none."""
    if reference.startswith("-"):
        raise ValueError(f"{reference} is no commit, branch or tag")
    command = ["git", "-C", str(root), "archive", "--format=tar", reference, folder]
    try:
        done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - no shell
    except FileNotFoundError as error:
        raise ValueError(f"{reference} cannot be read: git is not installed") from error
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()
        raise ValueError(f"no {folder} at {reference}: {said}")
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        files = {m.name: archive.extractfile(m) for m in archive.getmembers() if m.isfile()}
    return {
        Path(name).stem: json.loads(file.read())
        for name, file in files.items()
        if file is not None and name.endswith(".json")
    }
