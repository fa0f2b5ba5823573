"""The service with a partner's folders of its own, and its demo files."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from crossdock import Service
from crossdock.testing import Desk
from partner_edi.transports import folders

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent / "logistics"))
PROFILES = Path(__file__).parents[2] / "profiles"
FILES = Path(__file__).parents[1] / "samples"


@pytest.fixture
def service() -> Service:
    """The service under test."""
    from partner_edi.app import service as partner_edi

    return partner_edi


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The partners' folders."""
    return tmp_path / "edi"


@pytest.fixture
def transports() -> dict[str, str]:
    """What profiles say of their transports, by partner; by itself nothing: folders."""
    return {}


@pytest.fixture
def profiles(tmp_path: Path, transports: dict[str, str]) -> Path:
    """The demo's partners, and some of these tests alone; a test may change them."""
    folder = tmp_path / "profiles"
    for source in (PROFILES, Path(__file__).parent / "profiles"):
        shutil.copytree(source, folder, dirs_exist_ok=True)
    for partner_id, terms in transports.items():
        with (folder / f"{partner_id}.yaml").open("a") as profile:
            profile.write(terms)
    return folder


@pytest.fixture
def desk_settings(root: Path, profiles: Path, tmp_path: Path) -> dict[str, Any]:
    """Folders, keys and profiles of this test, and little patience."""
    return {
        "root": root,
        "profiles": profiles,
        "keys": tmp_path / "keys",
        "quiet_seconds": 0.0,
        "patience_seconds": 0.0,
    }


@pytest.fixture
def change_profile(profiles: Path) -> Callable[[str, str, str], None]:
    """Change a partner's profile while the service runs."""

    def change(partner_id: str, old: str, new: str) -> None:
        path = profiles / f"{partner_id}.yaml"
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    return change


@pytest.fixture
def sample() -> Callable[[str], bytes]:
    """A real file by its number."""

    def read(number: str) -> bytes:
        [path] = FILES.glob(f"{number}_*.edi")
        return path.read_bytes()

    return read


@pytest.fixture
def drop(root: Path, desk: Desk) -> Callable[[str, str, bytes], Awaitable[Path]]:
    """Put a file into a partner's inbox, and wait until it was taken out; where it went."""

    async def put(partner_id: str, name: str, content: bytes) -> Path:
        home = root / partner_id
        before = {*home.glob("archive/*"), *home.glob("error/*")}
        path = folders.put(home / "inbox", name, content)

        def moved_to() -> list[Path]:
            after = {*home.glob("archive/*"), *home.glob("error/*")} - before
            mine = [p for p in after if p.name.startswith(Path(name).stem)]
            return [p for p in mine if not p.name.endswith(".findings.txt")]

        async with asyncio.timeout(60):
            while path.exists() or not moved_to():
                await asyncio.sleep(0.02)
        await desk.errands_done()
        [moved] = moved_to()
        return moved

    return put
