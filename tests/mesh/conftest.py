"""One mesh for all these tests, the hands on it, and a short history it has lived through."""

from __future__ import annotations

import signal
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psutil
import pytest
import pytest_asyncio

sys.path.insert(0, str(Path(__file__).parent))

from hands import Hands
from story import Story, play

from crossdock_local.environment import NATS_URL, POSTGRES_URL
from crossdock_local.ports import Ports
from crossdock_local.processes import runs
from crossdock_local.runtime import LocalMesh

CROSSDOCK = str(Path(sys.executable).parent / "crossdock")


def processes_of(state: Path) -> list[str]:
    """Every living process that was started for a state folder."""
    found = []
    for process in psutil.process_iter():
        try:
            words = [*process.cmdline(), process.environ().get("CROSSDOCK_STATE", "")]
        except psutil.Error:
            continue
        if runs(process) and any(str(state) in word for word in words):
            found.append(" ".join(process.cmdline()))
    return found


@pytest.fixture(scope="session")
def mesh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalMesh]:
    """The whole mesh on servers and ports of its own; nothing of it runs afterwards."""
    state = tmp_path_factory.mktemp("mesh") / "of the tests"
    # Whoever stops the tests by SIGTERM must not leave a mesh behind.
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    with pytest.MonkeyPatch.context() as patch:
        for variable in (NATS_URL, POSTGRES_URL):
            patch.delenv(variable, raising=False)
        mesh = LocalMesh(state, Ports.free())
        try:
            mesh.up()
            yield mesh
        finally:
            mesh.down()
            signal.signal(signal.SIGTERM, before)
    assert processes_of(state) == []


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def story(mesh: LocalMesh) -> Story:
    """What happened in this mesh before any test: orders, files, a return, a payment."""
    with pytest.MonkeyPatch.context() as patch:
        return await _played(mesh, patch)


async def _played(mesh: LocalMesh, patch: pytest.MonkeyPatch) -> Story:
    hands = _hands(mesh, patch)
    try:
        return await play(hands)
    finally:
        await hands.close()


def _hands(mesh: LocalMesh, patch: pytest.MonkeyPatch) -> Hands:
    # What the command line reads from the environment, the audit in this process reads as well.
    for name, value in mesh.environment().items():
        patch.setenv(name, value)
    return Hands(mesh)


@pytest.fixture
async def hands(
    mesh: LocalMesh, story: Story, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Hands]:
    """The mesh after its history, quiet."""
    found = _hands(mesh, monkeypatch)
    yield found
    await found.close()
