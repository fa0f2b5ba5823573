"""Two releases on real servers; everything of a test is gone after it."""

from __future__ import annotations

import asyncio
import secrets
import sys
import zipfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from driver import Driver
from releases import SERVICES, Mesh, Old

from crossdock.testing import lay_streams_at

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder runs several services together."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.mesh)


@pytest.fixture(scope="session")
def old_release(tmp_path_factory: pytest.TempPathFactory, postgres_url: str) -> Iterator[Old]:
    """The kept wheels, unpacked, with a database of each service as they make it."""
    folder = tmp_path_factory.mktemp("old-release")
    for wheel in (HERE / "wheels").glob("*.whl"):
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder)
    suffix = secrets.token_hex(4)
    found = Old(folder, postgres_url, {service: f"{service}_{suffix}" for service in SERVICES})
    asyncio.run(found.prepare())
    yield found
    asyncio.run(found.forget())


@pytest.fixture
async def mesh(
    tmp_path: Path, nats_server: Any, old_release: Old, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Mesh]:
    """Databases as the old release made them, and streams; nothing runs yet."""
    found = Mesh(tmp_path, nats_server, old_release)
    for name, value in found.variables.items():
        monkeypatch.setenv(name, value)
    await lay_streams_at(nats_server.url)
    await found.make_databases()
    yield found
    await found.close()


@pytest.fixture
async def driver(mesh: Mesh) -> AsyncIterator[Driver]:
    """Whoever orders, reserves and ships."""
    async with Driver(mesh).open() as found:
        yield found
